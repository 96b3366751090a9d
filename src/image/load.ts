/** Any kind of image source to pixels. */
import { readBytes } from "#image";
import { isArrayBuffer, isBytes } from "../bytes.ts";
import { isDrawable, readDrawable } from "./drawable.ts";
import { type ImageSource, isPicture, type Picture } from "./picture.ts";
import { quote } from "./source.ts";

/**
 * The pixels of an image, upright, in sRGB, with straight alpha. A `Picture` is checked and returned as it is.
 *
 * @param name what error messages call it
 * @param signal ends waiting for a server; the call rejects with its reason
 * @throws {ImageError} when it cannot be read, is no image, is damaged, or is encoded and over 16384 pixels a side.
 * @example
 * ```ts
 * import { loadImage } from "nst-gpu";
 *
 * const picture = await loadImage("photo.jpg");
 * console.log(picture.width, picture.height);
 * ```
 * @category Images
 */
export async function loadImage(source: ImageSource, name = "image", signal?: AbortSignal): Promise<Picture> {
  if (typeof source === "string" || source instanceof URL) {
    return loadBytes(await readBytes(source, signal), `${name} ${quote(source)}`);
  }
  if (source instanceof Blob) return loadBytes(await readBlob(source, name), name);
  if (isArrayBuffer(source)) return loadBytes(new Uint8Array(source), name);
  if (isBytes(source)) return loadBytes(source, name);
  if (isDrawable(source)) return readDrawable(source, name, signal);
  if (isPicture(source)) return source;
  // Loaded only where it is used: pages download less.
  throw (await import("./refused-picture.ts")).refusalOf(source, name);
}

async function loadBytes(bytes: Uint8Array, name: string): Promise<Picture> {
  const { readEncoded } = await import("./encoded.ts");
  return readEncoded(bytes, name);
}

async function readBlob(blob: Blob, name: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (error) {
    throw (await import("./refused-picture.ts")).unreadable(name, error as Error);
  }
}
