/** A comparison sheet: pictures side by side. */
import { InvalidOptionError } from "../errors.ts";
import { colorRows, onWhite, toPicture } from "./convert.ts";
import type { Picture } from "./picture.ts";
import { resample } from "./resize.ts";

/**
 * Measures of a sheet, in pixels.
 *
 * @category Images
 */
export interface SheetOptions {
  /** Height of the sheet, to which every picture is scaled. */
  height: number;
  /** Width of the white gap between two pictures. */
  gap: number;
}

/**
 * One opaque picture with all of `pictures` from left to right, each scaled to the common height with its aspect ratio
 * kept, transparent parts on white.
 *
 * @throws {InvalidOptionError} when there is no picture, or a measure is not a whole number.
 * @example
 * ```ts
 * import { encodeImage, loadImage, sideBySide } from "nst-gpu";
 *
 * const pictures = [await loadImage("photo.jpg"), await loadImage("painting.jpg")];
 * const sheet = sideBySide(pictures, { height: 64, gap: 8 });
 * console.log(sheet.width, sheet.height, (await encodeImage(sheet, "png")).length);
 * ```
 * @category Images
 */
export function sideBySide(pictures: readonly Picture[], { height, gap }: SheetOptions): Picture {
  if (pictures.length === 0 || !Number.isInteger(height) || height < 1 || !Number.isInteger(gap) || gap < 0) {
    throw new InvalidOptionError(
      `Cannot make a sheet of ${pictures.length} pictures with height ${height} and gap ${gap}. ` +
        "Pass at least one picture, a height of at least 1 and a gap of at least 0.",
    );
  }
  const scaled = pictures.map((picture) => scaleTo(height, onWhite(picture)));
  const width = scaled.reduce((sum, picture) => sum + picture.width, gap * (scaled.length - 1));
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  let left = 0;
  for (const picture of scaled) {
    for (let y = 0; y < height; y++) {
      const row = picture.data.subarray(4 * y * picture.width, 4 * (y + 1) * picture.width);
      data.set(row, 4 * (y * width + left));
    }
    left += picture.width + gap;
  }
  return { width, height, data };
}

function scaleTo(height: number, picture: Picture): Picture {
  if (picture.height === height) return picture;
  const width = Math.max(1, Math.round((picture.width * height) / picture.height));
  return toPicture(resample(colorRows(picture), width, height));
}
