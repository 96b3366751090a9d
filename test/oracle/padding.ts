/** Padding of an image's borders. A convolution pads its input with this first. */
import { InvalidOptionError, ShapeError } from "../../src/errors.ts";
import { type Array64, requireShape, zeros } from "./arrays.ts";

/**
 * Where values outside the row `a b c d` come from, two on each side:
 * `zero` 0 0 | a b c d | 0 0, `replicate` a a | a b c d | d d,
 * `reflect` c b | a b c d | c b, `circular` c d | a b c d | a b.
 */
export type PaddingMode = "zero" | "replicate" | "reflect" | "circular";

/** Rows and columns to add at each border; negative numbers take some away. */
export interface Borders {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

/** Pads [C, H, W] to [C, top + H + bottom, left + W + right]. */
export function pad(x: Array64, borders: Borders, mode: PaddingMode): Array64 {
  const [channels, height, width] = x.shape;
  const result = zeros(paddedShape(x.shape, borders));
  const [, paddedHeight, paddedWidth] = result.shape;
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < paddedHeight; y++) {
      for (let column = 0; column < paddedWidth; column++) {
        const fromY = source(y - borders.top, height, mode);
        const fromX = source(column - borders.left, width, mode);
        if (fromY === undefined || fromX === undefined) continue; // stays 0
        const from = (c * height + fromY) * width + fromX;
        const to = (c * paddedHeight + y) * paddedWidth + column;
        result.data[to] = x.data[from];
      }
    }
  }
  return result;
}

/** Every padded value hands its gradient back to the value it was copied from, which sums them up. */
export function padGradient(
  gradient: Array64,
  xShape: readonly number[],
  borders: Borders,
  mode: PaddingMode,
): Array64 {
  requireShape("The gradient", gradient.shape, paddedShape(xShape, borders));
  const [channels, height, width] = xShape;
  const [, paddedHeight, paddedWidth] = gradient.shape;
  const result = zeros(xShape);
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < paddedHeight; y++) {
      for (let column = 0; column < paddedWidth; column++) {
        const fromY = source(y - borders.top, height, mode);
        const fromX = source(column - borders.left, width, mode);
        if (fromY === undefined || fromX === undefined) continue; // a constant 0 has no gradient
        const from = (c * height + fromY) * width + fromX;
        const to = (c * paddedHeight + y) * paddedWidth + column;
        result.data[from] += gradient.data[to];
      }
    }
  }
  return result;
}

/** Takes rows and columns away: padding by negative numbers, for which all modes are the same. */
export function crop(x: Array64, borders: Borders): Array64 {
  return pad(x, negated(borders), "zero");
}

/** Puts the gradient back where it was cut from; what was cut away gets 0. */
export function cropGradient(gradient: Array64, xShape: readonly number[], borders: Borders): Array64 {
  return padGradient(gradient, xShape, negated(borders), "zero");
}

/** The same number of rows and columns on all four sides. */
export function evenBorders(amount: number): Borders {
  return { top: amount, bottom: amount, left: amount, right: amount };
}

/**
 * The index inside 0..size-1 that an index beyond the border is copied from; undefined for a zero.
 * PyTorch pads by reflection only up to size - 1, and circularly up to size, so that no index wraps twice.
 */
function source(index: number, size: number, mode: PaddingMode): number | undefined {
  if (index >= 0 && index < size) return index;
  switch (mode) {
    case "zero":
      return undefined;
    case "replicate":
      return index < 0 ? 0 : size - 1;
    case "reflect":
      return withinImage(index < 0 ? -index : 2 * (size - 1) - index, size, mode);
    case "circular":
      return withinImage(index < 0 ? index + size : index - size, size, mode);
    default:
      throw new InvalidOptionError(
        `Unknown padding mode ${mode satisfies never}. Pass zero, replicate, reflect or circular.`,
      );
  }
}

function withinImage(index: number, size: number, mode: PaddingMode): number {
  if (index >= 0 && index < size) return index;
  throw new ShapeError(`A side of ${size} is too short for so much ${mode} padding. Pad by less, or by zeros.`);
}

function paddedShape(shape: readonly number[], { top, bottom, left, right }: Borders): number[] {
  const [channels, height, width] = shape;
  return [channels, top + height + bottom, left + width + right];
}

function negated({ top, bottom, left, right }: Borders): Borders {
  return { top: -top, bottom: -bottom, left: -left, right: -right };
}
