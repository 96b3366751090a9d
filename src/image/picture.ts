/** What an image is to this library: 8-bit sRGB with straight alpha, as `ImageData` has it. */

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
 * Where an image may come from: a path (Node) or URL, an encoded PNG, JPEG or WebP in memory (a `File` is a Blob), pixels, or,
 * in browsers, something drawable. A string that starts with `http:`, `https:`, `data:`, `blob:` or `file:` is a URL, any
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
