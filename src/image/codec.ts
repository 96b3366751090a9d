/**
 * What an environment must provide for images: reading, decoding, encoding and writing. `#image` resolves to
 * codec.node.ts or codec.browser.ts, each of which is checked against these declarations when it is compiled.
 */
import type { Picture } from "./picture.ts";

/**
 * The formats that can be written.
 *
 * @category Images
 */
export type OutputFormat = "png" | "jpeg" | "webp";

/** How to treat a file that exists already. */
export interface WriteOptions {
  /** Overwrite an existing file, default false. */
  force?: boolean;
}

/**
 * Everything that `source` holds. In Node a string is a path unless it starts with `http:`, `https:`, `data:`, `blob:`
 * or `file:`; in a browser every string is a URL, relative ones included.
 *
 * @throws ImageError naming the source when it is missing, a directory, not permitted, or the server refuses it; `signal.reason` when
 * that aborts while a server is waited for.
 */
export declare function readBytes(source: string | URL, signal?: AbortSignal): Promise<Uint8Array>;

/**
 * The pixels of an encoded image, converted to sRGB from the color space it declares, with straight alpha. Of an
 * animation, the first frame. The bytes must have passed `inspect`: the decoders accept damaged files silently.
 *
 * Decoders hold premultiplied 8-bit pixels, so a color under alpha `a` of 0..255 is off by up to `128 / a`.
 *
 * @param name what error messages call the image.
 * @throws ImageError when the bytes cannot be decoded.
 */
export declare function decode(bytes: Uint8Array, name: string): Promise<Picture>;

/**
 * Encodes a picture. PNG and WebP keep alpha, a color under alpha `a` of 0..255 being off by up to `128 / a` also in PNG (encoders hold
 * premultiplied pixels); JPEG has none, so the picture is laid on white.
 *
 * @param quality of JPEG and WebP, 0 to 1, default 0.95.
 * @example
 * ```ts
 * import { encodeImage, loadImage } from "nst-gpu";
 *
 * const bytes = await encodeImage(await loadImage("photo.jpg"), "webp", 0.8);
 * console.log(bytes.length, "bytes");
 * ```
 * @category Images
 * @throws {OutputError} when the format cannot hold the picture (WebP ends at 16383 pixels a side).
 * @throws {InvalidOptionError} for another format or quality.
 * @throws {ImageError} when the picture has another number of bytes than its size asks for.
 */
export declare function encode(
  picture: Picture,
  format: OutputFormat,
  quality?: number,
): Promise<Uint8Array<ArrayBuffer>>;

/**
 * The picture as a canvas takes it, with the same bytes.
 *
 * @throws OutputError where there is no class ImageData, as in Node.
 */
export declare function toImageData(picture: Picture): ImageData;

/**
 * Checks that `path` can be written, so that a long computation does not end in vain.
 *
 * @throws OutputError when it exists (without `force`), is a directory, or its folder is missing or not writable; in a
 * browser always.
 */
export declare function checkTarget(path: string, options?: WriteOptions): Promise<void>;

/**
 * Writes a file whole or not at all: to a temporary file in the same folder, which then takes the name. On failure
 * nothing is left behind and an existing file stays as it was.
 *
 * @throws OutputError as `checkTarget` does, also for a file that comes meanwhile, and when the disk is full.
 */
export declare function writeImage(path: string, bytes: Uint8Array, options?: WriteOptions): Promise<void>;
