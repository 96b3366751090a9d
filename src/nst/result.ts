/** What `styleTransfer` returns. It holds no GPU memory. */
import { encode, toImageData } from "#image";
import type { OutputFormat } from "../image/codec.ts";
import type { Picture } from "../image/picture.ts";
import type { Losses, RunInfo, StepReport } from "./options.ts";

/**
 * How {@link StyleTransferResult.save} writes.
 *
 * @category Style transfer
 */
export interface SaveOptions {
  /** Overwrite an existing file, default false. */
  force?: boolean;
  /** Of JPEG and WebP, 0 to 1, default 0.95. */
  quality?: number;
}

/**
 * A stylized image and how it came about.
 *
 * @category Style transfer
 */
export interface StyleTransferResult extends RunInfo {
  /** RGBA pixels with the content's alpha. */
  image: Picture;
  /** The loss of every step, all scales. */
  losses: Losses[];
  /** Steps of all scales. */
  steps: number;
  /** How long the run took, from its first scale on: with the targets and the compilation of each. */
  seconds: number;
  /**
   * Encodes the image: PNG keeps alpha, and every value where the image is opaque; JPEG and WebP are smaller, their quality is 0 to 1,
   * default 0.95. Encoders hold premultiplied pixels: a color under alpha `a` of 0..255 is off by up to `128 / a`.
   * @throws {InvalidOptionError} for another format or quality.
   */
  encode(format: OutputFormat, quality?: number): Promise<Uint8Array<ArrayBuffer>>;
  /** The image encoded, to be shown by `URL.createObjectURL` or sent. */
  toBlob(format: OutputFormat, quality?: number): Promise<Blob>;
  /**
   * The image as a canvas takes it: `context.putImageData(result.toImageData(), 0, 0)`. It shares its bytes with `image`.
   * @throws {OutputError} where there is no class ImageData, as in Node.
   */
  toImageData(): ImageData;
  /**
   * Writes the image to a path (Node), PNG, JPEG or WebP by its extension; whole or not at all.
   * @throws {OutputError} when the file exists and `force` is not set, or cannot be written.
   * @throws {InvalidOptionError} when an option is unknown, the quality not 0 to 1, or `force` neither true nor false.
   */
  save(path: string, options?: SaveOptions): Promise<void>;
  /** Nothing is left to free once the call has returned: here for `using`. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/** Puts the result together from the last step's report. */
export function makeResult(
  image: Picture,
  losses: Losses[],
  { info, steps, seconds }: StepReport,
): StyleTransferResult {
  const dispose = () => {};
  return {
    ...info,
    image,
    losses,
    steps,
    seconds,
    encode: (format, quality) => encode(image, format, quality),
    async toBlob(format, quality) {
      const bytes = await encode(image, format, quality);
      return new Blob([bytes], { type: `image/${format}` });
    },
    toImageData: () => toImageData(image),
    // Loaded only where it is used: pages download less.
    save: async (path, options) => (await import("../image/output.ts")).save(image, path, options),
    dispose,
    [Symbol.dispose]: dispose,
  };
}
