/** The kernels that move, pool and pad pixels, one at a time, against the oracle. Most of them do not round: k is 0. */
import { describe, expect, it } from "vitest";
import type { Kernel } from "../../src/kernels/kernel.ts";
import { type Padding, padGradientKernel, padKernel } from "../../src/kernels/pad.ts";
import { poolGradientKernel, poolKernel } from "../../src/kernels/pool.ts";
import { dilateKernel, transposeKernel, upsampleGradientKernel, upsampleKernel } from "../../src/kernels/rearrange.ts";
import { runKernel, testDevice } from "../engine.ts";
import type { Array64, Borders, PaddingMode } from "../oracle/index.ts";
import * as oracle from "../oracle/index.ts";

const device = await testDevice();
const next = oracle.random(11);

async function check(kernel: Kernel, inputs: readonly Array64[], expected: Array64, k = 0): Promise<void> {
  const buffers = inputs.map(({ data }) => data);
  const actual = await runKernel(device, kernel, buffers, expected.data.length);
  oracle.compare(actual, expected, { k, terms: 4, label: kernel.label });
}

/** Odd and even sizes, a single window, one row, rows of whole vectors. */
const SHAPES = [
  [3, 7, 9],
  [1, 2, 2],
  [17, 4, 8],
  [5, 3, 2],
  [2, 21, 40],
];

describe.each(SHAPES)("pooling of %ix%ix%i", (...shape) => {
  const x = oracle.normal(next, shape);
  const pooled = oracle.averagePool2d(x);
  const gradient = oracle.normal(next, pooled.shape);

  it("forward", async () => {
    await check(poolKernel(shape, "max"), [x], oracle.maxPool2d(x));
    await check(poolKernel(shape, "average"), [x], pooled, 5);
  });

  it("gradient of the average", async () => {
    const average = oracle.averagePool2dGradient(gradient, shape);
    await check(poolGradientKernel(shape, "average"), [gradient], average);
  });
});

describe.each<PaddingMode>(["zero", "replicate", "reflect", "circular"])("%s padding", (mode) => {
  const cases: [shape: number[], borders: Borders][] = [
    [[3, 5, 7], oracle.evenBorders(1)],
    [[2, 4, 5], { top: 3, bottom: 2, left: 0, right: 4 }],
    [[1, 8, 4], oracle.evenBorders(3)],
    [[4, 2, 2], { top: 0, bottom: 1, left: 1, right: 0 }],
    [[1, 14, 17], { top: 5, bottom: 0, left: 1, right: 6 }],
  ];

  it.each(cases)("of [%s] by %o", async (shape, borders) => {
    const x = oracle.normal(next, shape);
    const padding: Padding = { mode, ...borders, extraRows: 0, extraColumns: 0 };
    const padded = oracle.pad(x, borders, mode);
    await check(padKernel(shape, padding), [x], padded);
    const gradient = oracle.normal(next, padded.shape);
    const expected = oracle.padGradient(gradient, shape, borders, mode);
    await check(padGradientKernel(shape, padding), [gradient], expected, 4);
  });

  it("leaves zeros in the extra rows and columns of a convolution's input", async () => {
    const x = oracle.normal(next, [2, 5, 6]);
    const borders = { top: 2, bottom: 1, left: 1, right: 3 };
    const padded = oracle.pad(x, borders, mode);
    const extra = { top: 0, left: 0, bottom: 2, right: 5 };
    const kernel = padKernel(x.shape, { mode, ...borders, extraRows: 2, extraColumns: 5 });
    await check(kernel, [x], oracle.pad(padded, extra, "zero"));
  });
});

it("negative padding cuts off, and may meet positive padding on the other side", async () => {
  const x = oracle.normal(next, [3, 6, 9]);
  const borders = { top: -2, bottom: 3, left: 1, right: -4 };
  const padding: Padding = { mode: "zero", ...borders, extraRows: 0, extraColumns: 0 };
  await check(padKernel(x.shape, padding), [x], oracle.pad(x, borders, "zero"));
});

it.each([
  { shape: [3, 4, 5], factor: 2 },
  { shape: [2, 3, 4], factor: 3 },
  { shape: [1, 1, 1], factor: 5 },
  { shape: [4, 7, 2], factor: 1 },
])("$shape upsampled $factor times, and the gradient of it", async ({ shape, factor }) => {
  const x = oracle.normal(next, shape);
  const large = oracle.upsampleNearest2d(x, factor);
  await check(upsampleKernel(shape, factor), [x], large);
  const gradient = oracle.normal(next, large.shape);
  const expected = oracle.upsampleNearest2dGradient(gradient, shape, factor);
  await check(upsampleGradientKernel(shape, factor), [gradient], expected, 2);
});

it("images of all sizes are padded by one shader, apart from rows that are no vectors", () => {
  const around = { mode: "replicate", top: 1, bottom: 1, left: 1, right: 1, extraRows: 0 } as const;
  const textOf = (channels: number, height: number, width: number, extraColumns: number) =>
    padKernel([channels, height, width], { ...around, extraColumns }).wgsl;
  expect(textOf(16, 24, 64, 6)).toBe(textOf(3, 7, 9, 1));
  expect(textOf(16, 24, 64, 6)).not.toBe(textOf(16, 24, 64, 5));
});

it("images of all sizes are pooled by one shader, apart from rows that are no vectors", () => {
  for (const pooling of ["max", "average"] as const) {
    for (const kernel of [poolKernel, poolGradientKernel]) {
      const textOf = (...shape: number[]) => kernel(shape, pooling).wgsl;
      expect(textOf(16, 24, 64)).toBe(textOf(3, 6, 8));
      expect(textOf(16, 24, 63)).not.toBe(textOf(16, 24, 64));
    }
  }
});

it("dilation puts zeros between pixels", async () => {
  const x = oracle.array64([2, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  const rows = [1, 0, 2, 0, 3, 0, 0, 0, 0, 0, 4, 0, 5, 0, 6, 7, 0, 8, 0, 9, 0, 0, 0, 0, 0, 10, 0, 11, 0, 12];
  await check(dilateKernel([2, 2, 3], 2), [x], oracle.array64([2, 3, 5], rows));
});

it.each([
  [3, 5],
  [1, 17],
  [8, 4],
])("the transpose of %ix%i", async (...shape) => {
  const x = oracle.normal(next, shape);
  await check(transposeKernel(shape), [x], oracle.transpose(x));
});

it("a result that the kernel would not fill is noticed", async () => {
  const kernel = transposeKernel([3, 5]);
  await expect(check(kernel, [oracle.zeros([3, 5])], oracle.zeros([16]))).rejects.toThrow("NaN instead of 0 at [15]");
  await expect(check(kernel, [oracle.zeros([3, 5])], oracle.zeros([14]))).rejects.toThrow("wrote past its end");
});
