/** Random inputs that are the same on every run. */
import { type Array64, sizeOf, zeros } from "./arrays.ts";

/** A source of uniform numbers, at least 0 and below 1. */
export type Random = () => number;

/** The generator mulberry32 (Tommy Ettinger, public domain): 32 bits of state, good enough for test inputs. */
export function random(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Values evenly distributed between `low` and `high`. As in `normal`, they are float32 numbers: oracle and kernel then
 * start from the same inputs, and what differs between their results is the kernel's own rounding.
 */
export function uniform(next: Random, shape: readonly number[], low = 0, high = 1): Array64 {
  const result = zeros(shape);
  for (let i = 0; i < result.data.length; i++) result.data[i] = Math.fround(low + (high - low) * next());
  return result;
}

/**
 * Normally distributed float32 values of mean 0 (Box and Muller 1958).
 *
 * @example
 * const next = random(1);
 * const x = normal(next, [3, 7, 5]);
 * const weight = normal(next, [4, 3, 3, 3], 0.1);
 */
export function normal(next: Random, shape: readonly number[], deviation = 1): Array64 {
  const result = zeros(shape);
  for (let i = 0; i < sizeOf(shape); i++) {
    const radius = Math.sqrt(-2 * Math.log(1 - next())); // 1 - next() is never 0
    result.data[i] = Math.fround(deviation * radius * Math.cos(2 * Math.PI * next()));
  }
  return result;
}
