/** Downloaded weight files in Node: the folder `weights` in that of the cache (`NST_CACHE`, else the system's convention). */
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DownloadError } from "../errors.ts";
import { unlessForbidden } from "../flush.node.ts";
import { cacheFolder } from "../gpu/cache.node.ts";
import { openBytes } from "./files.node.ts";
import { lockFile } from "./lock.node.ts";
import { fetchThrough, proxyFor } from "./proxy.node.ts";
import type * as store from "./store.ts";

const folder = () => join(cacheFolder(), "weights");

/** See {@link store.placeOf}. */
export const placeOf: typeof store.placeOf = (name) => join(folder(), name);

/** See {@link store.openKept}. */
export const openKept: typeof store.openKept = async (name) => {
  const path = placeOf(name);
  const status = await stat(path).catch(() => undefined);
  return status === undefined ? undefined : openBytes(path);
};

/** See {@link store.listKept}. */
export const listKept: typeof store.listKept = async () => {
  const names = await readdir(folder()).catch(() => []);
  const kept: store.Kept[] = [];
  for (const name of names.filter((name) => !/\.(lock|note)$/.test(name)).sort()) {
    const status = await stat(placeOf(name)).catch(() => undefined);
    // It may have been renamed since.
    if (status !== undefined) kept.push({ name, bytes: status.size });
  }
  return kept;
};

/** See {@link store.removeKept}. */
export const removeKept: typeof store.removeKept = async (name) => {
  for (const suffix of ["", ".note"]) await rm(placeOf(name + suffix), { force: true });
};

/** See {@link store.digestOf}. */
export const digestOf: typeof store.digestOf = async (name, algorithm) =>
  (await hashFile(placeOf(name), algorithm)).digest("hex");

/** See {@link store.openPart}. */
export const openPart: typeof store.openPart = async (name, bytes, algorithm) => {
  const path = placeOf(`${name}.part`);
  const notePath = `${path}.note`;
  const before = await stat(path).catch(() => undefined);
  let size = before?.size ?? 0;
  await checkSpace(bytes - size);
  const handle = await reporting(() => open(path, "a+"));
  let hash: Hash | undefined;
  let note = size === 0 ? undefined : await readFile(notePath, "utf8").catch(() => undefined);
  return {
    get size() {
      return size;
    },
    get note() {
      return note;
    },
    async remember(text) {
      await reporting(() => writeFile(notePath, text));
      note = text;
    },
    async append(chunk) {
      // What an earlier attempt left is hashed first.
      hash ??= await hashFile(path, algorithm);
      await reporting(() => writeAll(handle, chunk));
      hash.update(chunk);
      size += chunk.length;
    },
    async restart() {
      await reporting(() => handle.truncate(0));
      hash = createHash(algorithm);
      size = 0;
    },
    async digest() {
      hash ??= await hashFile(path, algorithm);
      return hash.copy().digest("hex");
    },
    async commit() {
      await reporting(async () => {
        await handle.sync().catch(unlessForbidden);
        await rename(path, placeOf(name));
        await rm(notePath, { force: true });
      });
    },
    close: () => handle.close(),
  };
};

/** See {@link store.lock}. */
export const lock: typeof store.lock = async (name, signal, onWait) => {
  await reporting(() => mkdir(folder(), { recursive: true }));
  return reporting(() => lockFile(placeOf(`${name}.lock`), signal, onWait));
};

/** See {@link store.fetchFile}. */
export const fetchFile: typeof store.fetchFile = async (url, init) => {
  const proxy = proxyFor(new URL(url), process.env);
  return proxy === undefined ? fetch(url, init) : fetchThrough(proxy, url, init);
};

/** See {@link store.environment}. */
export const environment: typeof store.environment = () => {
  const { NST_OFFLINE, NST_WEIGHTS_URL } = process.env;
  return { offline: Boolean(NST_OFFLINE) && NST_OFFLINE !== "0", mirror: NST_WEIGHTS_URL || undefined };
};

async function hashFile(path: string, algorithm: store.HashAlgorithm): Promise<Hash> {
  return reporting(async () => {
    const hash = createHash(algorithm);
    for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(chunk);
    return hash;
  });
}

/** One write may take less than it was given. */
async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) done += (await handle.write(bytes, done)).bytesWritten;
}

/** Refuses a disk that is too full before anything is downloaded. */
async function checkSpace(needed: number): Promise<void> {
  const { bavail, bsize, blocks } = await reporting(async () => {
    await mkdir(folder(), { recursive: true });
    return statfs(folder());
  });
  // File systems that count no blocks at all cannot tell.
  if (blocks === 0 || bavail * bsize >= needed) return;
  throw noSpace(`${bavail * bsize} bytes are left in ${folder()}, ${needed} are needed`);
}

function noSpace(found: string, cause?: unknown): DownloadError {
  const message = `No space for the weights: ${found}. Free some, or name another folder in NST_CACHE.`;
  return new DownloadError(message, "space", undefined, { cause });
}

/** Turns errors of the file system into ones that say what to do; all others pass. */
async function reporting<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof Error && "syscall" in cause)) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "ENOSPC" || code === "EDQUOT") throw noSpace(`${folder()} is full (${code})`, cause);
    const remedy = "Correct its permissions, or name another folder in NST_CACHE.";
    const text = `Weights cannot be kept in ${folder()} (${code ?? message}). ${remedy}`;
    throw new DownloadError(text, "space", undefined, { cause });
  }
}
