/** Masks in place of what ReLU and maximum pooling keep: the same gradients, bit by bit, in less memory. */
import { describe, expect, it } from "vitest";
import { compile } from "../../src/autograd/compile.ts";
import { gradients } from "../../src/autograd/gradient.ts";
import { ownerOf, type Tensor } from "../../src/autograd/graph.ts";
import { RELU_GRADIENT } from "../../src/autograd/masks.ts";
import { averagePool2d, conv2d, maxPool2d } from "../../src/autograd/operations.ts";
import { add, pointwise, square } from "../../src/autograd/pointwise.ts";
import type { Program } from "../../src/autograd/program.ts";
import { gram, squaredError, sum } from "../../src/autograd/reductions.ts";
import { variable } from "../../src/autograd/runtime.ts";
import { testDevice, variableOf } from "../engine.ts";
import * as oracle from "../oracle/index.ts";
import { fakeDevice } from "./fake-gpu.ts";
import { compileVggStep, zeroFill } from "./vgg-step.ts";

const device = await testDevice();

const of = (program: Program, kind: string) =>
  program.steps.filter(({ tensor: { operation } }) => operation.kind === kind);

describe.each([
  { pool: maxPool2d, channels: 6, height: 37, width: 45 },
  { pool: maxPool2d, channels: 16, height: 32, width: 40 },
  { pool: averagePool2d, channels: 16, height: 21, width: 27 },
  { pool: averagePool2d, channels: 7, height: 20, width: 16 },
])("a network with $pool.name of $channels channels on $height x $width pixels", async (network) => {
  const { pool, channels, height, width } = network;
  const next = oracle.random(83);
  const image = variableOf(device, oracle.normal(next, [3, height, width]));
  const layers = Array.from({ length: 7 }, (_, index) => {
    const inputs = index === 0 ? 3 : channels;
    return {
      weight: variableOf(device, oracle.normal(next, [channels, inputs, 3, 3], Math.sqrt(2 / (9 * inputs)))),
      bias: variableOf(device, oracle.normal(next, [channels], 0.1)),
    };
  });

  /** Two convolutions between poolings; a loss of style on the first and the third features, another on the last. */
  function trace(): { features: Tensor[]; loss: Tensor; slope: Tensor } {
    let x: Tensor = image;
    const features = layers.map(({ weight, bias }, index) => {
      if (index > 0 && index % 2 === 0) x = pool(x);
      x = conv2d(x, weight, { bias, padding: 1, activation: "relu" });
      return x;
    });
    const losses = [gram(features[0]), gram(features[2]), features[6]].map((each) => sum(square(each)));
    const loss = losses.reduce(add);
    return { features, loss, slope: gradients(loss, [image])[0] };
  }

  const masked = await compile(device, () => {
    const { loss, slope } = trace();
    return { results: { loss, slope } };
  });
  // Features that are results are kept, and read by the gradient themselves.
  const kept = await compile(device, () => {
    const { features, loss, slope } = trace();
    return { results: { loss, slope, ...Object.fromEntries(features.entries()) } };
  });

  it("makes masks of signs but for features that are kept anyway, and those of maximum pooling", () => {
    const isMaximum = pool === maxPool2d;
    // Before poolings are layers 1, 3 and 5. The gradient of a loss reads layer 6; that of layers 0 and 2 is done before it
    // is added to the others (in-place.ts).
    expect(of(masked, "signMask").length).toBe(isMaximum ? 3 : 6);
    expect(of(masked, "poolMask").length).toBe(isMaximum ? 3 : 0);
    expect(of(kept, "signMask").length).toBe(0);
  });

  it("has the same gradients to the last bit, and they are not zero", async () => {
    for (const program of [masked, kept]) program.run();
    const [slope, expected] = await Promise.all([masked, kept].map(({ results }) => results.slope.read()));
    expect(slope).toEqual(expected);
    expect(slope.filter((value) => value !== 0).length).toBeGreaterThan(slope.length / 2);
    expect(await masked.results.loss.read()).toEqual(await kept.results.loss.read());
  });
});

describe("no mask of signs", () => {
  const masksOf = async (trace: () => Tensor[]) => {
    const program = await compile(device, () => ({ results: Object.fromEntries(trace().entries()) }));
    program.dispose();
    return of(program, "signMask").length;
  };
  const x = variable(device, [4, 6, 8]);
  const weight = variable(device, [4, 4, 3, 3]);
  const convolved = (input: Tensor) => conv2d(input, weight, { padding: 1, activation: "relu" });
  const slopes = (loss: Tensor) => gradients(loss, [x]);

  it("unless something runs between the last use of the features and that of their signs", async () => {
    expect(await masksOf(() => slopes(sum(convolved(x))))).toBe(0);
    expect(await masksOf(() => slopes(sum(convolved(convolved(x)))))).toBe(1);
  });

  it("of features that the gradient reads anyway", async () => {
    const target = variable(device, [4, 6, 8]);
    expect(await masksOf(() => slopes(squaredError(convolved(x), target)))).toBe(0);
  });

  it("of inputs, which take their memory anyway", async () => {
    expect(await masksOf(() => [pointwise(RELU_GRADIENT, convolved(convolved(x)), x)])).toBe(0);
  });

  it("of less than a word", async () => {
    const small = variable(device, [1, 4, 4]);
    const one = variable(device, [1, 1, 3, 3]);
    const layer = (input: Tensor) => conv2d(input, one, { padding: 1, activation: "relu" });
    expect(await masksOf(() => gradients(sum(layer(layer(layer(small)))), [small]))).toBe(0);
  });
});

describe("in a step of style transfer on VGG19", async () => {
  const { device: fake } = await fakeDevice();
  const [height, width] = [72, 100];
  const { program } = await compileVggStep(fake, {
    widths: [64, 128, 256, 512, 512],
    height,
    width,
    fill: zeroFill,
    contentLayer: "relu4_2",
    styleLayers: ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"],
  });
  const steps = program.steps.map(({ tensor }) => tensor);

  it("masks are made as soon as their features are", () => {
    const masks = steps.filter(({ operation: { kind } }) => kind === "signMask" || kind === "poolMask");
    const words = (channels: number, block: number) => String((channels * (height >> block) * (width >> block)) / 32);
    expect(masks.map(({ shape }) => shape.join("x"))).toEqual([
      ...[words(64, 0), "64x36x7"],
      ...[words(128, 1), "128x18x4"],
      ...[words(256, 2), words(256, 2), words(256, 2), "256x9x2"],
      // The content's layer has none.
      ...[words(512, 3), words(512, 3), "512x4x1"],
    ]);
    for (const mask of masks) expect(steps.indexOf(mask)).toBe(steps.indexOf(mask.inputs[0]) + 1);
  });

  it("no features but those that the losses read are kept for the gradient", () => {
    const turn = steps.findIndex(({ operation: { kind }, shape }) => kind === "matmul" && shape[0] === 512);
    const isFeatures = ({ shape, operation }: Tensor) =>
      shape.length === 3 && shape[0] > 3 && operation.kind !== "poolMask";
    const alive = program.plan.lives.filter(
      ({ tensor, first, last }) => first < turn && turn < last && isFeatures(tensor),
    );
    expect(alive.map(({ tensor }) => ownerOf(tensor).shape.join("x"))).toEqual([
      "64x72x100",
      "128x36x50",
      "256x18x25",
      "512x9x12",
      "512x9x12",
    ]);
  });
});
