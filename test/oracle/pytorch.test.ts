/** The oracle's operations give PyTorch's values and gradients (fixtures by make-fixtures.py). */
import { describe, expect, it } from "vitest";
import { expectClose, expectCloseNumber, type Recorded, readFixture } from "./fixture.ts";
import type { Array64, Borders, PaddingMode } from "./index.ts";
import * as oracle from "./index.ts";

describe("convolution", () => {
  interface Case extends Recorded {
    mode: PaddingMode;
    padding: number;
    stride: number;
  }
  const { inputs, cases, unevenKernel } = readFixture<{
    inputs: { x: Array64; weight: Array64; bias: Array64 };
    cases: Case[];
    unevenKernel: Omit<Case, "mode"> & { inputs: { x: Array64; weight: Array64 } };
  }>("convolution");

  it.each(cases)("padding $padding $mode, stride $stride", ({ output, gradient, gradients, ...options }) => {
    const { x, weight, bias } = inputs;
    expectClose(oracle.conv2d(x, weight, bias, options), output);
    expectClose(oracle.conv2dInputGradient(gradient, x.shape, weight, options), gradients.x);
    expectClose(oracle.conv2dWeightGradient(gradient, x, weight.shape, options), gradients.weight);
    expectClose(oracle.conv2dBiasGradient(gradient), gradients.bias);
  });

  it("takes a 2x5 kernel without a bias", () => {
    const { output, gradient, gradients, stride, padding } = unevenKernel;
    const { x, weight } = unevenKernel.inputs;
    const options = { stride, padding, mode: "zero" } as const;
    expectClose(oracle.conv2d(x, weight, undefined, options), output);
    expectClose(oracle.conv2dInputGradient(gradient, x.shape, weight, options), gradients.x);
    expectClose(oracle.conv2dWeightGradient(gradient, x, weight.shape, options), gradients.weight);
  });
});

describe("padding", () => {
  const { x, cases } = readFixture<{
    x: Array64;
    cases: (Recorded & { mode: PaddingMode; borders: Borders })[];
  }>("padding");

  it.each(cases)("$mode by $borders", ({ mode, borders, output, gradient, gradients }) => {
    expectClose(oracle.pad(x, borders, mode), output);
    expectClose(oracle.padGradient(gradient, x.shape, borders, mode), gradients.x);
  });

  const negative = cases.filter(({ borders }) => Object.values(borders).every((amount) => amount <= 0));
  it.each(negative)("crop is padding by $borders, $mode", ({ borders, output, gradient, gradients }) => {
    const { top, bottom, left, right } = borders;
    const cropped = { top: -top, bottom: -bottom, left: -left, right: -right };
    expectClose(oracle.crop(x, cropped), output);
    expectClose(oracle.cropGradient(gradient, x.shape, cropped), gradients.x);
  });
});

describe("pooling", () => {
  const { pools, upsampleNearest2d } = readFixture<{
    pools: { x: Array64; maxPool2d: Recorded; averagePool2d: Recorded }[];
    upsampleNearest2d: Recorded & { x: Array64; factor: number };
  }>("pooling");

  it.each(pools)("2x2, input $x.shape with ties", ({ x, maxPool2d, averagePool2d }) => {
    expectClose(oracle.maxPool2d(x), maxPool2d.output);
    expectClose(oracle.maxPool2dGradient(maxPool2d.gradient, x), maxPool2d.gradients.x);
    expectClose(oracle.averagePool2d(x), averagePool2d.output);
    expectClose(oracle.averagePool2dGradient(averagePool2d.gradient, x.shape), averagePool2d.gradients.x);
  });

  it("upsampling", () => {
    const { x, factor, output, gradient, gradients } = upsampleNearest2d;
    expectClose(oracle.upsampleNearest2d(x, factor), output);
    expectClose(oracle.upsampleNearest2dGradient(gradient, x.shape, factor), gradients.x);
  });
});

describe("pointwise", () => {
  const { a, b, positive, unary, ofPositive, binary } = readFixture<{
    a: Array64;
    b: Array64;
    positive: Array64;
    unary: Record<string, Recorded>;
    ofPositive: Record<string, Recorded>;
    binary: Record<string, Recorded>;
  }>("pointwise");

  it.each([
    ["relu", oracle.relu(a), oracle.reluGradient],
    ["leakyRelu", oracle.leakyRelu(a, 0.25), (g: Array64) => oracle.leakyReluGradient(g, a, 0.25)],
    ["square", oracle.square(a), oracle.squareGradient],
    ["abs", oracle.abs(a), oracle.absGradient],
    ["exp", oracle.exp(a), oracle.expGradient],
    ["tanh", oracle.tanh(a), oracle.tanhGradient],
    ["sigmoid", oracle.sigmoid(a), oracle.sigmoidGradient],
    ["scale", oracle.scale(a, -1.5), (g: Array64) => oracle.scaleGradient(g, -1.5)],
    ["addConstant", oracle.addConstant(a, 0.75), oracle.addConstantGradient],
  ])("%s", (name, output, gradientOf) => {
    const recorded = unary[name];
    expectClose(output, recorded.output);
    expectClose(gradientOf(recorded.gradient, a), recorded.gradients.a);
  });

  it.each([
    ["sqrt", oracle.sqrt(positive), oracle.sqrtGradient],
    ["log", oracle.log(positive), oracle.logGradient],
    ["pow", oracle.pow(positive, 1.25), (g: Array64) => oracle.powGradient(g, positive, 1.25)],
  ])("%s", (name, output, gradientOf) => {
    const recorded = ofPositive[name];
    expectClose(output, recorded.output);
    expectClose(gradientOf(recorded.gradient, positive), recorded.gradients.a);
  });

  it.each([
    ["add", oracle.add, oracle.addGradient],
    ["subtract", oracle.subtract, oracle.subtractGradient],
    ["multiply", oracle.multiply, oracle.multiplyGradient],
    ["divide", oracle.divide, oracle.divideGradient],
  ])("%s", (name, operation, gradientOf) => {
    const recorded = binary[name];
    expectClose(operation(a, b), recorded.output);
    const gradients = gradientOf(recorded.gradient, a, b);
    expectClose(gradients.a, recorded.gradients.a);
    expectClose(gradients.b, recorded.gradients.b);
  });
});

describe("reductions", () => {
  const { a, b, ...recorded } = readFixture<
    { a: Array64; b: Array64 } & Record<
      "sum" | "mean" | "totalVariationL2" | "totalVariationKeras" | "squaredError" | "dot",
      Recorded
    >
  >("reductions");

  it.each([
    ["sum", oracle.sum(a), (g: number) => oracle.sumGradient(g, a.shape)],
    ["mean", oracle.mean(a), (g: number) => oracle.meanGradient(g, a.shape)],
    ["totalVariationL2", oracle.totalVariation(a, "l2"), (g: number) => oracle.totalVariationGradient(g, a, "l2")],
    [
      "totalVariationKeras",
      oracle.totalVariation(a, "keras"),
      (g: number) => oracle.totalVariationGradient(g, a, "keras"),
    ],
  ] as const)("%s", (name, value, gradientOf) => {
    const { output, gradient, gradients } = recorded[name];
    expectCloseNumber(value, output.data[0]);
    expectClose(gradientOf(gradient.data[0]), gradients.a);
  });

  it.each([
    ["squaredError", oracle.squaredError, oracle.squaredErrorGradient],
    ["dot", oracle.dot, oracle.dotGradient],
  ] as const)("%s", (name, operation, gradientOf) => {
    const { output, gradient, gradients } = recorded[name];
    expectCloseNumber(operation(a, b), output.data[0]);
    const computed = gradientOf(gradient.data[0], a, b);
    expectClose(computed.a, gradients.a);
    expectClose(computed.b, gradients.b);
  });
});

describe("matrices", () => {
  const { features, gram, products } = readFixture<{
    features: Array64;
    gram: Recorded;
    products: (Recorded & { a: Array64; b: Array64; transposeA: boolean; transposeB: boolean })[];
  }>("matrices");

  it("gram, with a gradient that is not symmetric", () => {
    expectClose(oracle.gram(features), gram.output);
    expectClose(oracle.gramGradient(gram.gradient, features), gram.gradients.x);
    expect(oracle.transpose(gram.gradient)).not.toEqual(gram.gradient);
  });

  it.each(products)("matmul, transposeA $transposeA, transposeB $transposeB", (product) => {
    expectClose(oracle.matmul(product.a, product.b, product), product.output);
    const gradients = oracle.matmulGradient(product.gradient, product.a, product.b, product);
    expectClose(gradients.a, product.gradients.a);
    expectClose(gradients.b, product.gradients.b);
  });
});

describe("channels", () => {
  const { x, scale, shift, epsilon, channelMean, channelStd, instanceNorm } = readFixture<
    { x: Array64; scale: Array64; shift: Array64; epsilon: number } & Record<
      "channelMean" | "channelStd" | "instanceNorm",
      Recorded
    >
  >("channels");

  it("mean and standard deviation", () => {
    expectClose(oracle.channelMean(x), channelMean.output);
    expectClose(oracle.channelMeanGradient(channelMean.gradient, x.shape), channelMean.gradients.x);
    expectClose(oracle.channelStd(x, epsilon), channelStd.output);
    expectClose(oracle.channelStdGradient(channelStd.gradient, x, epsilon), channelStd.gradients.x);
  });

  it("instance normalization", () => {
    expectClose(oracle.instanceNorm(x, scale, shift, epsilon), instanceNorm.output);
    const gradients = oracle.instanceNormGradient(instanceNorm.gradient, x, scale, epsilon);
    expectClose(gradients.x, instanceNorm.gradients.x, 1e-12);
    expectClose(gradients.scale, instanceNorm.gradients.scale);
    expectClose(gradients.shift, instanceNorm.gradients.shift);
  });
});
