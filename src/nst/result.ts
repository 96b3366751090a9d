/** What `styleTransfer` returns. It holds no GPU memory. */
import { encode, writeImage } from "#image";
import type { OutputFormat } from "../image/codec.ts";
import { outputFormat } from "../image/output.ts";
import type { Picture } from "../image/picture.ts";
import type { Losses, RunInfo, StepReport } from "./options.ts";

/** How {@link StyleTransferResult.save} writes. */
export interface SaveOptions {
  /** Overwrite an existing file, default false. */
  force?: boolean;
  /** Of JPEG and WebP, 0 to 1, default 0.95. */
  quality?: number;
}

/** A stylised image and how it came about. */
export interface StyleTransferResult extends RunInfo {
  /** RGBA pixels with the content's alpha; give it to `new ImageData(image.data, image.width)` in a browser. */
  image: Picture;
  /** The loss of every step, all scales. */
  losses: Losses[];
  steps: number;
  seconds: number;
  /** Encodes the image: PNG keeps alpha and every value, JPEG and WebP are smaller. */
  encode(format: OutputFormat, quality?: number): Promise<Uint8Array>;
  /**
   * Writes the image to a path (Node), PNG, JPEG or WebP by its extension; whole or not at all.
   * @throws {OutputError} when the file exists and `force` is not set, or cannot be written.
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
    async save(path, { force, quality } = {}) {
      const format = outputFormat(path);
      await writeImage(path, await encode(image, format, quality), { force });
    },
    dispose,
    [Symbol.dispose]: dispose,
  };
}
