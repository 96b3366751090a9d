/**
 * Every TypeScript sample of README.md and docs/guide.md compiles, and runs in Node, each as a program of its own in a folder with
 * the files that it names. Sizes are made small, which is all that is changed.
 */
import { execFile } from "node:child_process";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const run = promisify(execFile);
const root = new URL("../..", import.meta.url).pathname;
const folder = `${root}.cache/samples-${process.pid}/`;

/** What the README's shorter samples take as given. */
const GIVEN = `
import { styleTransfer } from "nst-gpu";
const [content, style, enough] = ["photo.jpg", "painting.jpg", Infinity];
const show = (picture: import("nst-gpu").Picture) => console.log(picture.width);
`;

interface Sample {
  name: string;
  code: string;
}

async function samplesOf(document: string): Promise<Sample[]> {
  const text = await readFile(root + document, "utf8");
  return [...text.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code], index) => {
    const line = text.slice(0, text.indexOf(code)).split("\n").length;
    const small = code
      .replace(/size: \d+/g, "size: 32, scales: [32], steps: 2")
      .replace("paint(512)", "paint(32)")
      .replace('style: "painting.jpg", size }', 'style: "painting.jpg", size, scales: [size], steps: 2 }');
    return { name: `${document}, line ${line}`, code: /^import /m.test(code) ? small : GIVEN + small, index };
  });
}

const samples = [...(await samplesOf("README.md")), ...(await samplesOf("docs/guide.md"))];
const fileOf = (index: number) => `${folder}sample-${index}.ts`;

beforeAll(async () => {
  await mkdir(folder, { recursive: true });
  for (const [index, { code }] of samples.entries()) await writeFile(fileOf(index), `${code}\nexport {};\n`);
  for (const name of ["photo", "waves"]) await copyFile(`${root}examples/images/harbor.png`, `${folder}${name}.jpg`);
  for (const name of ["painting", "night"]) await copyFile(`${root}examples/images/swirls.png`, `${folder}${name}.jpg`);
  await copyFile(`${root}weights/vgg19-slim-conv4_2-f16.safetensors`, `${folder}network.safetensors`);
  await writeFile(`${folder}package.json`, JSON.stringify({ type: "module" }));
  const settings = {
    extends: `${root}tsconfig.json`,
    include: ["*.ts"],
    compilerOptions: { paths: { "nst-gpu": [`${root}src/index.ts`] } },
  };
  await writeFile(`${folder}tsconfig.json`, JSON.stringify(settings));
});
afterAll(() => rm(folder, { recursive: true }));

it("there are some", () => expect(samples.length).toBeGreaterThan(10));

it("all of them compile", async () => {
  const { stdout } = await run("npx", ["tsc", "--project", folder]).catch((error) => error);
  expect(stdout).toBe("");
});

describe("each of them runs", () => {
  it.each(samples.map(({ name }, index) => [name, index] as const))("%s", async (_, index) => {
    const { stderr } = await run("node", ["--import", "tsx", fileOf(index)], { cwd: folder });
    expect(
      stderr.split("\n").filter((line) => line !== "" && !/^No GPU was found|artificially reduced/.test(line)),
    ).toEqual([]);
  });
});
