/** Sums, Gram matrices and matrix products, one kernel at a time, against the oracle. */
import { describe, expect, it } from "vitest";
import { type GramShape, gramKernel, gramPanelsKernel, gramPanelsShape, gramShape } from "../../src/kernels/gram.ts";
import { sizeOf } from "../../src/kernels/kernel.ts";
import { matmulKernel } from "../../src/kernels/matrix.ts";
import { pointwiseOf } from "../../src/kernels/pointwise.ts";
import { sumKernel, sumSlicesKernel } from "../../src/kernels/sum.ts";
import { runKernel, testDevice } from "../engine.ts";
import type { Array64 } from "../oracle/index.ts";
import * as oracle from "../oracle/index.ts";

const device = await testDevice();
const next = oracle.random(12);
const identity = pointwiseOf("a", ["element"]);

/** The sum of each row. */
function rowSums({ shape: [rows, columns], data }: Array64): Array64 {
  const sums = Array.from({ length: rows }, (_, row) =>
    data.subarray(row * columns, (row + 1) * columns).reduce((total, value) => total + value, 0),
  );
  return oracle.array64([rows], sums);
}

describe("sums of rows", () => {
  it.each([
    [1, 1],
    [3, 5],
    [17, 64],
    [2, 2047],
    [5, 300],
    [1, 4099],
    [2, 4100],
  ])("%i rows of %i", async (...shape) => {
    const x = oracle.normal(next, shape);
    const [rows, columns] = shape;
    const kernel = sumKernel({ rows, columns, slices: 1 }, identity);
    const actual = await runKernel(device, kernel, [x.data], rows);
    oracle.compare(actual, rowSums(x), { k: 1, terms: columns, label: kernel.label });
    const unrolled = sumKernel({ rows, columns, slices: 1, unrolled: true }, identity);
    expect(await runKernel(device, unrolled, [x.data], rows), "four terms at once").toEqual(actual);
  });

  it.each([
    { rows: 3, columns: 1000, slices: 4 },
    { rows: 1, columns: 77, slices: 5 },
    { rows: 2, columns: 12, slices: 3 },
    { rows: 2, columns: 9, slices: 8 },
  ])("slices of rows add up to the rows: $rows rows of $columns in $slices", async (shape) => {
    const { rows, columns, slices } = shape;
    const x = oracle.normal(next, [rows, columns]);
    const kernel = sumKernel(shape, identity);
    const actual = oracle.array64([rows, slices], await runKernel(device, kernel, [x.data], rows * slices));
    const total = oracle.toFloat32(rowSums(actual));
    oracle.compare(total, rowSums(x), { k: 1, terms: columns, label: kernel.label });
  });

  it("a function of several operands is summed: an element, a channel's value and a scalar", async () => {
    for (const columns of [40, 41]) {
      const [a, b] = [oracle.normal(next, [3, columns]), oracle.normal(next, [3, columns])];
      const means = oracle.normal(next, [3]);
      const prologue = pointwiseOf("(a - b) * c + T(0.5f) * d", ["element", "channel", "element", "scalar"]);
      const kernel = sumKernel({ rows: 3, columns, slices: 1 }, prologue, pointwiseOf("a * b", ["element", "element"]));
      const factors = oracle.array64([3], [2, -1, 0.5]);
      const term = (value: number, i: number) => (value - means.data[Math.floor(i / columns)]) * b.data[i] + 0.5 * 7;
      const sums = rowSums(oracle.array64([3, columns], a.data.map(term)));
      const inputs = [a.data, means.data, b.data, [7], factors.data];
      const actual = await runKernel(device, kernel, inputs, 3);
      oracle.compare(actual, oracle.multiply(sums, factors), { k: 2, terms: columns, label: kernel.label });
    }
  });

  it.each([
    { size: 24, slices: 7, channels: 3, parts: 1 },
    { size: 25, slices: 2, channels: 5, parts: 1 },
    { size: 3, slices: 1, channels: 3, parts: 1 },
    { size: 24, slices: 37, channels: 3, parts: 16 },
    { size: 25, slices: 16, channels: 5, parts: 16 },
    { size: 24, slices: 147, channels: 3, parts: 16 },
    { size: 260, slices: 3, channels: 5, parts: 4 },
    { size: 3, slices: 130, channels: 3, parts: 64 },
  ])("the sum of $slices slices of $size, each by $parts", async ({ size, slices, channels, parts }) => {
    const x = oracle.normal(next, [slices, size]);
    const epilogue = pointwiseOf("a + b", ["element", "channel"]);
    const kernel = sumSlicesKernel([channels, size / channels], slices, epilogue, parts);
    const bias = oracle.normal(next, [channels]);
    const expected = rowSums(oracle.transpose(x));
    expected.data.forEach((value, i) => {
      expected.data[i] = value + bias.data[Math.floor((i * channels) / size)];
    });
    const actual = await runKernel(device, kernel, [x.data, bias.data], size);
    oracle.compare(actual, expected, { k: 2, terms: slices, label: kernel.label });
  });
});

/** The kernels of a Gram matrix whose panels hold one chunk. */
async function gram({ data }: Array64, shape: GramShape): Promise<Float32Array> {
  const { channels, slices } = shape;
  const size = channels * channels;
  const length = sizeOf(gramPanelsShape(shape, 0));
  const panels = await runKernel(device, gramPanelsKernel(shape, 0), [data], length);
  const shares = await runKernel(device, gramKernel(shape, 0), [panels], slices * size);
  return runKernel(device, sumSlicesKernel([channels, channels], slices), [shares], size);
}

describe("Gram matrices", () => {
  it.each([
    { channels: 1, height: 3, width: 3, slices: 1 },
    { channels: 3, height: 5, width: 7, slices: 1 },
    { channels: 4, height: 4, width: 6, slices: 3 },
    { channels: 17, height: 9, width: 5, slices: 2 },
    { channels: 24, height: 2, width: 10, slices: 1 },
    { channels: 20, height: 3, width: 3, slices: 8 },
    { channels: 64, height: 6, width: 6, slices: 1 },
    { channels: 9, height: 40, width: 40, slices: 2 },
  ])(
    "of $channels channels of $height x $width pixels in $slices slices",
    async ({ channels, height, width, slices }) => {
      const x = oracle.normal(next, [channels, height, width]);
      const shape = { channels, pixels: height * width, slices, chunk: slices };
      const sum = await gram(x, { ...shape, pixelsFirst: false });
      oracle.compare(sum, oracle.gram(x), { k: 4, terms: height * width, label: `gram ${channels}` });
      expect(await gram(x, { ...shape, pixelsFirst: true }), "panels in the other order").toEqual(sum);
      for (let i = 0; i < channels; i++) {
        for (let j = 0; j < i; j++) expect(sum[i * channels + j], "symmetry").toBe(sum[j * channels + i]);
      }
    },
  );

  it.each([
    { channels: 12, pixels: 40 * 37, slices: 5, chunk: 2, pixelsFirst: false },
    { channels: 12, pixels: 40 * 37, slices: 5, chunk: 2, pixelsFirst: true },
    { channels: 9, pixels: 25 * 9, slices: 3, chunk: 1, pixelsFirst: false },
  ])("each chunk of $channels channels of $pixels pixels writes its own of $slices slices", async (shape) => {
    const { channels, pixels, slices, chunk } = shape;
    const x = oracle.normal(next, [channels, pixels]);
    const size = channels * channels;
    const whole = { ...shape, chunk: slices };
    const shares = await runKernel(
      device,
      gramKernel(whole, 0),
      [await runKernel(device, gramPanelsKernel(whole, 0), [x.data], sizeOf(gramPanelsShape(whole, 0)))],
      slices * size,
    );
    for (let index = 0; index * chunk < slices; index++) {
      const length = sizeOf(gramPanelsShape(shape, index));
      const panels = await runKernel(device, gramPanelsKernel(shape, index), [x.data], length);
      const part = await runKernel(device, gramKernel(shape, index), [panels], slices * size);
      part.forEach((value, i) => {
        const isInside = Math.floor(i / size / chunk) === index;
        expect(value, `chunk ${index}, element ${i}`).toBe(isInside ? shares[i] : NaN);
      });
    }
  });

  it("shapes cut up so that a chunk's panels keep within a limit cover all pixels", () => {
    for (const [channels, pixels] of [
      [64, 512 * 512],
      [512, 33 * 31],
      [64, 1021 * 1019],
      [16, 256 * 256],
      [3, 9],
    ]) {
      for (const [target, bytes] of [
        ["cpu", 1e6],
        ["cpu", 2 ** 24],
        ["gpu", 1e6],
        ["gpu", 2 ** 25],
      ] as const) {
        const shape = gramShape(channels, pixels, target, bytes);
        let covered = 0;
        for (let chunk = 0; chunk * shape.chunk < shape.slices; chunk++) {
          const panels = gramPanelsShape(shape, chunk);
          covered += panels[shape.pixelsFirst ? 0 : 1];
          if (shape.chunk > 1) expect(4 * sizeOf(panels)).toBeLessThanOrEqual(bytes);
        }
        expect(covered).toBe(pixels);
      }
    }
  });

  it.each(["cpu", "swiftshader", "gpu"] as const)("all sizes share the shaders on a %s", (target) => {
    const shapes = [gramShape(64, 9216, target), gramShape(512, 36, target), gramShape(20, 100, target)];
    expect(new Set(shapes.map((shape) => gramPanelsKernel(shape, 0).wgsl)).size).toBe(1);
    expect(new Set(shapes.map((shape) => gramKernel(shape, 0).wgsl)).size).toBe(1);
  });

  it("stays finite where the sum before the division would not", async () => {
    // 4096 pixels of 1e18: the sum of squares, 4e39, is beyond float32, and the mean, 1e36, is not.
    const x = oracle.map(oracle.zeros([1, 64, 64]), () => Math.fround(1e18));
    const sum = await gram(x, { channels: 1, pixels: 4096, slices: 32, chunk: 32, pixelsFirst: false });
    oracle.compare(sum, oracle.gram(x), { k: 1, terms: 4096, label: "large values" });
  });
});

describe.each([
  { transposeA: false, transposeB: false },
  { transposeA: true, transposeB: false },
  { transposeA: false, transposeB: true },
  { transposeA: true, transposeB: true },
])("matrix products, $transposeA, $transposeB", (flags) => {
  it.each([
    [3, 5, 7],
    [8, 4, 12],
    [17, 9, 4],
    [1, 1, 1],
    [9, 33, 70],
  ])("[%i, %i] times [, %i]", async (rows, depth, columns) => {
    const a = oracle.normal(next, flags.transposeA ? [depth, rows] : [rows, depth]);
    const b = oracle.normal(next, flags.transposeB ? [columns, depth] : [depth, columns]);
    const bias = oracle.normal(next, [rows]);
    const kernel = matmulKernel({ rows, columns, depth, ...flags }, pointwiseOf("a + b", ["element", "channel"]));
    const expected = oracle.matmul(a, b, flags);
    expected.data.forEach((value, i) => {
      expected.data[i] = value + bias.data[Math.floor(i / columns)];
    });
    const actual = await runKernel(device, kernel, [a.data, b.data, bias.data], rows * columns);
    oracle.compare(actual, expected, { k: 3, terms: depth, label: kernel.label });
  });
});
