/** What an image is to this library: 8-bit sRGB with straight alpha, as `ImageData` has it. */

/** Pixels, RGBA interleaved, row by row from the top, `data.length === 4 * width * height`. An `ImageData` is one. */
export interface Picture {
  width: number;
  height: number;
  data: Uint8ClampedArray | Uint8Array;
}

/**
 * Where an image may come from: a path (Node) or URL, an encoded PNG, JPEG or WebP in memory, or pixels.
 * A string that starts with `http:`, `https:`, `data:`, `blob:` or `file:` is a URL, any other a path.
 */
export type ImageSource = string | URL | Blob | ArrayBuffer | Uint8Array | Picture;

/** Float planes: `data[(c * height + y) * width + x]`, RGB in 0..255 (values outside are legal while computing). */
export interface Planes {
  width: number;
  height: number;
  channels: number;
  data: Float32Array;
}
