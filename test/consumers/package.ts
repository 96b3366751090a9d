/** The package as its users get it: built, packed by npm, and unpacked into a project of its own. */
import { execFile } from "node:child_process";
import { cp, mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

/** Runs a program to its end; rejects if it fails. */
export const run = promisify(execFile);

export const ROOT = new URL("../../", import.meta.url).pathname;
const CACHE = join(ROOT, ".cache/consumers");

/** What `npm pack` made. */
export interface Tarball {
  path: string;
  /** Bytes, compressed. */
  size: number;
  /** Paths in the package. */
  files: string[];
}

/** Packs the package, built before if the sources are newer than the build. */
export async function pack(): Promise<Tarball> {
  await build();
  await mkdir(CACHE, { recursive: true });
  // Without scripts: `prepack` would build once more.
  const command = ["pack", "--ignore-scripts", "--json", "--pack-destination", CACHE];
  const { stdout } = await run("npm", command, { cwd: ROOT });
  const [{ filename, size, files }] = JSON.parse(stdout) as [
    { filename: string; size: number; files: { path: string }[] },
  ];
  return { path: join(CACHE, filename), size, files: files.map(({ path }) => path) };
}

/** Builds, unless nothing has changed since. */
export async function build(): Promise<void> {
  const sources = (await readdir(join(ROOT, "src"), { recursive: true })).map((name) => join("src", name));
  const inputs = [...sources, "tsup.config.ts", "scripts/build-browser.ts", "package.json"];
  const changed = Math.max(...(await Promise.all(inputs.map(timeOf))));
  const outputs = ["dist/index.d.ts", "dist/node/index.js", "dist/browser/index.js"];
  const built = Math.min(...(await Promise.all(outputs.map((path) => timeOf(path).catch(() => 0)))));
  if (built < changed) await run("npm", ["run", "build"], { cwd: ROOT });
}

const timeOf = async (path: string) => (await stat(join(ROOT, path))).mtimeMs;

/**
 * Makes a project that has the package, what that depends on, and the files of some folders of test/consumers; those of a
 * later one instead of an earlier one's.
 *
 * @returns its folder
 */
export async function makeProject(name: string, tarball: Tarball, ...folders: string[]): Promise<string> {
  const project = join(CACHE, name);
  const installed = join(project, "node_modules/nst-gpu");
  await rm(project, { recursive: true, force: true });
  await mkdir(installed, { recursive: true });
  await run("tar", ["-xzf", tarball.path, "--strip-components=1", "-C", installed]);
  await writeFile(join(project, "package.json"), JSON.stringify({ name, private: true, type: "module" }));
  // Settings of its own, or bundlers would take those of the folders above.
  await writeFile(join(project, "tsconfig.json"), "{}");
  for (const folder of folders) await cp(join(ROOT, "test/consumers", folder), project, { recursive: true });
  return project;
}
