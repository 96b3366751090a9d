/** The built package, used as its users do: imported by its name, and run as a program. */
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { build as bundle, transform } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";

const run = promisify(execFile);
const root = new URL("..", import.meta.url).pathname;

describe("the built package", () => {
  beforeAll(() => run("npm", ["run", "build"], { cwd: root }));

  it("stylises with the embedded network, and its errors are its own classes", async () => {
    const script = `
      import { InvalidOptionError, styleTransfer } from "nst-gpu";
      const picture = (seed) => ({ width: 24, height: 16, data: Uint8Array.from({ length: 1536 }, (_, i) => (i * seed) % 256) });
      const { image, losses } = await styleTransfer({ content: picture(7), style: picture(13), size: 24, steps: 3, onWarning() {} });
      const wrong = await styleTransfer({}).catch((error) => error instanceof InvalidOptionError);
      console.log(JSON.stringify({ width: image.width, bytes: image.data.length, losses: losses.length, wrong }));`;
    const { stdout } = await run("node", ["--input-type=module", "-e", script], { cwd: root });
    expect(JSON.parse(stdout)).toEqual({ width: 24, bytes: 24 * 16 * 4, losses: 3, wrong: true });
  });

  it("has a program that knows its version", async () => {
    const { version } = JSON.parse(await readFile(`${root}package.json`, "utf8"));
    const { stdout } = await run("node", ["dist/node/cli.js", "--version"], { cwd: root });
    expect(stdout.trim()).toBe(version);
  });

  it("keeps Node out of the browser's files, which import nothing but each other", async () => {
    const { metafile } = await bundle({
      entryPoints: [`${root}dist/browser/index.js`],
      bundle: true,
      format: "esm",
      platform: "browser",
      metafile: true,
      write: false,
    });
    const modules = Object.entries(metafile.inputs);
    expect(modules.length).toBeGreaterThan(5);
    for (const [path, { imports }] of modules) {
      expect(path).toMatch(/^dist\/browser\/\w/);
      expect(imports.filter(({ external }) => external)).toEqual([]);
    }
  });

  it("has no syntax for browsers that is newer than ES2022, which all with WebGPU parse", async () => {
    const files = (await readdir(`${root}dist/browser`)).filter((name) => name.endsWith(".js"));
    expect(files.length).toBeGreaterThan(5);
    for (const name of files) {
      const code = await readFile(`${root}dist/browser/${name}`, "utf8");
      const [lowered, kept] = await Promise.all(
        ["es2022", "esnext"].map((target) => transform(code, { target, legalComments: "none" })),
      );
      expect(lowered.code, name).toBe(kept.code);
    }
    const { code } = await transform("{ using x = y; }", { target: "es2022" });
    expect(code).toContain("__using");
  });

  it("costs a page at most 45 KB, compressed as servers do, before what only some runs load", async () => {
    const files = ["index.js", "main.js"].map((name) => readFile(`${root}dist/browser/${name}`));
    const bytes = (await Promise.all(files)).map((file) => gzipSync(file, { level: 9 }).length);
    expect(bytes[0] + bytes[1]).toBeLessThanOrEqual(45_000);
  });
});
