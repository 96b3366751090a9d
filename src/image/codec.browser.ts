/** `#image` in browsers and workers: `fetch`, `createImageBitmap` and `OffscreenCanvas`. There is no file system. */
import type { OutputFormat, WriteOptions } from "./codec.ts";
import type { Picture } from "./picture.ts";
import { fetchBytes } from "./source.ts";

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

/** See codec.ts. */
export function toImageData({ data, width, height }: Picture): ImageData {
  return new ImageData(data as Uint8ClampedArray<ArrayBuffer>, width, height);
}

/** Refuses: a page has no files. See codec.ts. */
export async function checkTarget(path: string, _options: WriteOptions = {}): Promise<void> {
  throw (await import("./canvas.browser.ts")).noFiles(path);
}

/** Refuses, as `checkTarget` does. */
export async function writeImage(path: string, _bytes: Uint8Array, options: WriteOptions = {}): Promise<void> {
  await checkTarget(path, options);
}

({ readBytes, decode, encode, toImageData, checkTarget, writeImage }) satisfies typeof import("./codec.ts");
