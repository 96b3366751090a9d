/** The program that style transfer is about: a step of L-BFGS on a VGG19 of any width, with random weights and targets. */
import { compile } from "../../src/autograd/compile.ts";
import { gradients } from "../../src/autograd/gradient.ts";
import type { Tensor } from "../../src/autograd/graph.ts";
import type { Program } from "../../src/autograd/program.ts";
import { tensor, variable } from "../../src/autograd/runtime.ts";
import type { Device } from "../../src/gpu/device.ts";
import { objective, type Target } from "../../src/nst/objective.ts";
import { lbfgs } from "../../src/nst/optimizers/lbfgs.ts";
import { compareDepth, convolutionNames } from "../../src/vgg/architecture.ts";
import type { Network } from "../../src/vgg/network.ts";
import { CAFFE } from "../../src/vgg/preprocessing.ts";
import * as oracle from "../oracle/index.ts";

/** Makes the values of a tensor of some shape; `deviation` is the one that keeps features at the same size. */
export type Fill = (shape: readonly number[], deviation: number) => Float32Array;

/** Normally distributed values. */
export const randomFill = (seed: number): Fill => {
  const next = oracle.random(seed);
  return (shape, deviation) => oracle.toFloat32(oracle.normal(next, shape, deviation));
};

/** Zeros, for devices that do not compute. */
export const zeroFill: Fill = (shape) => new Float32Array(oracle.sizeOf(shape));

/** What to build. */
export interface StepOptions {
  /** Channels of the five blocks; VGG19's own are 64, 128, 256, 512, 512. */
  widths: readonly [number, number, number, number, number];
  height: number;
  width: number;
  fill: Fill;
  contentLayer: string;
  styleLayers: readonly string[];
  /** Default 10. */
  history?: number;
}

/** A compiled step, and what it changes. */
export interface VggStep {
  program: Program;
  image: Tensor;
  /** Number of convolutions and of poolings before the deepest layer. */
  convolutions: number;
  poolings: number;
}

/** Compiles loss, gradient and L-BFGS step. */
export async function compileVggStep(device: Device, options: StepOptions): Promise<VggStep> {
  const { widths, height, width, fill, contentLayer, styleLayers, history = 10 } = options;
  const deepest = [contentLayer, ...styleLayers].sort(compareDepth).at(-1)!;
  const names = convolutionNames("vgg19").filter((name) => compareDepth(name, deepest) <= 0);
  const blockOf = (name: string) => Number(name[4]) - 1;
  const channels = (layer: string) => widths[blockOf(layer)];
  const convolutions = new Map<string, { weight: Tensor; bias: Tensor }>();
  names.forEach((name, index) => {
    const inputs = index === 0 ? 3 : channels(names[index - 1]);
    const shape = [channels(name), inputs, 3, 3];
    const weight = tensor(device, shape, fill(shape, Math.sqrt(2 / (9 * inputs))));
    convolutions.set(name, { weight, bias: tensor(device, [shape[0]], fill([shape[0]], 0.1)) });
  });
  const { mean, std } = CAFFE;
  const network: Network = {
    architecture: "vgg19",
    preprocessing: CAFFE,
    pooling: "max",
    padding: "zero",
    convolutions,
    mean: tensor(device, [3], mean),
    std: tensor(device, [3], std),
    dispose: () => {},
  };
  const featureShape = (layer: string) => [channels(layer), height >> blockOf(layer), width >> blockOf(layer)];
  const target = (shape: number[]): Target => ({ shape, data: fill(shape, 1) });
  const loss = objective(
    device,
    network,
    {
      content: { [contentLayer]: target(featureShape(contentLayer)) },
      style: Object.fromEntries(styleLayers.map((layer) => [layer, target([channels(layer), channels(layer)])])),
    },
    {
      form: "gatys",
      contentLayers: { [contentLayer]: 1e-4 },
      styleLayers: Object.fromEntries(styleLayers.map((layer) => [layer, 1e-6])),
      contentWeight: 1,
      styleWeight: 1,
      tvWeight: 1e-6,
      tv: "l2",
      pooling: "max",
      padding: "zero",
    },
  );
  const shape = [3, height, width];
  const start = fill(shape, 50).map((value) => value + 128);
  const image = variable(device, shape, start);
  const optimizer = lbfgs(device, shape, { history, learningRate: 1 });
  const program = await compile(
    device,
    () => {
      const terms = loss.trace(image);
      const [slope] = gradients(terms.total, [image]);
      return { results: { loss: terms.total }, assign: optimizer.trace(image, slope) };
    },
    { rings: optimizer.rings },
  );
  return { program, image, convolutions: names.length, poolings: blockOf(deepest) };
}
