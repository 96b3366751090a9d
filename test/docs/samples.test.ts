/**
 * Every TypeScript sample of the documents and of the doc comments of the public API compiles, runs, and prints what it says, in a
 * folder with the files that it names: in Node, or in Chromium where it is made for a page.
 */
import { type ChildProcess, execFile, fork } from "node:child_process";
import { copyFile, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium } from "../browser/chromium.ts";
import { serve } from "../browser/serve.ts";
import type { Outcome } from "./run-samples.ts";
import { type Sample, samplesOfComments, samplesOfDocuments } from "./samples.ts";

const run = promisify(execFile);
const root = new URL("../..", import.meta.url).pathname;
const folder = `${root}.cache/samples-${process.pid}/`;

const ofDocuments = samplesOfDocuments();
const ofComments = samplesOfComments();
// A sample that is shown twice runs once.
const samples = [...ofDocuments, ...ofComments].filter(
  ({ code }, index, all) => all.findIndex((other) => other.code === code) === index,
);
const isForPage = ({ code }: Sample) => /\bdocument\./.test(code);
const fileOf = (sample: Sample) => `${folder}${samples.indexOf(sample)}/sample.ts`;
const named = (chosen: Sample[]) => chosen.map((sample) => [sample.name, sample] as const);

/** The files that samples name. */
const INPUTS = {
  "photo.jpg": "examples/images/harbor.png",
  "waves.jpg": "examples/images/harbor.png",
  "painting.jpg": "examples/images/swirls.png",
  "night.jpg": "examples/images/swirls.png",
  "network.safetensors": "weights/vgg19-slim-conv4_2-f16.safetensors",
};

beforeAll(async () => {
  for (const sample of samples) {
    const file = fileOf(sample);
    await mkdir(file.replace(/sample\.ts$/, ""), { recursive: true });
    await writeFile(file, `${sample.code}\nexport {};\n`);
    for (const [name, source] of Object.entries(INPUTS)) await symlink(root + source, file.replace("sample.ts", name));
  }
  await writeFile(`${folder}package.json`, JSON.stringify({ type: "module" }));
  const settings = {
    extends: `${root}tsconfig.json`,
    include: ["*/sample.ts"],
    compilerOptions: { paths: { "nst-gpu": [`${root}src/index.ts`] } },
  };
  await writeFile(`${folder}tsconfig.json`, JSON.stringify(settings));
});

let runner: ChildProcess | undefined;
afterAll(async () => {
  runner?.kill();
  await rm(folder, { recursive: true });
});

it("there are some of both kinds", () => {
  expect(ofDocuments.length).toBeGreaterThan(10);
  expect(ofComments.length).toBeGreaterThan(60);
});

it("all of them compile", async () => {
  const { stdout } = await run("npx", ["tsc", "--project", folder]).catch((error) => error);
  expect(stdout).toBe("");
});

describe("runs in Node", () => {
  it.each(named(samples.filter((sample) => !isForPage(sample))))("%s", async (_, sample) => {
    const { stdout, stderr } = await outcomeOf(fileOf(sample));
    expect(
      stderr.split("\n").filter((line) => line !== "" && !/^No GPU was found|artificially reduced/.test(line)),
    ).toEqual([]);
    // Node breaks the lines of long arrays.
    let rest = stdout.replace(/\s+/g, " ");
    for (const expected of sample.prints) {
      expect(rest).toContain(expected);
      rest = rest.slice(rest.indexOf(expected) + expected.length);
    }
  });
});

describe("runs in a page", () => {
  it.each(named(samples.filter(isForPage)))("%s", async (_, sample) => {
    // As deep as in the package, so that the library finds its weights.
    const page = fileOf(sample).replace("sample.ts", "page/");
    await build({
      entryPoints: [fileOf(sample)],
      outdir: `${page}a/b`,
      bundle: true,
      format: "esm",
      platform: "browser",
      target: "es2022",
      alias: { "nst-gpu": `${root}src/index.ts` },
    });
    await mkdir(`${page}weights`);
    for (const [name, source] of Object.entries(INPUTS)) {
      await copyFile(root + source, `${page}${name.endsWith(".jpg") ? name : source}`);
    }
    await writeFile(`${page}index.html`, "<!doctype html><title>sample</title><body>");
    const [server, browser] = await Promise.all([serve(page), launchChromium()]);
    try {
      const tab = await browser.newPage();
      const errors: string[] = [];
      tab.on("pageerror", (error) => errors.push(error.message));
      await tab.goto(server.url);
      await tab.evaluate("import('./a/b/sample.js').then(() => undefined)");
      expect(errors).toEqual([]);
    } finally {
      await browser.close();
      await server.close();
    }
  });
});

/** Lets the runner run a file; another is started when it has ended, which is the failure of the sample that ended it. */
async function outcomeOf(file: string): Promise<Outcome> {
  if (runner?.connected !== true) {
    const module = new URL("run-samples.ts", import.meta.url);
    runner = fork(module, { cwd: folder, execArgv: ["--import", "tsx"], silent: true });
  }
  const child = runner;
  return new Promise((resolve, reject) => {
    const failed = (code: number | null) => reject(new Error(`The sample ended the process with code ${code}.`));
    child.once("exit", failed);
    child.once("message", (outcome) => {
      child.off("exit", failed);
      resolve(outcome as Outcome);
    });
    child.send(file);
  });
}
