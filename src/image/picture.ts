/** What an image is to this library: 8-bit sRGB with straight alpha, as `ImageData` has it. */
import { isPixels } from "../bytes.ts";

/**
 * Pixels of 8-bit sRGB with straight alpha, RGBA interleaved, row by row from the top: `data.length === 4 * width * height`. An
 * `ImageData` is one.
 *
 * @category Images
 */
export interface Picture {
  width: number;
  height: number;
  data: Uint8ClampedArray | Uint8Array;
}

/**
 * What a browser has decoded or drawn already. It must be loaded, and is neither changed nor closed.
 *
 * @category Images
 */
export type DrawableImage = ImageBitmap | HTMLImageElement | HTMLCanvasElement | OffscreenCanvas | VideoFrame;

/**
 * Where an image may come from: a path (Node) or URL, an encoded PNG, JPEG, WebP, GIF or BMP in memory (a `File` is a Blob), pixels,
 * or, in browsers, something drawable. A string that starts with `http:`, `https:`, `data:`, `blob:` or `file:` is a URL, any
 * other a path, which in browsers is a URL relative to the page.
 *
 * @category Images
 */
export type ImageSource = string | URL | Blob | ArrayBuffer | Uint8Array | Picture | DrawableImage;

/**
 * Float planes: `data[(c * height + y) * width + x]`, RGB in 0..255 (values outside are legal while computing).
 *
 * @category Images
 */
export interface Planes {
  width: number;
  height: number;
  channels: number;
  data: Float32Array;
}

/** Planes that are made row by row when they are asked for: in floats those of a picture would take 3 times its bytes. */
export interface Rows {
  width: number;
  height: number;
  channels: number;
  /** Row `c * height + y`, valid until the next is asked for. */
  row(index: number): Float32Array;
}

/** Whether a value is RGBA in sRGB, 4 bytes for each of at least one pixel. */
export function isPicture(value: Picture & { colorSpace?: string }): boolean {
  const { width, height, data, colorSpace } = value ?? {};
  const isRgba = isPixels(data) && colorSpace !== "display-p3";
  return (
    isRgba && Number.isInteger(width) && width > 0 && Number.isInteger(height) && data.length === 4 * width * height
  );
}
