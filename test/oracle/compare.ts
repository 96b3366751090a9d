/** The one way in which a float32 result is judged against the oracle. */
import { type Array64, sizeOf } from "./arrays.ts";

/** Distance from 1 to the next float32 number. */
export const EPSILON_32 = 2 ** -23;

/** How strict `compare` is. */
export interface Tolerance {
  /** Factor for what the model of rounding below leaves out; 4 to 16 fits most kernels. */
  k: number;
  /** Number of products summed into one value: 9 * Ci for a 3x3 convolution, 1 for a pointwise operation. */
  terms: number;
  /** What is compared; it begins the message. */
  label: string;
}

/**
 * Throws unless every value lies within `k * eps * sqrt(terms) * RMS(expected)` of the expected one.
 *
 * Each of K roundings errs by at most eps times a magnitude like that of the result; they point in random directions
 * and so add up to sqrt(K) of them. The scale is the root mean square of the whole expected array: relative to each
 * value alone, values that nearly cancel would fail a correct kernel.
 *
 * The message has the worst index and both values. Returns the smallest `k` that would have passed.
 *
 * @example
 * compare(await program.read(y), conv2d(x, weight, bias, options), { k: 8, terms: 9 * 64, label: "conv 3x3" });
 */
export function compare(actual: Float32Array, expected: Array64, { k, terms, label }: Tolerance): number {
  const count = expected.data.length;
  if (actual.length !== count || sizeOf(expected.shape) !== count) {
    throw new Error(`${label}: ${actual.length} values, but ${count} are expected for [${expected.shape}].`);
  }
  let sumOfSquares = 0;
  for (const value of expected.data) sumOfSquares += value * value;
  if (!Number.isFinite(sumOfSquares)) throw new Error(`${label}: an expected value is not finite. Change the inputs.`);

  let worst = -1;
  let worstError = 0;
  for (let i = 0; i < count; i++) {
    const difference = Math.abs(actual[i] - expected.data[i]);
    const error = Number.isNaN(difference) ? Infinity : difference;
    if (error > worstError) {
      worst = i;
      worstError = error;
    }
  }
  if (worst === -1) return 0;

  const unit = EPSILON_32 * Math.sqrt(terms) * Math.sqrt(sumOfSquares / count);
  if (worstError > k * unit) {
    throw new Error(
      `${label}: ${actual[worst]} instead of ${expected.data[worst]} at [${coordinates(worst, expected.shape)}] ` +
        `of [${expected.shape}]. The error ${worstError.toExponential(2)} is k = ${(worstError / unit).toPrecision(3)}, ` +
        `allowed is k = ${k} (${(k * unit).toExponential(2)}).`,
    );
  }
  return worstError / unit;
}

/** The index in each dimension, such as [2, 0, 5], of a place in row-major order. */
function coordinates(index: number, shape: readonly number[]): number[] {
  const result: number[] = [];
  let rest = index;
  for (const extent of [...shape].reverse()) {
    result.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return result;
}
