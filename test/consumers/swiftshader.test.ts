/** Where the package looks for SwiftShader, whose npm package comes from the project that uses it. */
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { build, ROOT, run } from "./package.ts";

const CHROMIUM = join(ROOT, "node_modules/@sparticuz/chromium");

let folder: string;
/** The program, installed where nothing but what it depends on is beside it or above. */
let program: string;

beforeAll(async () => {
  await build();
  folder = await mkdtemp(join(tmpdir(), "nst-gpu-"));
  const installed = join(folder, "library/nst-gpu");
  for (const name of ["dist", "package.json"]) await cp(join(ROOT, name), join(installed, name), { recursive: true });
  await link(join(ROOT, "node_modules/webgpu"), join(installed, "node_modules/webgpu"));
  program = join(installed, "dist/node/cli.js");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function link(target: string, path: string): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true });
  await symlink(target, path);
}

/** What the program prints of the adapters, run in a folder, with a script before it. */
async function adapters(cwd: string, before: string[] = []): Promise<string> {
  await mkdir(cwd, { recursive: true });
  const args = [...before, program, "--list-adapters"];
  // Without an adapter, it ends with 1.
  return (await run(process.execPath, args, { cwd }).catch((error: { stdout: string }) => error)).stdout;
}

it("does not find it where it is not installed", async () => {
  expect(await adapters(join(folder, "empty"))).not.toContain("SwiftShader");
});

it("finds it in the folder of packages of the working folder", async () => {
  const project = join(folder, "project");
  await link(CHROMIUM, join(project, "node_modules/@sparticuz/chromium"));
  expect(await adapters(project)).toContain("SwiftShader");
  expect(await adapters(join(project, "below/that"))).toContain("SwiftShader");
});

it("finds it through a package manager that has no folders of packages and resolves names itself", async () => {
  const store = join(folder, "store/@sparticuz/chromium");
  await link(CHROMIUM, store);
  // As Yarn's Plug'n'Play does it.
  const hook = join(folder, "pnp.cjs");
  await writeFile(
    hook,
    `const Module = require("node:module");
const resolve = Module._resolveFilename;
Module._resolveFilename = (name, ...rest) =>
  name === "@sparticuz/chromium" ? ${JSON.stringify(join(store, "build/cjs/index.cjs"))} : resolve(name, ...rest);`,
  );
  expect(await adapters(join(folder, "empty"), ["--require", hook])).toContain("SwiftShader");
});
