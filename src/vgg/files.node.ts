/** Weight files in Node (also Deno and Bun): paths and `file:` URLs through file handles, the rest as in browsers. */

import { type FileHandle, open, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isArrayBuffer, isBytes } from "../bytes.ts";
import { WeightsError } from "../errors.ts";
import { isUrl } from "../url.ts";
import type * as files from "./files.ts";
import { checkRange, openMemory, openUrl, parseUrl, type RandomAccess } from "./files.ts";
import { segmentsOf } from "./siblings.ts";

/** See {@link files.openBytes}. */
export const openBytes: typeof files.openBytes = async (source, options) => {
  if (isBytes(source)) return openMemory(source);
  if (isArrayBuffer(source)) return openMemory(new Uint8Array(source));
  if (typeof source === "string" && !isUrl(source)) return openPath(source);
  const url = parseUrl(source);
  return url.protocol === "file:" ? openPath(pathOf(url)) : openUrl(url, options);
};

/** See {@link files.embeddedWeights}. The same relative address holds in src/vgg and in dist/vgg. */
export const embeddedWeights: typeof files.embeddedWeights = () => {
  try {
    return new URL("../../weights/vgg19-slim-conv4_2-f16.safetensors", import.meta.url);
  } catch (cause) {
    // A bundler that makes CommonJS of modules leaves them without an address.
    const remedy = 'Leave nst-gpu out of the bundle (README.md, "In a page"), or pass a weight file as "network".';
    throw new WeightsError(`The embedded network is not to be found from this bundle. ${remedy}`, { cause });
  }
};

async function openPath(path: string): Promise<RandomAccess> {
  // Looked at before it is opened: opening a pipe would wait for a writer for ever.
  const status = await stat(path).catch(unreadable(path));
  if (!status.isFile()) throw new WeightsError(`${path} is not a file. Pass the path of a weight file.`);
  const handle = await open(path).catch(unreadable(path));
  const file = { name: path, size: status.size };
  return {
    ...file,
    async read(offset, length) {
      await checkRange(file, offset, length);
      return readFully(handle, path, offset, length).catch(unreadable(path));
    },
    sibling: async (name) => openPath(join(dirname(path), ...segmentsOf(path, name))),
    close: () => handle.close(),
  };
}

function pathOf(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw new WeightsError(`${url} names no file of this computer. Pass a path.`, { cause });
  }
}

/** One read may bring less than was asked for, and nothing at all if the file has been shortened meanwhile. */
async function readFully(handle: FileHandle, path: string, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
    if (bytesRead === 0) throw new WeightsError(`${path} became shorter while it was read. Try again.`);
    done += bytesRead;
  }
  return bytes;
}

/** Turns a system error into one that says what to do. */
function unreadable(path: string): (cause: NodeJS.ErrnoException) => never {
  return (cause) => {
    if (cause instanceof WeightsError) throw cause;
    if (cause.code === "ENOENT") throw new WeightsError(`${path} does not exist. Check the path.`, { cause });
    throw new WeightsError(`${path} cannot be read (${cause.code ?? cause.message}). Check its permissions.`, {
      cause,
    });
  };
}
