/**
 * A WebGPU adapter for machines without any GPU driver: Google's SwiftShader, a Vulkan driver that runs on the CPU.
 * The npm package `@sparticuz/chromium` (made for headless browsers) carries one for Linux x64, in a tar archive under
 * Brotli, which is unpacked once into the cache folder.
 */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { brotliDecompress } from "node:zlib";
import { NoAdapterError } from "../errors.ts";
import { cacheFolder } from "./cache.node.ts";

const PACKAGE = "@sparticuz/chromium";
const LOADER = "libvulkan.so.1";
const MANIFEST = "vk_swiftshader_icd.json";
const FILES = [LOADER, "libvk_swiftshader.so", MANIFEST];

let driver: Promise<string> | undefined;

/**
 * Makes SwiftShader ready to use: unpacks it where that has not happened yet, and loads a Vulkan loader.
 *
 * @returns the path of its driver manifest, a value for `VK_ICD_FILENAMES`; undefined where the npm package
 *   `@sparticuz/chromium` is not installed, or off Linux x64.
 * @throws NoAdapterError if it is installed but cannot be unpacked or loaded.
 */
export async function softwareDriver(): Promise<string | undefined> {
  const folder = packageFolder();
  if (folder === undefined) return undefined;
  driver ??= prepare(folder);
  try {
    return await driver;
  } catch (error) {
    driver = undefined; // The next call tries again: the disk may have room by then.
    throw error;
  }
}

/**
 * The folder of the npm package that holds the archive, installed beside this one or in the working folder. Its main module is of no use here
 * and stays unloaded.
 */
function packageFolder(): string | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  const folders = [import.meta.url, `${process.cwd()}/`].flatMap(installedAt);
  return folders.find((folder) => existsSync(archivePath(folder)));
}

/** Where the package may be, as seen from a file; nowhere from a bundle that has lost its address. */
function installedAt(from: string): string[] {
  try {
    const { resolve } = createRequire(from);
    return [...(resolve.paths(PACKAGE) ?? []).map((root) => join(root, PACKAGE)), ...foldersOf(resolve)];
  } catch {
    return [];
  }
}

/** Package managers without folders of packages, such as Yarn's Plug'n'Play, know where its main module is. */
function foldersOf(resolve: NodeJS.RequireResolve): string[] {
  try {
    const file = resolve(PACKAGE);
    return [file.slice(0, file.lastIndexOf(PACKAGE) + PACKAGE.length)];
  } catch {
    return [];
  }
}

function archivePath(folder: string): string {
  return join(folder, "bin", "swiftshader.tar.br");
}

async function prepare(packageFolder: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(packageFolder, "package.json"), "utf8")) as { version: string };
  const target = join(cacheFolder(), `swiftshader-${version}`);
  try {
    if (!existsSync(target)) await unpack(archivePath(packageFolder), target);
  } catch (cause) {
    throw new NoAdapterError(
      `SwiftShader of the npm package ${PACKAGE} cannot be unpacked to ${target} (${(cause as Error).message}). ` +
        "Set NST_CACHE to a folder that can be written and has 10 MB free.",
      { cause },
    );
  }
  loadVulkan(target);
  return join(target, MANIFEST);
}

/** Unpacks to a temporary folder and renames it, so that `target` is whole whenever it exists. */
async function unpack(archive: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const temporary = await mkdtemp(`${target}.`);
  try {
    const tar = await promisify(brotliDecompress)(await readFile(archive));
    const files = readTar(tar);
    for (const name of FILES) {
      const data = files.get(name);
      if (data === undefined) throw new Error(`${archive} has no ${name}`);
      await writeFile(join(temporary, name), data);
    }
    await rename(temporary, target);
  } catch (error) {
    // Another process that unpacked at the same time may have been first: its folder is as good.
    if (!existsSync(target)) throw error;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/**
 * The regular files of a POSIX ustar archive, by base name. A header of 512 bytes (name at 0, octal size at 124, type
 * at 156) is followed by the data, padded to a multiple of 512.
 */
export function readTar(tar: Buffer): Map<string, Buffer> {
  const text = (start: number, length: number) => tar.toString("latin1", start, start + length).replace(/\0.*$/s, "");
  const files = new Map<string, Buffer>();
  for (let header = 0; header + 512 <= tar.length && tar[header] !== 0; ) {
    const data = header + 512;
    const size = Number.parseInt(text(header + 124, 12), 8);
    if (!(size >= 0) || data + size > tar.length) throw new Error(`The archive is damaged at byte ${header}`);
    const type = text(header + 156, 1);
    if (type === "0" || type === "") files.set(basename(text(header, 100)), tar.subarray(data, data + size));
    header = data + Math.ceil(size / 512) * 512;
  }
  return files;
}

/**
 * Loads the Vulkan loader into the process, the system's or else the archive's. Dawn asks the dynamic linker for it by
 * name alone, and thus gets the one that is already there.
 */
function loadVulkan(folder: string): void {
  const noDelete = 0x1000; // RTLD_NODELETE: Node closes the library again, because it is no addon.
  let reason = "";
  for (const library of [LOADER, join(folder, LOADER)]) {
    try {
      process.dlopen({ exports: {} }, library, constants.dlopen.RTLD_NOW | noDelete);
    } catch (error) {
      reason = (error as Error).message;
      // So Node, Deno and Bun say that the library was loaded and is no addon, which is right.
      if (/did not self-register|register Node-API module|napi_register_module/.test(reason)) return;
    }
  }
  throw new NoAdapterError(
    `SwiftShader in ${folder} cannot be loaded (${reason}). ` +
      "Delete that folder to have it unpacked afresh, or set NST_CACHE to a folder from which programs may run.",
  );
}
