/** Why pixels are not taken for a picture, or there are none. Loaded only then. */
import { isPixels } from "../bytes.ts";
import { ImageError } from "../errors.ts";
import type { Picture } from "./picture.ts";

/** The error for an image that a server refuses to give. */
export function refusedBy({ status, statusText }: Response, source: string): ImageError {
  const text = `${status} ${statusText}`.trim();
  return new ImageError(`Cannot read ${source}: the server answers with HTTP status ${text}. Check the address.`);
}

/** The error for a file that the browser cannot read, or not any more. */
export function unreadable(name: string, cause: Error): ImageError {
  return new ImageError(`${name} cannot be read: ${cause.message}. Choose the file again.`, { cause });
}

/** The error for a value of any kind that is no picture of RGBA in sRGB. */
export function refusalOf(value: Picture & { colorSpace?: string }, name: string): ImageError {
  const { width, height, data, colorSpace } = value ?? {};
  const isPicture = isPixels(data);
  return new ImageError(`${name} ${isPicture ? problem() : kinds()}`);

  function kinds(): string {
    const advice = isVideo(value) ? "a frame of it, new VideoFrame(video), or " : "";
    return (
      `is of no known kind. Pass ${advice}a path, a URL, a Blob, an ArrayBuffer or Uint8Array of an encoded image, ` +
      "pixels as { width, height, data } with data a Uint8Array or Uint8ClampedArray of RGBA, or in a browser a bitmap or canvas."
    );
  }

  function problem(): string {
    if (colorSpace === "display-p3") return 'is in Display P3. Pass getImageData(..., { colorSpace: "srgb" }).';
    const isSize = (size: number) => Number.isInteger(size) && size >= 1;
    if (!isSize(width) || !isSize(height)) {
      return `is ${width}x${height} pixels. Pass a width and height that are whole and at least 1.`;
    }
    return `has ${data.length} bytes for ${width}x${height} pixels. Pass 4 a pixel (RGBA), ${4 * width * height} in all.`;
  }
}

function isVideo(value: unknown): boolean {
  return typeof HTMLVideoElement === "function" && value instanceof HTMLVideoElement;
}
