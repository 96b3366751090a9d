/** The cache in Node: one file per name, in the folder `NST_CACHE`, else in the user's folder for caches. */
import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type * as cache from "./cache.ts";

/** See {@link cache.readCache}. */
export const readCache: typeof cache.readCache = async (name) => readFile(pathOf(name), "utf8").catch(() => undefined);

/** See {@link cache.writeCache}. */
export const writeCache: typeof cache.writeCache = async (name, text) => {
  const temporary = `${pathOf(name)}.${randomUUID()}`;
  try {
    await mkdir(cacheFolder(), { recursive: true });
    await writeFile(temporary, text);
    await rename(temporary, pathOf(name));
  } catch {
    // A folder that cannot be written to: the next run measures again.
    await rm(temporary, { force: true }).catch(() => {});
  }
};

function pathOf(name: string): string {
  return join(cacheFolder(), `${name}.json`);
}

/** The folder for what can be made again: `NST_CACHE`, else the one that the system's conventions name. */
export function cacheFolder(): string {
  const { NST_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (NST_CACHE) return resolve(NST_CACHE);
  const conventions: Partial<Record<NodeJS.Platform, string>> = {
    darwin: join(homedir(), "Library", "Caches"),
    win32: LOCALAPPDATA || join(homedir(), "AppData", "Local"),
  };
  return resolve(conventions[process.platform] ?? (XDG_CACHE_HOME || join(homedir(), ".cache")), "nst-gpu");
}
