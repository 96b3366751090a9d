/** Any kind of image source to pixels. */
import { readBytes } from "#image";
import { ImageError } from "../errors.ts";
import { isDrawable, readDrawable } from "./drawable.ts";
import type { ImageSource, Picture } from "./picture.ts";
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
  if (source instanceof ArrayBuffer) return loadBytes(new Uint8Array(source), name);
  if (source instanceof Uint8Array) return loadBytes(source, name);
  if (isDrawable(source)) return readDrawable(source, name);
  checkPicture(source, name);
  return source;
}

async function loadBytes(bytes: Uint8Array, name: string): Promise<Picture> {
  const { readEncoded } = await import("./encoded.ts");
  return readEncoded(bytes, name);
}

async function readBlob(blob: Blob, name: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (error) {
    throw new ImageError(`${name} cannot be read: ${(error as Error).message}. Choose the file again.`, {
      cause: error,
    });
  }
}

function checkPicture(value: Picture, name: string): void {
  const { width, height, data } = value ?? {};
  if (!(data instanceof Uint8Array || data instanceof Uint8ClampedArray)) {
    throw new ImageError(
      `${name} is of no known kind. Pass a path, a URL, a Blob, an ArrayBuffer or Uint8Array of an encoded image, ` +
        "pixels as { width, height, data } with data a Uint8Array or Uint8ClampedArray of RGBA, or in a browser a bitmap or canvas.",
    );
  }
  if (!isSize(width) || !isSize(height)) {
    throw new ImageError(
      `${name} is ${width}x${height} pixels. Pass a width and height that are whole and at least 1.`,
    );
  }
  if (data.length !== 4 * width * height) {
    throw new ImageError(
      `${name} has ${data.length} bytes for ${width}x${height} pixels. Pass 4 a pixel (RGBA), ${4 * width * height} in all.`,
    );
  }
}

function isSize(size: unknown): boolean {
  return Number.isInteger(size) && (size as number) >= 1;
}
