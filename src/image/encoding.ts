/** What both encoders are asked for. */
import { isPixels } from "../bytes.ts";
import { ImageError, InvalidOptionError } from "../errors.ts";
import type { OutputFormat } from "./codec.ts";
import { isPicture, type Picture } from "./picture.ts";
import { quote } from "./source.ts";

const FORMATS: readonly OutputFormat[] = ["png", "jpeg", "webp"];

/** Encoders take any other quality for their default, or for the nearest they have, and write formats that nobody asked for. */
export async function checkEncoding(picture: Picture, format: OutputFormat, quality: number): Promise<void> {
  if (!isPicture(picture)) {
    throw isPixels(picture?.data)
      ? (await import("./refused-picture.ts")).refusalOf(picture, "The picture")
      : noPicture();
  }
  if (!FORMATS.includes(format)) {
    throw new InvalidOptionError(`The format is ${shown(format)}. Use one of ${FORMATS.join(", ")}.`);
  }
  if (typeof quality === "number" && quality >= 0 && quality <= 1) return;
  throw new InvalidOptionError(`The quality is ${shown(quality)}. Use a number from 0 to 1.`);
}

function noPicture(): ImageError {
  return new ImageError(
    "The picture has no pixels. Pass { width, height, data } with data a Uint8Array or Uint8ClampedArray of RGBA, " +
      "such as loadImage gives.",
  );
}

function shown(value: unknown): string {
  return typeof value === "string" ? quote(value) : String(value);
}
