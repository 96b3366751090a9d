/** The convolution kernels, one at a time, against the oracle: every tile, weights packed by hand, junk around the image. */
import { describe, expect, it } from "vitest";
import { type ConvolutionTile, chooseTile, convolutionKernel, stripRowLength } from "../../src/kernels/convolution.ts";
import { convolutionWeightGradientKernel } from "../../src/kernels/convolution-weight-gradient.ts";
import { packedSize, packWeightsKernel } from "../../src/kernels/pack-weights.ts";
import { pointwiseOf } from "../../src/kernels/pointwise.ts";
import { loadSoftwareKernels } from "../../src/kernels/software.ts";
import { runKernel, testDevice } from "../engine.ts";
import type { Array64 } from "../oracle/index.ts";
import * as oracle from "../oracle/index.ts";

const device = await testDevice();
await loadSoftwareKernels();

/** Sizes of the input, the weights [outputs, inputs, rows, columns of the kernel], and the stride. */
interface Case {
  image: [inputs: number, height: number, width: number];
  weight: [outputs: number, inputs: number, rows: number, columns: number];
  stride: number;
}

/** The image at the start of each row, and NaN after it: what lies there may be read, but never count. */
function withJunk({ shape: [channels, height, width], data }: Array64, rowLength: number): Float32Array {
  const result = new Float32Array(channels * height * rowLength).fill(NaN);
  for (let row = 0; row < channels * height; row++) {
    result.set(data.subarray(row * width, (row + 1) * width), row * rowLength);
  }
  return result;
}

/** Weights in the order that the kernels document: block of outputs, input, row, column, output within the block. */
function packed({ shape, data }: Array64, block: number): Float32Array {
  const [outputs, inputs, rows, columns] = shape;
  const values: number[] = [];
  for (let first = 0; first < outputs; first += block) {
    for (let input = 0; input < inputs; input++) {
      for (let tap = 0; tap < rows * columns; tap++) {
        for (let output = first; output < first + block; output++) {
          values.push(output < outputs ? data[(output * inputs + input) * rows * columns + tap] : 0);
        }
      }
    }
  }
  return Float32Array.from(values);
}

function shapeOf({ image, weight, stride }: Case, rowLength: number) {
  const [inputs, inputRows, inputWidth] = image;
  const [outputs, , kernelHeight, kernelWidth] = weight;
  const height = Math.floor((inputRows - kernelHeight) / stride) + 1;
  const width = Math.floor((inputWidth - kernelWidth) / stride) + 1;
  return { inputs, inputRows, rowLength, outputs, height, width, kernelHeight, kernelWidth, stride };
}

/** Compares a convolution with bias, or with a factor for each pixel of the result, with the oracle; returns it. */
async function check(
  testCase: Case,
  tile: ConvolutionTile,
  operand: "bias" | "factors" = "bias",
): Promise<Float32Array> {
  const next = oracle.random(testCase.image[2] * 100 + tile.outputs + tile.pixels);
  const image = oracle.normal(next, testCase.image);
  const weight = oracle.normal(next, testCase.weight);
  const bias = oracle.normal(next, [testCase.weight[0]]);
  const { width, kernelWidth, stride } = shapeOf(testCase, 0);
  const rowLength =
    Math.ceil(Math.max(stripRowLength(width, kernelWidth, stride, tile.pixels), image.shape[2]) / 4) * 4;
  const shape = shapeOf(testCase, rowLength);
  const options = { stride, padding: 0, mode: "zero" } as const;
  const expected = oracle.conv2d(image, weight, operand === "bias" ? bias : undefined, options);
  const factors = oracle.normal(next, expected.shape);
  if (operand === "factors") expected.data.forEach((value, i) => (expected.data[i] = value * factors.data[i]));
  const epilogue =
    operand === "bias" ? pointwiseOf("a + b", ["element", "channel"]) : pointwiseOf("a * b", ["element", "element"]);
  const kernel = convolutionKernel(shape, tile, epilogue);
  const operands = operand === "bias" ? bias.data : factors.data;
  const inputs = [withJunk(image, rowLength), packed(weight, tile.outputs), operands];
  const label = `${kernel.label}, stride ${stride}, tile ${tile.outputs}x${tile.pixels}`;
  const terms = weight.data.length / weight.shape[0];
  const actual = await runKernel(device, kernel, inputs, expected.data.length);
  oracle.compare(actual, expected, { k: 3, terms, label });
  return actual;
}

const TILES = [4, 8, 12, 16, 20, 24, 28, 32].flatMap((pixels) =>
  (pixels <= 20 ? [4, 8, 16] : [4, 8]).map((outputs): ConvolutionTile => ({ outputs, pixels })),
);

const IN_SUBGROUPS = [
  { outputs: 32, pixels: 8 },
  { outputs: 16, pixels: 16 },
  { outputs: 4, pixels: 12 },
].map((tile): ConvolutionTile => ({ ...tile, subgroup: device.gpu.adapterInfo.subgroupMaxSize }));

describe.each([...TILES, ...IN_SUBGROUPS])(
  "a tile of $outputs channels of $pixels pixels, in a subgroup of $subgroup",
  (tile) => {
    // Compiling takes time in proportion to the unrolled code, so the widest kernels go with the smallest tiles.
    const columns = [7, 5, 3, 2, 1].find((width) => tile.outputs * tile.pixels * width <= 448) ?? 1;

    it("rows of whole vectors, the last strip cut, channels filling the blocks", async () => {
      const width = 2 * tile.pixels - (tile.pixels === 4 ? 0 : 4);
      await check({ image: [3, 5, width + columns - 1], weight: [2 * tile.outputs, 3, 2, columns], stride: 1 }, tile);
    });

    it("rows that start anywhere, channels left over, stride 2", async () => {
      const width = tile.pixels + 3;
      await check(
        { image: [2, 8, 2 * width + columns - 1], weight: [tile.outputs + 1, 2, 3, columns], stride: 2 },
        tile,
        "factors",
      );
    });
  },
);

it("members of a subgroup read more weights per kernel row than there are members", async () => {
  await check({ image: [5, 7, 22], weight: [40, 5, 3, 3], stride: 1 }, IN_SUBGROUPS[0]);
});

it.each([
  { outputs: 4, pixels: 4, stride: 1 },
  { outputs: 8, pixels: 4, stride: 2 },
  { outputs: 8, pixels: 8, stride: 1 },
  { outputs: 8, pixels: 8, stride: 2 },
  { outputs: 16, pixels: 4, stride: 1 },
])(
  "whole kernels give the bits of kernels row by row: $outputs x $pixels, stride $stride",
  async ({ stride, ...tile }) => {
    const testCase: Case = { image: [3, 9, 25], weight: [11, 3, 3, 3], stride };
    const rowByRow = await check(testCase, tile);
    expect(await check(testCase, { ...tile, wholeKernel: true })).toEqual(rowByRow);
    await check({ ...testCase, weight: [11, 3, 2, 5] }, { ...tile, wholeKernel: true });
  },
);

it("layers of all sizes share the shader of a tile, apart from rows that end within a strip", () => {
  const textOf = (inputs: number, height: number, width: number) => {
    const rowLength = stripRowLength(width, 3, 1, 8);
    const sizes = { inputs, inputRows: height + 2, rowLength, outputs: 2 * inputs, height, width };
    const shape = { ...sizes, kernelHeight: 3, kernelWidth: 3, stride: 1 };
    return convolutionKernel(shape, { outputs: 8, pixels: 8 }).wgsl;
  };
  expect(textOf(16, 24, 64)).toBe(textOf(3, 7, 8));
  expect(textOf(16, 24, 60)).toBe(textOf(3, 7, 12));
  expect(textOf(16, 24, 60)).not.toBe(textOf(16, 24, 64));
});

describe("random shapes", () => {
  const next = oracle.random(2016);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(next() * values.length)];
  const sides = "1x1 2x2 3x3 5x5 7x7 1x7 7x1 2x3 5x3".split(" ").map((text) => text.split("x").map(Number));
  const cases = Array.from({ length: 40 }, () => {
    const [rows, columns] = pick(sides);
    const inputs = pick([1, 3, 4, 5, 8, 17]);
    const image: Case["image"] = [inputs, rows + Math.floor(next() * 5), columns - 1 + Math.ceil(next() * 40)];
    const weight: Case["weight"] = [pick([1, 3, 4, 5, 8, 16, 17]), inputs, rows, columns];
    const testCase = { image, weight, stride: pick([1, 2]) };
    const tile = chooseTile(weight[0], shapeOf(testCase, 0).width, pick(["cpu", "gpu"]));
    return { ...testCase, tile };
  });
  it.each(cases)("image $image, weights $weight, stride $stride", async ({ tile, ...testCase }) => {
    await check(testCase, tile);
  });
});

it("rows are as long as the last strip reads, and whole vectors", () => {
  for (const pixels of new Set(TILES.map((tile) => tile.pixels))) {
    for (const stride of [1, 2]) {
      for (const columns of [1, 2, 3, 5, 7]) {
        for (let width = 1; width <= 40; width++) {
          const lastStrip = Math.floor((width - 1) / pixels) * pixels * stride;
          const read = lastStrip + (pixels - 1) * stride + columns;
          const rowLength = stripRowLength(width, columns, stride, pixels);
          expect(rowLength % 4).toBe(0);
          expect(rowLength).toBeGreaterThanOrEqual(read);
          expect(rowLength).toBeLessThan(read + 4);
        }
      }
    }
  }
});

it.each([
  { shape: [5, 3, 3, 3], block: 4 },
  { shape: [8, 2, 1, 2], block: 8 },
  { shape: [3, 17, 2, 5], block: 16 },
])("weights $shape are packed in blocks of $block, also transposed and turned", async ({ shape, block }) => {
  const weight = oracle.normal(oracle.random(3), shape);
  const size = packedSize(shape, block, false);
  expect(await runKernel(device, packWeightsKernel(shape, block, false), [weight.data], size)).toEqual(
    packed(weight, block),
  );
  const [outputs, inputs, rows, columns] = shape;
  const turned = oracle.zeros([inputs, outputs, rows, columns]);
  const taps = rows * columns;
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      const kernel = weight.data.slice((o * inputs + i) * taps, (o * inputs + i + 1) * taps);
      turned.data.set(kernel.reverse(), (i * outputs + o) * taps);
    }
  }
  const turnedSize = packedSize(shape, block, true);
  expect(await runKernel(device, packWeightsKernel(shape, block, true), [weight.data], turnedSize)).toEqual(
    packed(turned, block),
  );
});

it.each<Case>([
  { image: [3, 6, 7], weight: [4, 3, 3, 3], stride: 1 },
  { image: [2, 9, 14], weight: [5, 2, 2, 5], stride: 2 },
  { image: [1, 1, 70], weight: [3, 1, 1, 1], stride: 1 },
])("the gradient of the weights $weight on an image $image, stride $stride", async (testCase) => {
  const next = oracle.random(4);
  const image = oracle.normal(next, testCase.image);
  const shape = shapeOf(testCase, testCase.image[2]);
  const gradient = oracle.normal(next, [shape.outputs, shape.height, shape.width]);
  const options = { stride: testCase.stride, padding: 0, mode: "zero" } as const;
  const expected = oracle.conv2dWeightGradient(gradient, image, testCase.weight, options);
  const kernel = convolutionWeightGradientKernel(shape);
  const actual = await runKernel(device, kernel, [image.data, gradient.data], expected.data.length);
  oracle.compare(actual, expected, { k: 4, terms: shape.height * shape.width, label: kernel.label });
});

describe("chooseTile", () => {
  it.each(["cpu", "swiftshader", "gpu"] as const)("on %s cuts rows into strips with little waste", (target) => {
    for (let width = 1; width <= 200; width++) {
      const { outputs, pixels } = chooseTile(64, width, target);
      expect(TILES).toContainEqual({ outputs, pixels });
      const vectors = Math.ceil(width / 4) * 4;
      expect(Math.ceil(width / pixels) * pixels, `row of ${width}`).toBeLessThanOrEqual(1.125 * vectors);
    }
  });

  it("has subgroups share the weights of many channels, where it may and that pays", () => {
    const [tile] = IN_SUBGROUPS;
    for (const width of [6, 16, 33, 128])
      expect(chooseTile(64, width, "cpu-subgroups")).toEqual({ ...tile, subgroup: 8 });
    for (const target of ["cpu", "swiftshader", "swiftshader-subgroups", "gpu"] as const) {
      expect(chooseTile(64, 33, target)).not.toHaveProperty("subgroup");
    }
    expect(chooseTile(3, 33, "cpu-subgroups")).not.toHaveProperty("subgroup");
  });

  it("computes no channels that do not exist, where it can", () => {
    for (const target of ["cpu", "cpu-subgroups", "swiftshader", "gpu"] as const) {
      for (const width of [4, 12, 20, 100]) {
        for (const outputs of [4, 8, 24, 40, 64, 512]) {
          expect(outputs % chooseTile(outputs, width, target).outputs).toBe(0);
        }
        expect(chooseTile(3, width, target).outputs).toBe(4);
      }
    }
  });
});
