/** The built package, used as its users do: imported by its name, and run as a program. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
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
    const { stdout } = await run("node", ["dist/cli.js", "--version"], { cwd: root });
    expect(stdout.trim()).toBe(version);
  });

  it("keeps Node out of the browser's files", async () => {
    for (const file of [
      "gpu/adapter.browser.js",
      "gpu/cache.browser.js",
      "image/codec.browser.js",
      "vgg/files.browser.js",
      "index.js",
    ]) {
      const imports = await importsOf(`${root}dist/${file}`);
      expect([...imports].filter((name) => name.startsWith("node:"))).toEqual([]);
    }
  });
});

/** Every module that a file imports, also through chunks of the package. */
async function importsOf(path: string, found = new Set<string>()): Promise<Set<string>> {
  const text = await readFile(path, "utf8");
  for (const [, name] of text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)) {
    if (found.has(name)) continue;
    found.add(name);
    if (name.startsWith(".")) await importsOf(new URL(name, `file://${path}`).pathname, found);
  }
  return found;
}
