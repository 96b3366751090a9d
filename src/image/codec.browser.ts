/** `#image` in browsers and workers: `fetch`, `createImageBitmap` and `OffscreenCanvas`. There is no file system. */
import { OutputError } from "../errors.ts";
import type { OutputFormat, WriteOptions } from "./codec.ts";
import type { Picture } from "./picture.ts";
import { fetchBytes, quote } from "./source.ts";

/** Fetches a URL. See codec.ts. */
export async function readBytes(source: string | URL, signal?: AbortSignal): Promise<Uint8Array> {
  return fetchBytes(source, signal);
}

/** Decodes with the browser. See codec.ts. */
export async function decode(bytes: Uint8Array, name: string): Promise<Picture> {
  // Loaded only where it is used: pages download less.
  return (await import("./canvas.browser.ts")).decode(bytes, name);
}

/** Encodes with the browser. See codec.ts. */
export async function encode(picture: Picture, format: OutputFormat, quality = 0.95): Promise<Uint8Array<ArrayBuffer>> {
  return (await import("./canvas.browser.ts")).encode(picture, format, quality);
}

/** Refuses: a page has no files. See codec.ts. */
export async function checkTarget(path: string, _options: WriteOptions = {}): Promise<void> {
  throw new OutputError(
    `Cannot write ${quote(path)}: a browser has no file system. Make a Blob of the encoded bytes and offer it by a link.`,
  );
}

/** Refuses, as `checkTarget` does. */
export async function writeImage(path: string, _bytes: Uint8Array, options: WriteOptions = {}): Promise<void> {
  await checkTarget(path, options);
}

({ readBytes, decode, encode, checkTarget, writeImage }) satisfies typeof import("./codec.ts");
