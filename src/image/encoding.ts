/** What both encoders are asked for. */
import { InvalidOptionError } from "../errors.ts";
import type { OutputFormat } from "./codec.ts";

const FORMATS: readonly OutputFormat[] = ["png", "jpeg", "webp"];

/** Encoders take any other quality for their default, or for the nearest they have, and write formats that nobody asked for. */
export function checkEncoding(format: OutputFormat, quality: number): void {
  if (!FORMATS.includes(format)) {
    throw new InvalidOptionError(`The format is ${JSON.stringify(format)}. Use one of ${FORMATS.join(", ")}.`);
  }
  if (quality >= 0 && quality <= 1) return;
  throw new InvalidOptionError(`The quality is ${quality}. Use a number from 0 to 1.`);
}
