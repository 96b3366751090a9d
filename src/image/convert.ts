/** Between 8-bit RGBA pictures and float planes. */
import { ImageError } from "../errors.ts";
import type { Picture, Planes, Rows } from "./picture.ts";
import { resample } from "./resize.ts";

const MID_GRAY = 127.5;

/**
 * The three color planes of a picture, 0..255. A pixel of partial alpha keeps its straight color; one of alpha 0 has
 * no color and gets the average of all others, so that it does not disturb statistics (mid-gray if there are none).
 *
 * @example
 * ```ts
 * import { toPlanes } from "nst-gpu";
 *
 * const orange = { width: 1, height: 1, data: new Uint8Array([255, 128, 0, 255]) };
 * console.log(toPlanes(orange).data); // Float32Array(3) [ 255, 128, 0 ]
 * ```
 * @category Images
 */
export function toPlanes(picture: Picture): Planes {
  return resample(colorRows(picture), picture.width, picture.height);
}

/** What {@link toPlanes} makes of a picture, row by row. */
export function colorRows(picture: Picture): Rows {
  return rowsOf(picture, 0, 3);
}

function rowsOf(picture: Picture, first: number, channels: number): Rows {
  const { width, height, data: pixels } = picture;
  const line = new Float32Array(width);
  let hidden: number[] | undefined;
  const row = (index: number) => {
    const c = first + Math.floor(index / height);
    let i = 4 * width * (index % height);
    for (let x = 0; x < width; x++, i += 4) {
      if (c === 3 || pixels[i + 3] > 0) line[x] = pixels[i + c];
      else {
        hidden ??= averageColor(picture);
        line[x] = hidden[c];
      }
    }
    return line;
  };
  return { width, height, channels, row };
}

/** Average color of the pixels whose alpha is not 0. */
function averageColor({ data }: Picture): number[] {
  const sum = [0, 0, 0];
  let visible = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] === 0) continue;
    visible++;
    for (let c = 0; c < 3; c++) sum[c] += data[i + c];
  }
  return sum.map((s) => (visible ? s / visible : MID_GRAY));
}

/**
 * The alpha of a picture as one plane of 0..255, or `undefined` if every pixel is opaque.
 *
 * @example
 * ```ts
 * import { alphaPlane } from "nst-gpu";
 *
 * const picture = { width: 2, height: 1, data: new Uint8Array([0, 0, 0, 255, 0, 0, 0, 64]) };
 * console.log(alphaPlane(picture)?.data); // Float32Array(2) [ 255, 64 ]
 * ```
 * @category Images
 */
export function alphaPlane(picture: Picture): Planes | undefined {
  const rows = alphaRows(picture);
  return rows && resample(rows, rows.width, rows.height);
}

/** What {@link alphaPlane} makes of a picture, row by row. */
export function alphaRows(picture: Picture): Rows | undefined {
  const { data } = picture;
  for (let i = 3; i < data.length; i += 4) if (data[i] < 255) return rowsOf(picture, 3, 1);
  return undefined;
}

/**
 * An 8-bit picture of three color planes and, where given, one alpha plane: clamped to 0..255 and rounded, halves up.
 *
 * @example
 * ```ts
 * import { toPicture } from "nst-gpu";
 *
 * const planes = { width: 1, height: 1, channels: 3, data: new Float32Array([260, 127.5, -3]) };
 * console.log(toPicture(planes).data.join()); // 255,128,0,255
 * ```
 * @throws {ImageError} when a value is NaN or infinite, or the planes do not fit together.
 * @category Images
 */
export function toPicture(planes: Planes, alpha?: Planes): Picture {
  const { width, height, data } = planes;
  checkPlanes(planes, 3, planes);
  if (alpha) checkPlanes(alpha, 1, planes);
  const count = width * height;
  const pixels = new Uint8ClampedArray(4 * count);
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < 3; c++) pixels[4 * i + c] = toByte(data[c * count + i]);
    pixels[4 * i + 3] = alpha ? toByte(alpha.data[i]) : 255;
  }
  return { width, height, data: pixels };
}

/** The picture laid on white, opaque. */
export function onWhite({ width, height, data }: Picture): Picture {
  const pixels = new Uint8ClampedArray(data.length);
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3];
    for (let c = 0; c < 3; c++) pixels[i + c] = Math.round((data[i + c] * alpha + 255 * (255 - alpha)) / 255);
    pixels[i + 3] = 255;
  }
  return { width, height, data: pixels };
}

/** Uint8ClampedArray would round halves to even, so rounding is done here. */
function toByte(value: number): number {
  if (!Number.isFinite(value)) {
    throw new ImageError(
      `A pixel value is ${value} where 0 to 255 is expected. Try fewer steps or a lower learning rate.`,
    );
  }
  return Math.min(255, Math.max(0, Math.round(value)));
}

function checkPlanes({ width, height, channels, data }: Planes, expected: number, like: Planes): void {
  const fits = width === like.width && height === like.height && data.length === channels * width * height;
  if (fits && channels === expected) return;
  throw new ImageError(
    `Planes of ${channels} x ${height} x ${width} with ${data.length} values cannot become a picture; ` +
      `pass ${expected} x ${like.height} x ${like.width}.`,
  );
}
