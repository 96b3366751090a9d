/** Winograd convolution, forward and its input gradient, against the oracle: sizes, paddings, lanes, chunks and epilogues. */
import { describe, expect, it } from "vitest";
import { type ConvolutionLayer, candidates, direct, suitsWinograd, winograd } from "../../src/autograd/algorithms.ts";
import { compile } from "../../src/autograd/compile.ts";
import { gradients } from "../../src/autograd/gradient.ts";
import { conv2d } from "../../src/autograd/operations.ts";
import { multiply } from "../../src/autograd/pointwise.ts";
import { sum } from "../../src/autograd/reductions.ts";
import type { TileTarget } from "../../src/kernels/target.ts";
import { winogradTiles } from "../../src/kernels/winograd.ts";
import { winogradOutputKernel } from "../../src/kernels/winograd-output.ts";
import { constantOf, runKernel, testDevice, variableOf } from "../engine.ts";
import * as oracle from "../oracle/index.ts";

const device = await testDevice();

interface Case {
  /** Channels, height and width of the image. */
  image: [number, number, number];
  outputs: number;
  size: 2 | 4;
  mode: "zero" | "replicate" | "reflect" | "circular";
  /** Most bytes between the steps: few make many chunks. */
  bytes: number;
  /** What tiles are for, if not for this adapter. */
  target?: TileTarget;
}

/** Winograd's algorithm for what suits it, with the tiles for this adapter or for another target. */
const choose = (size: 2 | 4, bytes: number, target?: TileTarget) => (layer: ConvolutionLayer, own: TileTarget) =>
  suitsWinograd(layer) ? winograd(layer, size, target ?? own, bytes)[0] : direct(layer, own);

/** Value and input gradient of relu(conv2d + bias), with the number of chunks of both. */
async function compute({ image: shape, outputs, size, mode, bytes, target }: Case, seed: number) {
  const next = oracle.random(seed);
  const image = oracle.normal(next, shape);
  const weight = oracle.normal(next, [outputs, shape[0], 3, 3]);
  const bias = oracle.normal(next, [outputs]);
  const factors = oracle.uniform(next, [outputs, shape[1], shape[2]], 0.5, 1.5);
  const options = { stride: 1, padding: 1, mode } as const;
  const x = variableOf(device, image);
  const [w, b, f] = [weight, bias, factors].map((each) => constantOf(device, each));
  const program = await compile(
    device,
    () => {
      const value = conv2d(x, w, { bias: b, ...options, activation: "relu" });
      return { results: { value, slope: gradients(sum(multiply(value, f)), [x])[0] } };
    },
    { convolution: choose(size, bytes, target) },
  );
  program.run();
  const [value, slope] = [await program.results.value.read(), await program.results.slope.read()];
  const chunks = program.steps.filter(({ tensor }) => tensor.operation.kind === "winogradOutput").length;
  program.dispose();
  for (const tensor of [x, w, b, f]) tensor.dispose();
  const linear = oracle.conv2d(image, weight, bias, options);
  const masked = oracle.reluGradient(factors, linear);
  const expectedSlope = oracle.conv2dInputGradient(masked, image.shape, weight, options);
  return { value, slope, chunks, expectedValue: oracle.relu(linear), expectedSlope };
}

// Sizes that are and are not multiples of the tiles and of vectors, fewer tiles than channels and more, one pixel.
const images: [[number, number, number], number][] = [
  [[3, 7, 9], 5],
  [[16, 8, 8], 16],
  [[8, 12, 12], 70],
  [[8, 24, 24], 20],
  [[20, 16, 16], 6],
  [[6, 32, 48], 7],
  [[64, 6, 6], 64],
  [[5, 10, 16], 4],
  [[4, 2, 2], 3],
  [[1, 1, 3], 1],
];
const cases: Case[] = images.flatMap(([image, outputs]) =>
  ([2, 4] as const).flatMap((size) =>
    (["zero", "replicate", "reflect", "circular"] as const)
      // Reflection needs a second pixel to reflect.
      .filter((mode) => mode !== "reflect" || Math.min(image[1], image[2]) > 1)
      .map((mode): Case => ({ image, outputs, size, mode, bytes: mode === "zero" ? 20_000 : 1e9 })),
  ),
);

/**
 * By how much Winograd's algorithm enlarges the errors of the direct sum at the worst pixel of a tile: the root of the sum of
 * squares of A^T times the norms of B^T's and G's rows, over that of three taps, once per dimension (Barabasz et al. 2020,
 * section 4). For F(2x2) that is 5/3; for F(4x4) the first row of A^T is worst, with 2.861 squared.
 */
const GROWTH = { 2: 5 / 3, 4: 2.861 ** 2 } as const;

it.each(cases)("F($size x $size) of [$image] to $outputs channels, padding $mode", async (testCase) => {
  const { size, image, outputs } = testCase;
  const { value, slope, expectedValue, expectedSlope } = await compute(testCase, 10 * image[2] + size);
  const label = `F(${size}x${size}) of [${image}]`;
  compare(value, expectedValue, 9 * image[0], label);
  compare(slope, expectedSlope, 9 * outputs, `${label}, gradient`);

  function compare(actual: Float32Array, expected: oracle.Array64, terms: number, name: string): void {
    oracle.compare(actual, expected, { k: GROWTH[size], terms, label: name });
  }
});

it.each([2, 4] as const)(
  "F(%i) gives the same bits with the tiles for GPUs, in one chunk and in many",
  async (size) => {
    for (const [image, outputs] of images.slice(1)) {
      const own: Case = { image, outputs, size, mode: "replicate", bytes: 1e9 };
      const { value, slope } = await compute(own, 7);
      for (const bytes of [20_000, 1e9]) {
        const other = await compute({ ...own, bytes, target: "gpu" }, 7);
        expect(other.value).toEqual(value);
        expect(other.slope).toEqual(slope);
      }
    }
  },
);

it.each([2, 4] as const)("F(%i) gives the same bits in one chunk and in many", async (size) => {
  const testCase: Case = { image: [6, 30, 21], outputs: 9, size, mode: "zero", bytes: 1e9 };
  const whole = await compute(testCase, 5);
  const cut = await compute({ ...testCase, bytes: 8000 }, 5);
  expect(whole.chunks).toBe(2);
  expect(cut.chunks).toBeGreaterThan(8);
  expect(cut.value).toEqual(whole.value);
  expect(cut.slope).toEqual(whole.slope);
});

it.each([
  { size: 2, width: 5 },
  { size: 4, width: 12 },
] as const)(
  "the output of each chunk of F($size x $size), its tiles filled up to vectors, is its own rows alone",
  async ({ size, width }) => {
    const sides = { top: 1, bottom: 1, left: 1, right: 1, extraRows: 0, extraColumns: 0 };
    const height = 3 * size;
    const inputs = { inputs: 4, inputHeight: height, inputWidth: width };
    const padding = { mode: "zero", ...sides } as const;
    const shape = { size, ...inputs, outputs: 4, height, width, chunks: 2, panel: 4, padding };
    const { points, outputs, padded, count, rows } = winogradTiles(shape);
    expect(padded).toBeGreaterThan(count);
    const products = new Float32Array(points * outputs * padded).fill(1);
    for (const chunk of [0, 1]) {
      const values = await runKernel(device, winogradOutputKernel(shape, chunk), [products], 4 * height * width);
      values.forEach((value, i) => {
        const row = Math.floor(i / width) % height;
        const isOwn = Math.floor(row / (rows * size)) === chunk;
        expect(Number.isNaN(value), `chunk ${chunk}, row ${row}`).toBe(!isOwn);
      });
    }
  },
);

it("every algorithm and tile that a GPU may be tuned to computes the same", async () => {
  const next = oracle.random(8);
  const [image, weight] = [oracle.normal(next, [32, 20, 20]), oracle.normal(next, [64, 32, 3, 3])];
  const expected = oracle.conv2d(image, weight, undefined, { stride: 1, padding: 1, mode: "zero" });
  const [x, w] = [variableOf(device, image), constantOf(device, weight)];
  const tried = new Set<string>();
  for (let index = 0; index === 0 || index < tried.size; index++) {
    const convolution = (layer: ConvolutionLayer) => {
      const all = candidates(layer, "gpu");
      for (const each of all) tried.add(JSON.stringify(each));
      return all[index];
    };
    const program = await compile(device, () => ({ results: { y: conv2d(x, w, { padding: 1 }) } }), { convolution });
    program.run();
    const label = `candidate ${index}`;
    oracle.compare(await program.results.y.read(), expected, { k: GROWTH[4], terms: 9 * 32, label });
    program.dispose();
  }
  // The direct kernel, and both of Winograd's with more than one tile.
  expect(tried.size).toBeGreaterThan(3);
});

describe("the gradient of a VGG layer", () => {
  const [channels, side] = [256, 32];

  async function flops(convolution: (layer: ConvolutionLayer, target: TileTarget) => ReturnType<typeof direct>) {
    const gradient = variableOf(device, oracle.zeros([channels, side, side]));
    const weight = constantOf(device, oracle.zeros([channels, channels, 3, 3]));
    const image = variableOf(device, oracle.zeros([channels, side, side]));
    const program = await compile(
      device,
      () => ({
        results: { slope: gradients(sum(multiply(conv2d(image, weight, { padding: 1 }), gradient)), [image])[0] },
      }),
      { convolution },
    );
    const total = program.steps.reduce((count, { kernel }) => count + kernel.flops, 0);
    program.dispose();
    for (const tensor of [gradient, weight, image]) tensor.dispose();
    return total;
  }

  it("takes at most 0.35 times the multiplications by F(4x4, 3x3), transforms included, and half by F(2x2, 3x3)", async () => {
    const directly = await flops(direct);
    expect(directly).toBeGreaterThanOrEqual(2 * 9 * channels ** 2 * side ** 2);
    expect(await flops(choose(4, 1e9))).toBeLessThan(0.35 * directly);
    expect(await flops(choose(2, 1e9))).toBeLessThan(0.5 * directly);
  });
});

it("keeps what lies between the steps under the limit it is given, whatever the size of the image", () => {
  for (const side of [40, 100, 724, 2000]) {
    const layer = { inputs: 64, inputHeight: side, inputWidth: side, outputs: 64, height: side, width: side };
    const padding = { mode: "zero", top: 1, bottom: 1, left: 1, right: 1, extraRows: 0, extraColumns: 0 } as const;
    const [{ shape }] = winograd({ ...layer, kernel: [3, 3], stride: 1, padding }, 4, "cpu", 2 ** 24);
    const rows = Math.ceil(side / 4 / shape.chunks);
    expect(4 * 36 * 128 * rows * Math.ceil(side / 4)).toBeLessThanOrEqual(2 ** 24);
  }
});
