/**
 * Downloaded weight files in browsers: the folder `nst-gpu` of the origin's private file system (OPFS), which the user can clear
 * together with the site's other data. What a part has so far is written when it is closed, so that an attempt after a broken
 * connection goes on, but one after a closed page begins again. WebCrypto hashes only what is in memory as a whole, and has no
 * MD5; a library hashes what arrives.
 */
import { md5 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { DownloadError, WeightsError } from "../errors.ts";
import type { RandomAccess } from "./files.ts";
import { checkRange } from "./files.ts";
import type * as store from "./store.ts";

const HASHES = { md5, sha256 } as const;

/** The state of a hash. */
type Hash = ReturnType<(typeof HASHES)[store.HashAlgorithm]["create"]>;

/** What TypeScript's library does not know of yet. */
type Movable = FileSystemFileHandle & { move(name: string): Promise<void> };

/** See {@link store.placeOf}. */
export const placeOf: typeof store.placeOf = (name) => `nst-gpu/${name} of this site's private file system`;

/** See {@link store.openKept}. */
export const openKept: typeof store.openKept = async (name) => {
  const file = await fileOf(name);
  return file && accessTo(file);
};

/** See {@link store.listKept}. */
export const listKept: typeof store.listKept = async () => {
  const kept: store.Kept[] = [];
  const names = (await folder()) as unknown as { keys(): AsyncIterable<string> };
  for await (const name of names.keys()) {
    if (!name.endsWith(".note")) kept.push({ name, bytes: (await fileOf(name))?.size ?? 0 });
  }
  return kept.sort((a, b) => (a.name < b.name ? -1 : 1));
};

/** See {@link store.removeKept}. */
export const removeKept: typeof store.removeKept = async (name) => {
  for (const suffix of ["", ".note"]) await (await folder()).removeEntry(name + suffix).catch(() => {});
};

/** See {@link store.digestOf}. */
export const digestOf: typeof store.digestOf = async (name, algorithm) => {
  const handle = await (await folder()).getFileHandle(name);
  return bytesToHex((await hashFile(await handle.getFile(), algorithm)).digest());
};

/** See {@link store.openPart}. */
export const openPart: typeof store.openPart = async (name, bytes, algorithm) => {
  const partName = `${name}.part`;
  const handle = (await reporting(async () => (await folder()).getFileHandle(partName, { create: true }))) as Movable;
  let { size } = await handle.getFile();
  const { quota = Infinity, usage = 0 } = await navigator.storage.estimate();
  if (quota - usage < bytes - size)
    throw noSpace(`${quota - usage} bytes are left to this site, ${bytes - size} are needed`);
  let note = size === 0 ? undefined : await (await fileOf(`${partName}.note`))?.text();
  let writable: FileSystemWritableFileStream | undefined;
  let hash: Hash | undefined;
  const flush = async () => {
    await reporting(async () => writable?.close());
    writable = undefined;
  };
  return {
    get size() {
      return size;
    },
    get note() {
      return note;
    },
    async remember(text) {
      note = text;
      await reporting(async () => {
        const noteHandle = await (await folder()).getFileHandle(`${partName}.note`, { create: true });
        const stream = await noteHandle.createWritable();
        await stream.write(text);
        await stream.close();
      });
    },
    async append(chunk) {
      // What an earlier attempt left is hashed first.
      hash ??= await hashFile(await handle.getFile(), algorithm);
      await reporting(async () => {
        if (writable === undefined) {
          writable = await handle.createWritable({ keepExistingData: true });
          await writable.seek(size);
        }
        await writable.write(chunk as Uint8Array<ArrayBuffer>);
      });
      hash.update(chunk);
      size += chunk.length;
    },
    async restart() {
      await flush();
      await reporting(async () => (await handle.createWritable()).close());
      hash = HASHES[algorithm].create();
      size = 0;
    },
    async digest() {
      await flush();
      hash ??= await hashFile(await handle.getFile(), algorithm);
      return bytesToHex(hash.clone().digest());
    },
    async commit() {
      await flush();
      await reporting(() => handle.move(name));
      await removeKept(partName);
    },
    close: flush,
  };
};

/** See {@link store.lock}. */
export const lock: typeof store.lock = (name, signal) =>
  new Promise((resolve, reject) => {
    const held = () =>
      new Promise<void>((release) => {
        resolve(async () => release());
      });
    // Neither locks nor private files are there in pages that are not secure.
    if (!navigator.locks)
      throw new DownloadError(`${name} cannot be kept: this page is not secure. Serve it over https://.`, "space");
    navigator.locks.request(`nst-gpu ${name}`, { signal }, held).catch(reject);
  });

/**
 * See {@link store.fetchFile}. Without If-Range: it would need a preflight request, which servers of files seldom answer; what the
 * part is the beginning of is compared afterwards.
 */
export const fetchFile: typeof store.fetchFile = (url, init) => {
  const headers = new Headers(init.headers);
  headers.delete("If-Range");
  // Kept once, here, and not in the browser's cache too.
  return fetch(url, { ...init, headers, cache: "no-store" });
};

/** See {@link store.environment}. */
export const environment: typeof store.environment = () => ({ offline: false, mirror: undefined });

async function folder(): Promise<FileSystemDirectoryHandle> {
  return (await navigator.storage.getDirectory()).getDirectoryHandle("nst-gpu", { create: true });
}

async function fileOf(name: string): Promise<File | undefined> {
  try {
    return await (await (await folder()).getFileHandle(name)).getFile();
  } catch {
    return undefined;
  }
}

function accessTo(kept: File): RandomAccess {
  const file = { name: kept.name, size: kept.size };
  return {
    ...file,
    async read(offset, length) {
      await checkRange(file, offset, length);
      return new Uint8Array(await kept.slice(offset, offset + length).arrayBuffer());
    },
    async sibling(name) {
      throw new WeightsError(`${kept.name} needs the file ${name}. Pass a URL instead.`);
    },
    async close() {},
  };
}

async function hashFile(file: File, algorithm: store.HashAlgorithm): Promise<Hash> {
  const hash = HASHES[algorithm].create();
  const reader = file.stream().getReader();
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) hash.update(chunk.value);
  return hash;
}

function noSpace(found: string, cause?: unknown): DownloadError {
  const message = `No space for the weights: ${found}. Free some, or pass the bytes or the URL of a weight file.`;
  return new DownloadError(message, "space", undefined, { cause });
}

async function reporting<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    throw noSpace(cause instanceof Error ? cause.message : String(cause), cause);
  }
}
