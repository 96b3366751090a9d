/** `#image` in browsers and workers: `fetch`, `createImageBitmap` and `OffscreenCanvas`. There is no file system. */
import { ImageError, OutputError } from "../errors.ts";
import type { OutputFormat, WriteOptions } from "./codec.ts";
import { onWhite } from "./convert.ts";
import { canvasContext } from "./drawable.ts";
import type { Picture } from "./picture.ts";
import { fetchBytes, quote } from "./source.ts";

/** Fetches a URL. See codec.ts. */
export async function readBytes(source: string | URL): Promise<Uint8Array> {
  return fetchBytes(source);
}

/** Decodes with the browser. See codec.ts. */
export async function decode(bytes: Uint8Array, name: string): Promise<Picture> {
  try {
    const bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes)]), { colorSpaceConversion: "default" });
    const { width, height } = bitmap;
    const context = canvasContext(width, height);
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    return context.getImageData(0, 0, width, height);
  } catch (error) {
    throw new ImageError(
      `${name} cannot be decoded: ${(error as Error).message}. Save it again as PNG, JPEG or WebP.`,
      { cause: error },
    );
  }
}

/** Encodes with the browser. See codec.ts. */
export async function encode(picture: Picture, format: OutputFormat, quality = 0.95): Promise<Uint8Array> {
  const { width, height, data } = format === "jpeg" ? onWhite(picture) : picture;
  try {
    const context = canvasContext(width, height);
    context.putImageData(new ImageData(new Uint8ClampedArray(data), width, height), 0, 0);
    const type = `image/${format}`;
    const blob = await context.canvas.convertToBlob({ type, quality });
    // A browser that lacks the format, or cannot fit the picture into it, writes PNG instead.
    if (blob.type !== type) throw new TypeError("this browser has no encoder for it");
    return new Uint8Array(await blob.arrayBuffer());
  } catch (error) {
    throw new OutputError(
      `Cannot encode ${width}x${height} pixels as ${format}: ${(error as Error).message}. Write a PNG instead.`,
      { cause: error },
    );
  }
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
