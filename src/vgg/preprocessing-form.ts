/** Reads a preprocessing that the metadata of a weight file write out, see preprocessing.ts. */
import type { Preprocessing } from "./preprocessing.ts";

/**
 * @param text such as `BGR, 0..255, minus mean`
 * @throws WeightsError if it is of another form, or the numbers for it are missing.
 */
export async function parsePreprocessing(
  text: string,
  metadata: Readonly<Record<string, string>>,
  file: string,
): Promise<Preprocessing> {
  const [match, order, range, division] = /^(RGB|BGR), 0\.\.(255|1), minus mean(, divided by std)?$/.exec(text) ?? [];
  // Loaded only then: pages download less.
  if (match === undefined) throw (await import("./other-formats.ts")).unknownPreprocessing(file, text);
  return {
    order: order === "RGB" ? "RGB" : "BGR",
    scale: range === "1" ? 1 / 255 : 1,
    mean: await threeNumbers(metadata, "mean", file),
    std: division === undefined ? [1, 1, 1] : await threeNumbers(metadata, "std", file),
  };
}

/** Reads `mean_rgb` or `mean_bgr` and brings it into the order red, green, blue. */
async function threeNumbers(
  metadata: Readonly<Record<string, string>>,
  key: "mean" | "std",
  file: string,
): Promise<Preprocessing["mean"]> {
  const rgb = metadata[`${key}_rgb`];
  const text = rgb ?? metadata[`${key}_bgr`];
  const numbers = text?.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (numbers?.length !== 3 || !numbers.every((x) => Number.isFinite(x) && (key === "mean" || x > 0))) {
    throw (await import("./other-formats.ts")).noThreeNumbers(file, key, text);
  }
  const [first, second, third] = numbers;
  return rgb === undefined ? [third, second, first] : [first, second, third];
}
