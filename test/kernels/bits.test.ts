/** Masks against the oracle, bit by bit, and the kernels that read them. */
import { describe, expect, it } from "vitest";
import { poolMaskKernel, poolMaskShape, signMaskKernel, signMaskShape } from "../../src/kernels/bits.ts";
import type { Kernel } from "../../src/kernels/kernel.ts";
import { pointwiseOf } from "../../src/kernels/pointwise.ts";
import { poolGradientKernel } from "../../src/kernels/pool.ts";
import { sumKernel } from "../../src/kernels/sum.ts";
import { runKernel, testDevice } from "../engine.ts";
import type { Array64 } from "../oracle/index.ts";
import * as oracle from "../oracle/index.ts";

const device = await testDevice();
const next = oracle.random(29);

/** Numbers of both signs, some of them zero, many of them equal. */
const few = (shape: readonly number[]) => oracle.map(oracle.uniform(next, shape, -2.4, 2.4), Math.round);

const bitsOf = (words: Float32Array) => new Uint32Array(words.slice().buffer);

/** Runs a kernel that makes a mask of `count` words. */
async function words(kernel: Kernel, x: Array64, count: number): Promise<Uint32Array> {
  return bitsOf(await runKernel(device, kernel, [x.data], count));
}

/** Where the gradient of maximum pooling goes: the first of equal maxima. */
function maxima(x: Array64): Array64 {
  const pooled = [x.shape[0], x.shape[1] >> 1, x.shape[2] >> 1];
  const ones = oracle.map(oracle.zeros(pooled), () => 1);
  return oracle.maxPool2dGradient(ones, x);
}

const SHAPES = [[1], [3, 7], [32], [5, 32], [33], [4, 9], [3, 21, 40], [2, 5, 8192]];

it.each(SHAPES)("the signs of %j %j %j", async (...dimensions) => {
  const shape = dimensions.filter((extent) => typeof extent === "number");
  const x = few(shape);
  const [count] = signMaskShape(shape);
  const actual = await words(signMaskKernel(shape), x, count);
  // Bits past the end stand for nothing.
  const spare = 32 * count - x.data.length;
  actual[count - 1] &= 0xffffffff >>> spare;
  expect([...actual]).toEqual([...bitsOf(oracle.signMask(x))]);
});

it("zero of either sign is not positive, the smallest normal number is", async () => {
  const x = oracle.array64([4], [0, -0, 2 ** -126, -(2 ** -126)]);
  const [word] = await words(signMaskKernel([4]), x, 1);
  expect(word & 15).toBe(0b0100);
});

const IMAGES = [
  [1, 2, 2],
  [3, 7, 9],
  [17, 4, 8],
  [5, 3, 2],
  [2, 21, 40],
  [3, 6, 34],
  [2, 5, 257],
];

describe.each(IMAGES)("maxima of %ix%ix%i", (...shape) => {
  const count = oracle.sizeOf(poolMaskShape(shape));

  it.each([false, true])("positive alone: %s", async (positive) => {
    const x = few(shape);
    const expected = oracle.map2(maxima(x), x, (isLargest, value) => (positive && value <= 0 ? 0 : isLargest));
    const actual = await words(poolMaskKernel(shape, positive), x, count);
    expect([...actual]).toEqual([...bitsOf(oracle.poolMask(expected))]);
  });

  it("and the gradient that goes there", async () => {
    const x = few(shape);
    const gradient = oracle.normal(next, [shape[0], shape[1] >> 1, shape[2] >> 1]);
    const mask = await runKernel(device, poolMaskKernel(shape, false), [x.data], count);
    const kernel = poolGradientKernel(shape, "max");
    const actual = await runKernel(device, kernel, [gradient.data, mask], oracle.sizeOf(shape));
    oracle.compare(actual, oracle.maxPool2dGradient(gradient, x), { k: 0, terms: 1, label: kernel.label });
  });
});

it.each([
  [4, 33],
  [3, 40],
])("bits are operands of sums of %i rows of %i", async (rows, columns) => {
  const [x, signs] = [few([rows, columns]), few([rows, columns])];
  const kernel = sumKernel({ rows, columns, slices: 1 }, pointwiseOf("a * b", ["element", "bit"]));
  const actual = await runKernel(device, kernel, [x.data, oracle.signMask(signs)], rows);
  const expected = oracle.zeros([rows]);
  x.data.forEach((value, i) => {
    if (signs.data[i] > 0) expected.data[Math.floor(i / columns)] += value;
  });
  oracle.compare(actual, expected, { k: 0, terms: 1, label: kernel.label });
});

it("of equal maxima the first in row order gets the gradient, also where all are zero or negative", async () => {
  const x = oracle.array64([1, 2, 8], [0, 0, 1, 2, -3, -3, 5, 4, 0, 0, 2, 2, -3, -3, 5, 5]);
  const gradient = [10, 20, 30, 40];
  const gradientOf = async (positive: boolean) => {
    const mask = await runKernel(device, poolMaskKernel([1, 2, 8], positive), [x.data], 1);
    return [...(await runKernel(device, poolGradientKernel([1, 2, 8], "max"), [gradient, mask], 16))];
  };
  expect(await gradientOf(false)).toEqual([10, 0, 0, 20, 30, 0, 40, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  expect(await gradientOf(true)).toEqual([0, 0, 0, 20, 0, 0, 40, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
});
