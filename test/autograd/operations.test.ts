/** Operations on images and matrices, eager and compiled, and their gradients, against the oracle. */
import { describe, expect, it } from "vitest";
import * as operations from "../../src/autograd/operations.ts";
import { add, divide, multiply, subtract } from "../../src/autograd/pointwise.ts";
import * as reductions from "../../src/autograd/reductions.ts";
import { InvalidOptionError, ShapeError } from "../../src/errors.ts";
import { checkOperation, testDevice, variableOf } from "../engine.ts";
import type { Array64, PaddingMode } from "../oracle/index.ts";
import * as oracle from "../oracle/index.ts";

const device = await testDevice();
const next = oracle.random(33);
const pair = ({ a, b }: oracle.PairGradient) => [a, b];
/** The oracle's reductions take the gradient of their value as a number. */
const scalar = ({ data }: Array64) => data[0];

describe.each([
  [3, 7, 9],
  [5, 4, 8],
  [1, 2, 2],
])("images of %ix%ix%i", (...shape) => {
  const x = oracle.normal(next, shape);

  it("pooling", async () => {
    const max = { value: oracle.maxPool2d, gradients: (g: Array64, v: Array64) => [oracle.maxPool2dGradient(g, v)] };
    await checkOperation(device, [x], operations.maxPool2d, max, { label: "maxPool2d", k: 1 });
    const average = {
      value: oracle.averagePool2d,
      gradients: (g: Array64) => [oracle.averagePool2dGradient(g, shape)],
    };
    await checkOperation(device, [x], operations.averagePool2d, average, { label: "averagePool2d", k: 5 });
  });

  it.each([1, 2, 3])("upsampling by %i", async (factor) => {
    await checkOperation(
      device,
      [x],
      (v) => operations.upsampleNearest(v, factor),
      {
        value: (v) => oracle.upsampleNearest2d(v, factor),
        gradients: (g) => [oracle.upsampleNearest2dGradient(g, shape, factor)],
      },
      { label: "upsampleNearest", k: 3 },
    );
  });

  it.each<PaddingMode>(["zero", "replicate", "reflect", "circular"])("padding, %s", async (mode) => {
    for (const borders of [oracle.evenBorders(1), { top: 0, bottom: 1, left: 1, right: 0 }]) {
      await checkOperation(
        device,
        [x],
        (v) => operations.pad(v, borders, mode),
        { value: (v) => oracle.pad(v, borders, mode), gradients: (g) => [oracle.padGradient(g, shape, borders, mode)] },
        { label: `pad ${mode}`, k: 4 },
      );
    }
  });

  it("cropping", async () => {
    const borders = { top: 1, bottom: 0, left: 0, right: 1 };
    const expected = {
      value: (v: Array64) => oracle.crop(v, borders),
      gradients: (g: Array64) => [oracle.cropGradient(g, shape, borders)],
    };
    await checkOperation(device, [x], (v) => operations.crop(v, { top: 1, right: 1 }), expected, {
      label: "crop",
      k: 0,
    });
  });

  it("total variation", async () => {
    for (const kind of ["l2", "keras"] as const) {
      await checkOperation(
        device,
        [x],
        (image) => operations.totalVariation(image, kind),
        {
          value: (image) => oracle.totalVariation(image, kind),
          gradients: (g, image) => [oracle.totalVariationGradient(scalar(g), image, kind)],
        },
        { label: `totalVariation ${kind}`, k: 6 },
      );
    }
  });

  it("Gram matrices, with a gradient that is not symmetric", async () => {
    const expected = { value: oracle.gram, gradients: (g: Array64, v: Array64) => [oracle.gramGradient(g, v)] };
    const terms = { terms: shape[1] * shape[2], gradientTerms: [2 * shape[0]] };
    await checkOperation(device, [x], reductions.gram, expected, { label: "gram", k: 3, ...terms });
  });

  it("mean and standard deviation of each channel", async () => {
    const pixels = shape[1] * shape[2];
    const mean = { value: oracle.channelMean, gradients: (g: Array64) => [oracle.channelMeanGradient(g, shape)] };
    const shifted = oracle.addConstant(x, 1.5);
    await checkOperation(device, [shifted], reductions.channelMean, mean, {
      label: "channelMean",
      k: 2,
      terms: pixels,
    });
    for (const epsilon of [1e-5, 0.3]) {
      await checkOperation(
        device,
        [x],
        (v) => reductions.channelStd(v, epsilon),
        {
          value: (v) => oracle.channelStd(v, epsilon),
          gradients: (g, v) => [oracle.channelStdGradient(g, v, epsilon)],
        },
        { label: "channelStd", k: 4, terms: pixels },
      );
    }
  });
});

it("Gram matrices and total variation of an image in many slices", async () => {
  const x = oracle.normal(next, [6, 50, 63]);
  const gram = { value: oracle.gram, gradients: (g: Array64, v: Array64) => [oracle.gramGradient(g, v)] };
  await checkOperation(device, [x], reductions.gram, gram, { label: "gram", k: 3, terms: 3150, gradientTerms: [12] });
  await checkOperation(
    device,
    [x],
    (v) => operations.totalVariation(v),
    {
      value: (v) => oracle.totalVariation(v, "l2"),
      gradients: (g, v) => [oracle.totalVariationGradient(scalar(g), v, "l2")],
    },
    { label: "totalVariation", k: 6, gradientTerms: [4] },
  );
});

describe("reductions to one number", () => {
  it.each([[[]], [[5]], [[3, 5, 7]], [[2, 40, 61]]])("of [%s]", async (shape) => {
    // A sum that nearly cancels would have no size to compare its rounding with.
    const inputs = [oracle.uniform(next, shape, 0.5, 2), oracle.uniform(next, shape, 2.5, 4)];
    const size = oracle.sizeOf(shape);
    const terms = { k: 3, terms: size, gradientTerms: [1, 1] };
    const [x] = inputs;
    const sum = { value: oracle.sum, gradients: (g: Array64) => [oracle.sumGradient(scalar(g), shape)] };
    await checkOperation(device, [x], reductions.sum, sum, { label: "sum", ...terms });
    const mean = { value: oracle.mean, gradients: (g: Array64) => [oracle.meanGradient(scalar(g), shape)] };
    await checkOperation(device, [x], reductions.mean, mean, { label: "mean", ...terms });
    const squaredError = {
      value: oracle.squaredError,
      gradients: (g: Array64, a: Array64, b: Array64) => pair(oracle.squaredErrorGradient(scalar(g), a, b)),
    };
    await checkOperation(device, inputs, reductions.squaredError, squaredError, { label: "squaredError", ...terms });
    const dot = {
      value: oracle.dot,
      gradients: (g: Array64, a: Array64, b: Array64) => pair(oracle.dotGradient(scalar(g), a, b)),
    };
    await checkOperation(device, inputs, reductions.dot, dot, { label: "dot", ...terms });
  });

  it.each([[[4]], [[3, 5]], [[2, 50, 60]]])("of each channel of [%s]", async (shape) => {
    const perChannel = oracle.sizeOf(shape.slice(1));
    const channels = (x: Array64) => oracle.array64([shape[0], 1, perChannel], x.data);
    await checkOperation(
      device,
      [oracle.normal(next, shape)],
      reductions.channelSum,
      {
        value: (x) => oracle.scale(oracle.channelMean(channels(x)), perChannel),
        gradients: (g) => {
          const spread = oracle.channelMeanGradient(g, [shape[0], 1, perChannel]);
          return [oracle.array64(shape, oracle.scale(spread, perChannel).data)];
        },
      },
      { label: "channelSum", k: 2, terms: perChannel, gradientTerms: [1] },
    );
  });
});

describe.each([
  { transposeA: false, transposeB: false },
  { transposeA: true, transposeB: false },
  { transposeA: false, transposeB: true },
  { transposeA: true, transposeB: true },
])("matmul, $transposeA, $transposeB", (flags) => {
  it.each([
    [5, 3, 7],
    [4, 17, 8],
    [1, 6, 1],
  ])("[%i, %i] times [, %i]", async (rows, depth, columns) => {
    const a = oracle.normal(next, flags.transposeA ? [depth, rows] : [rows, depth]);
    const b = oracle.normal(next, flags.transposeB ? [columns, depth] : [depth, columns]);
    await checkOperation(
      device,
      [a, b],
      (p, q) => reductions.matmul(p, q, flags),
      {
        value: (p, q) => oracle.matmul(p, q, flags),
        gradients: (g, p, q) => pair(oracle.matmulGradient(g, p, q, flags)),
      },
      { label: "matmul", k: 4, terms: depth, gradientTerms: [columns, rows] },
    );
  });
});

it("transposition", async () => {
  const expected = { value: oracle.transpose, gradients: (g: Array64) => [oracle.transpose(g)] };
  await checkOperation(device, [oracle.normal(next, [3, 5])], reductions.transpose, expected, {
    label: "transpose",
    k: 0,
  });
});

it("instance normalization, composed of the operations", async () => {
  const inputs = [oracle.normal(next, [3, 5, 8]), oracle.normal(next, [3]), oracle.normal(next, [3])];
  await checkOperation(
    device,
    inputs,
    (x, scale, shift) => {
      const normalized = divide(subtract(x, reductions.channelMean(x)), reductions.channelStd(x, 0.01));
      return add(multiply(normalized, scale), shift);
    },
    {
      value: (x, scale, shift) => oracle.instanceNorm(x, scale, shift, 0.01),
      gradients: (g, x, scale) => {
        const slopes = oracle.instanceNormGradient(g, x, scale, 0.01);
        return [slopes.x, slopes.scale, slopes.shift];
      },
    },
    { label: "instance normalization", k: 8, gradientTerms: [40, 40, 40] },
  );
});

describe("refuses, with the numbers,", () => {
  const image = variableOf(device, oracle.zeros([3, 4, 5]));
  const matrix = variableOf(device, oracle.zeros([4, 5]));

  it("what is no image or matrix", () => {
    for (const call of [operations.maxPool2d, operations.averagePool2d, reductions.gram, operations.totalVariation]) {
      expect(() => call(matrix)).toThrow(/a tensor of shape 4x5 is no image; pass \[C, H, W\]/);
    }
    expect(() => reductions.transpose(image)).toThrow(
      new ShapeError("transpose: 3x4x5 is no matrix; pass a tensor of two dimensions."),
    );
    expect(() => reductions.matmul(matrix, image)).toThrow(ShapeError);
    expect(() => reductions.channelSum(variableOf(device, oracle.zeros([])))).toThrow(ShapeError);
    expect(() => reductions.matmul(matrix, matrix)).toThrow("4x5 times 4x5: the inner dimensions 5 and 4 must agree");
  });

  it("images too small", () => {
    const row = variableOf(device, oracle.zeros([3, 1, 5]));
    expect(() => operations.maxPool2d(row)).toThrow(
      "maxPool2d: an image of 1x5 has no 2x2 window; use a larger image.",
    );
    expect(() => operations.crop(image, { top: 2, bottom: 2 })).toThrow(
      "2 + 2 rows and 0 + 0 columns cannot be cut from 4x5",
    );
    expect(() => operations.pad(image, { top: 4 }, "reflect")).toThrow("too small for reflect padding of 4");
    expect(() => operations.pad(image, { right: 6 }, "circular")).toThrow("too small for circular padding of 6");
  });

  it("modes that there are not", () => {
    const pad = () => operations.pad(image, { top: 1 }, "mirror" as PaddingMode);
    expect(pad).toThrow(InvalidOptionError);
    expect(pad).toThrow('pad: mode is "mirror"; use zero or replicate or reflect or circular.');
  });

  it("numbers out of range", () => {
    for (const left of [-1, 0.5, Number.NaN]) {
      expect(() => operations.crop(image, { left })).toThrow(InvalidOptionError);
      expect(() => operations.crop(image, { left })).toThrow(`crop: sides of 0, 0, ${left}, 0`);
    }
    for (const factor of [0, -1, 1.5, Number.NaN]) {
      expect(() => operations.upsampleNearest(image, factor)).toThrow(InvalidOptionError);
    }
    expect(() => operations.pad(image, { top: -1 })).toThrow("sides of -1, 0, 0, 0 (top, bottom, left, right)");
  });
});
