/** Operations that make one number of a whole array. Their gradients take that number's gradient, a number too. */
import { type Array64, map, map2, zeros } from "./arrays.ts";
import type { PairGradient } from "./pointwise.ts";

/** The sum of all values. */
export function sum(x: Array64): number {
  return x.data.reduce((total, value) => total + value, 0);
}

/** 1 for each value */
export function sumGradient(gradient: number, xShape: readonly number[]): Array64 {
  return map(zeros(xShape), () => gradient);
}

/** The sum over the number of values. */
export function mean(x: Array64): number {
  return sum(x) / x.data.length;
}

/** 1 / n for each of n values */
export function meanGradient(gradient: number, xShape: readonly number[]): Array64 {
  const result = zeros(xShape);
  return map(result, () => gradient / result.data.length);
}

/** The sum of (a - b)^2. */
export function squaredError(a: Array64, b: Array64): number {
  return sum(map2(a, b, (p, q) => (p - q) ** 2));
}

/** 2 (a - b) for a, -2 (a - b) for b */
export function squaredErrorGradient(gradient: number, a: Array64, b: Array64): PairGradient {
  return {
    a: map2(a, b, (p, q) => gradient * 2 * (p - q)),
    b: map2(a, b, (p, q) => gradient * -2 * (p - q)),
  };
}

/** The sum of a * b, value by value. */
export function dot(a: Array64, b: Array64): number {
  return sum(map2(a, b, (p, q) => p * q));
}

/** b for a, a for b */
export function dotGradient(gradient: number, a: Array64, b: Array64): PairGradient {
  return { a: map(b, (q) => gradient * q), b: map(a, (p) => gradient * p) };
}

/**
 * How total variation measures the differences dx to the right and dy to the lower neighbor:
 * `l2` the sum of dx^2 and dy^2 over all pixels that have that neighbor;
 * `keras` the sum of (dx^2 + dy^2)^1.25 over the pixels that have both (the Keras example of style transfer).
 */
export type TotalVariationKind = "l2" | "keras";

/** Total variation of [C, H, W], over all channels: large for noise, 0 for a plain image. */
export function totalVariation(x: Array64, kind: TotalVariationKind): number {
  let total = 0;
  forEachDifference(x, kind, (dx, dy) => {
    total += kind === "l2" ? dx ** 2 + dy ** 2 : (dx ** 2 + dy ** 2) ** 1.25;
  });
  return total;
}

/**
 * With dx = right - here, the derivative of dx^2 is 2 dx for the right neighbor and -2 dx for this pixel, likewise for
 * dy; the power 1.25 of their sum brings the factor 1.25 (dx^2 + dy^2)^0.25.
 */
export function totalVariationGradient(gradient: number, x: Array64, kind: TotalVariationKind): Array64 {
  const result = zeros(x.shape);
  forEachDifference(x, kind, (dx, dy, here, right, below) => {
    const outer = gradient * (kind === "l2" ? 1 : 1.25 * (dx ** 2 + dy ** 2) ** 0.25);
    if (right !== undefined) result.data[right] += outer * 2 * dx;
    if (below !== undefined) result.data[below] += outer * 2 * dy;
    result.data[here] -= outer * 2 * (dx + dy);
  });
  return result;
}

/** Calls `visit` for each pixel with its differences, 0 where there is no neighbor, and the places they are between. */
function forEachDifference(
  x: Array64,
  kind: TotalVariationKind,
  visit: (dx: number, dy: number, here: number, right: number | undefined, below: number | undefined) => void,
): void {
  const [channels, height, width] = x.shape;
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < height; i++) {
      for (let j = 0; j < width; j++) {
        const here = (c * height + i) * width + j;
        const right = j + 1 < width ? here + 1 : undefined;
        const below = i + 1 < height ? here + width : undefined;
        if (kind === "keras" && (right === undefined || below === undefined)) continue;
        const dx = right === undefined ? 0 : x.data[right] - x.data[here];
        const dy = below === undefined ? 0 : x.data[below] - x.data[here];
        visit(dx, dy, here, right, below);
      }
    }
  }
}
