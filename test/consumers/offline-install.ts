/**
 * The package as npm installs it without any network, into a folder far from this one: from its tarball, and from a cache that
 * has what it needs besides. The cache is filled by a registry on localhost, which offers what is installed here.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT, run, type Tarball } from "./package.ts";

const MODULES = join(ROOT, "node_modules");

/** What of a package.json says what a package needs. */
interface Manifest {
  name: string;
  version: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/**
 * Installs the tarball, and packages that lie in this project's node_modules, by `npm install --offline`.
 *
 * @returns the folder, which the caller deletes
 */
export async function installOffline(tarball: Tarball, ...others: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "nst-gpu-offline-"));
  const needed = await neededBy([...Object.keys((await manifestOf(ROOT)).optionalDependencies ?? {}), ...others]);
  const cache = join(folder, ".npm");
  const registry = await serveRegistry();
  const from = ["--cache", cache, "--registry", registry.url];
  await run("npm", ["cache", "add", ...needed, ...from], { cwd: folder });
  await registry.close();
  await writeFile(join(folder, "package.json"), '{ "name": "offline", "private": true, "type": "module" }');
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
  await run("npm", ["install", "--offline", tarball.path, ...others, ...quiet, ...from], { cwd: folder });
  await rm(cache, { recursive: true });
  return folder;
}

/** These packages and all that they depend on, as far as that is installed: binaries of other platforms are not. */
async function neededBy(names: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  const queue = [...names];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (found.has(name) || !existsSync(join(MODULES, name))) continue;
    found.add(name);
    const { dependencies, optionalDependencies } = await manifestOf(join(MODULES, name));
    queue.push(...Object.keys({ ...dependencies, ...optionalDependencies }));
  }
  return [...found].sort();
}

async function manifestOf(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
}

/** npm's registry, as far as `npm cache add` asks it: `/NAME` lists the one version there is, `/NAME.tar` is its content. */
async function serveRegistry(): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const name = decodeURIComponent(request.url!.slice(1));
    if (name.endsWith(".tar")) return sendTar(name.slice(0, -4), response);
    const manifest = await manifestOf(join(MODULES, name)).catch(() => undefined);
    if (manifest === undefined) return response.writeHead(404).end("{}");
    const versions = { [manifest.version]: { ...manifest, dist: { tarball: `${url}${name}.tar` } } };
    const list = { name, "dist-tags": { latest: manifest.version }, versions };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(list));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const url = `http://localhost:${(server.address() as AddressInfo).port}/`;
  return {
    url,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

/** A tarball of an installed package, in the folder `package` as npm has it, not compressed. */
function sendTar(name: string, response: ServerResponse): void {
  const args = ["-C", MODULES, "--transform", `s,^${name},package,`, "-cf", "-", name];
  const tar = spawn("tar", args, { stdio: ["ignore", "pipe", "inherit"] });
  response.writeHead(200, { "content-type": "application/octet-stream" });
  tar.stdout.pipe(response);
}
