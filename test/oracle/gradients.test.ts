/** Every gradient of the oracle agrees with finite differences of the operation it belongs to, in float64. */
import { describe, expect, it } from "vitest";
import * as oracle from "./index.ts";
import { type Array64, array64, dot, finiteDifference, normal, random, uniform } from "./index.ts";

const next = random(7);

/** Values of both signs and at least 0.1 away from 0, where some operations have a kink. */
function awayFromZero(...shape: number[]): Array64 {
  const signs = uniform(next, shape);
  return oracle.map2(uniform(next, shape, 0.1, 2), signs, (value, sign) => (sign < 0.5 ? -value : value));
}

/**
 * Checks all inputs of `operation`, one after the other. A loss is made of its output by a dot product with random
 * weights; those are then the output's gradient, and `gradients` gives the loss's gradient for each input.
 */
function check(
  inputs: Array64[],
  operation: (...inputs: Array64[]) => Array64 | number,
  gradients: (gradient: Array64, ...inputs: Array64[]) => Array64[],
): void {
  const asArray = (output: Array64 | number) => (typeof output === "number" ? array64([], [output]) : output);
  const outputGradient = normal(next, asArray(operation(...inputs)).shape);
  const computed = gradients(outputGradient, ...inputs);
  expect(computed.length).toBe(inputs.length);
  for (let i = 0; i < inputs.length; i++) {
    expect(computed[i].shape).toEqual(inputs[i].shape);
    const loss = (input: Array64) => dot(outputGradient, asArray(operation(...inputs.with(i, input))));
    for (let trial = 0; trial < 3; trial++) {
      const direction = normal(next, inputs[i].shape);
      const expected = finiteDifference(loss, inputs[i], direction);
      const scale = Math.sqrt(dot(computed[i], computed[i]));
      expect(Math.abs(dot(computed[i], direction) - expected), `input ${i}`).toBeLessThan(1e-7 * scale);
    }
  }
}

describe("convolution", () => {
  const kernels = [
    [3, 3],
    [1, 1],
    [2, 5],
  ];
  const modes = ["zero", "replicate", "reflect", "circular"] as const;
  const cases = kernels.flatMap((kernel) =>
    modes.flatMap((mode) => [1, 2, 3].map((stride) => ({ kernel, mode, stride, padding: stride }))),
  );
  it.each(cases)("kernel $kernel, padding $padding $mode, stride $stride", ({ kernel, ...options }) => {
    check(
      [normal(next, [2, 5, 7]), normal(next, [3, 2, ...kernel]), normal(next, [3])],
      (x, weight, bias) => oracle.conv2d(x, weight, bias, options),
      (g, x, weight) => [
        oracle.conv2dInputGradient(g, x.shape, weight, options),
        oracle.conv2dWeightGradient(g, x, weight.shape, options),
        oracle.conv2dBiasGradient(g),
      ],
    );
  });

  const borders = { top: 2, bottom: -1, left: 0, right: 3 };
  it.each(modes)("pad and crop, %s", (mode) => {
    check(
      [normal(next, [2, 5, 7])],
      (x) => oracle.pad(x, borders, mode),
      (g, x) => [oracle.padGradient(g, x.shape, borders, mode)],
    );
    check(
      [normal(next, [3, 5, 7])],
      (x) => oracle.crop(x, { top: 1, bottom: 0, left: 2, right: 3 }),
      (g, x) => [oracle.cropGradient(g, x.shape, { top: 1, bottom: 0, left: 2, right: 3 })],
    );
  });
});

it.each([
  [2, 5, 7],
  [3, 4, 6],
  [1, 2, 3],
])("pooling and upsampling of [%i, %i, %i]", (...shape) => {
  check([normal(next, shape)], oracle.maxPool2d, (g, x) => [oracle.maxPool2dGradient(g, x)]);
  check([normal(next, shape)], oracle.averagePool2d, (g, x) => [oracle.averagePool2dGradient(g, x.shape)]);
  check(
    [normal(next, shape)],
    (x) => oracle.upsampleNearest2d(x, 3),
    (g, x) => [oracle.upsampleNearest2dGradient(g, x.shape, 3)],
  );
});

describe("pointwise", () => {
  const x = awayFromZero(3, 5);
  const y = awayFromZero(3, 5);
  const positive = oracle.abs(x);

  it("of any value", () => {
    check([x], oracle.relu, (g) => [oracle.reluGradient(g, x)]);
    check(
      [x],
      (v) => oracle.leakyRelu(v, 0.3),
      (g) => [oracle.leakyReluGradient(g, x, 0.3)],
    );
    check(
      [x],
      (v) => oracle.scale(v, -1.7),
      (g) => [oracle.scaleGradient(g, -1.7)],
    );
    check(
      [x],
      (v) => oracle.addConstant(v, 0.4),
      (g) => [oracle.addConstantGradient(g)],
    );
    check([x], oracle.square, (g) => [oracle.squareGradient(g, x)]);
    check([x], oracle.abs, (g) => [oracle.absGradient(g, x)]);
    check([x], oracle.exp, (g) => [oracle.expGradient(g, x)]);
    check([x], oracle.tanh, (g) => [oracle.tanhGradient(g, x)]);
    check([x], oracle.sigmoid, (g) => [oracle.sigmoidGradient(g, x)]);
  });

  it("of positive values", () => {
    check([positive], oracle.sqrt, (g) => [oracle.sqrtGradient(g, positive)]);
    check([positive], oracle.log, (g) => [oracle.logGradient(g, positive)]);
    for (const exponent of [1.25, -0.5, 3]) {
      check(
        [positive],
        (v) => oracle.pow(v, exponent),
        (g) => [oracle.powGradient(g, positive, exponent)],
      );
    }
  });

  it("of two arrays", () => {
    check([x, y], oracle.add, (g) => pair(oracle.addGradient(g)));
    check([x, y], oracle.subtract, (g) => pair(oracle.subtractGradient(g)));
    check([x, y], oracle.multiply, (g) => pair(oracle.multiplyGradient(g, x, y)));
    check([x, y], oracle.divide, (g) => pair(oracle.divideGradient(g, x, y)));
  });
});

describe("reductions", () => {
  const x = normal(next, [3, 5, 7]);
  const y = normal(next, [3, 5, 7]);

  it("sum, mean, squared error, dot product", () => {
    check([x], oracle.sum, ({ data: [g] }) => [oracle.sumGradient(g, x.shape)]);
    check([x], oracle.mean, ({ data: [g] }) => [oracle.meanGradient(g, x.shape)]);
    check([x, y], oracle.squaredError, ({ data: [g] }) => pair(oracle.squaredErrorGradient(g, x, y)));
    check([x, y], oracle.dot, ({ data: [g] }) => pair(oracle.dotGradient(g, x, y)));
  });

  it.each(["l2", "keras"] as const)("total variation, %s", (kind) => {
    for (const shape of [
      [3, 5, 7],
      [2, 1, 4],
      [1, 3, 1],
    ]) {
      if (kind === "keras" && Math.min(...shape.slice(1)) === 1) continue; // without an interior it is a constant 0
      check(
        [normal(next, shape)],
        (image) => oracle.totalVariation(image, kind),
        ({ data: [g] }, image) => [oracle.totalVariationGradient(g, image, kind)],
      );
    }
  });
});

describe("matrices and channels", () => {
  it.each([
    { transposeA: false, transposeB: false },
    { transposeA: true, transposeB: false },
    { transposeA: false, transposeB: true },
    { transposeA: true, transposeB: true },
  ])("matmul, $transposeA, $transposeB", (options) => {
    const a = normal(next, options.transposeA ? [5, 3] : [3, 5]);
    const b = normal(next, options.transposeB ? [7, 5] : [5, 7]);
    check(
      [a, b],
      (p, q) => oracle.matmul(p, q, options),
      (g) => pair(oracle.matmulGradient(g, a, b, options)),
    );
  });

  it("gram, with a gradient that is not symmetric", () => {
    check([normal(next, [5, 3, 7])], oracle.gram, (g, x) => [oracle.gramGradient(g, x)]);
  });

  it("channel statistics and instance normalization", () => {
    const x = normal(next, [3, 5, 7]);
    check([x], oracle.channelMean, (g) => [oracle.channelMeanGradient(g, x.shape)]);
    check(
      [x],
      (v) => oracle.channelStd(v, 0.01),
      (g) => [oracle.channelStdGradient(g, x, 0.01)],
    );
    check(
      [x, normal(next, [3]), normal(next, [3])],
      (v, scale, shift) => oracle.instanceNorm(v, scale, shift, 0.01),
      (g, v, scale) => {
        const gradients = oracle.instanceNormGradient(g, v, scale, 0.01);
        return [gradients.x, gradients.scale, gradients.shift];
      },
    );
  });
});

function pair({ a, b }: oracle.PairGradient): Array64[] {
  return [a, b];
}
