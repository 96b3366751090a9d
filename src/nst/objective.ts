/**
 * What is minimised: content, style and smoothness terms, each with the divisor of its convention.
 *
 * F are the features of the image at a layer, P those of the content; N channels, M pixels; G = F Fᵀ / M, and A that of
 * the style image, each Gram matrix divided by its own M so that images of different sizes compare.
 *
 *   form       content                     style                               from
 *   gatys      1/2 sum (F-P)²              1/(4 N²) sum (G-A)²                 Gatys, Ecker, Bethge 2016, eq. 1, 4
 *   mean       mean (F-P)²                 mean ((G-A)/N)²                     Johnson's neural-style
 *   tutorial   mean (F-P)² / 4             1/(4 N²) sum (G-A)²                 the exercise of deeplearning.ai
 *   relative   sum (F-P)² / sum P²         sum (G-A)² / sum A²                 free of any network's scale
 *   scaled     sum D² / sum |D|, D = F-P   the same of D = G-A                 Crowson's style-transfer-pytorch of 2021
 *
 *   tv         l2, keras: see totalVariation; mean: l2 divided by the number of values of the image
 */
import type { Tensor } from "../autograd/graph.ts";
import { totalVariation } from "../autograd/operations.ts";
import { abs, add, addConstant, divide, multiply, scale, square, subtract } from "../autograd/pointwise.ts";
import { gram, squaredError, sum } from "../autograd/reductions.ts";
import { tensor } from "../autograd/runtime.ts";
import type { Device } from "../gpu/device.ts";
import type { PaddingMode } from "../kernels/pad.ts";
import type { Pooling } from "../kernels/pool.ts";
import { type FeatureOptions, features, type Network } from "../vgg/network.ts";

/**
 * The divisors of the content and style terms. F are the features of the image at a layer, P those of the content; N channels, M
 * pixels; G = F Fᵀ / M, and A that of the style image.
 *
 * | form | content | style | from |
 * |---|---|---|---|
 * | gatys | 1/2 sum (F-P)² | 1/(4 N²) sum (G-A)² | Gatys, Ecker, Bethge 2016, eq. 1, 4 |
 * | mean | mean (F-P)² | mean ((G-A)/N)² | Johnson's neural-style |
 * | tutorial | mean (F-P)² / 4 | 1/(4 N²) sum (G-A)² | the exercise of deeplearning.ai |
 * | relative | sum (F-P)² / sum P² | sum (G-A)² / sum A² | free of any network's scale |
 * | scaled | sum D² / sum \|D\|, D = F-P | the same of D = G-A | Crowson's style-transfer-pytorch of 2021 |
 *
 * @category Losses and optimizers
 */
export type ObjectiveForm = "gatys" | "mean" | "tutorial" | "relative" | "scaled";
/**
 * How differences of neighboring pixels are added up: "l2" and "keras" as {@link totalVariation} does; "mean" is "l2" divided by the
 * number of values of the image.
 *
 * @category Losses and optimizers
 */
export type TotalVariation = "l2" | "keras" | "mean";

/**
 * Everything the loss depends on besides images and network.
 *
 * @category Losses and optimizers
 */
export interface ObjectiveSettings extends FeatureOptions {
  pooling: Pooling;
  padding: PaddingMode;
  form: ObjectiveForm;
  /** Factor of each layer's content term, by name such as `"relu4_2"`. */
  contentLayers: Readonly<Record<string, number>>;
  /** Factor of each layer's style term. */
  styleLayers: Readonly<Record<string, number>>;
  contentWeight: number;
  styleWeight: number;
  tvWeight: number;
  tv: TotalVariation;
  /** Factor on all features; a preset made for one preprocessing uses it with the other. Default 1. */
  featureScale?: number;
}

/**
 * A target: values and shape of a layer's content features [C, H, W] or of its blended Gram matrix [C, C].
 *
 * @category Losses and optimizers
 */
export interface Target {
  shape: readonly number[];
  data: Float32Array;
}

/**
 * Content features and Gram matrices by layer. Made by {@link computeTargets}.
 *
 * @category Losses and optimizers
 */
export interface Targets {
  content: Record<string, Target>;
  style: Record<string, Target>;
}

/**
 * The loss and its terms as scalars of a graph; the terms are without the weights.
 *
 * @category Losses and optimizers
 */
export interface Terms {
  total: Tensor;
  content: Record<string, Tensor>;
  style: Record<string, Tensor>;
  tv: Tensor;
}

/** The scaled features of the layers that a set of weights names. */
export function weightedFeatures(
  network: Network,
  image: Tensor,
  layers: readonly string[],
  settings: ObjectiveSettings,
): Record<string, Tensor> {
  const raw = features(network, image, layers, settings);
  const { featureScale = 1 } = settings;
  if (featureScale === 1) return raw;
  return Object.fromEntries(Object.entries(raw).map(([layer, x]) => [layer, scale(x, featureScale)]));
}

/**
 * Uploads targets once; returns the function that traces the loss of an image [3, H, W] of RGB in 0..255, to be called inside of
 * {@link compile}. `dispose` frees the targets.
 *
 * @example
 * ```ts
 * import {
 *   adam, compile, computeTargets, gradients, loadImage, loadNetwork, objective, openDevice, openNetworkWeights,
 *   type ObjectiveSettings, resize, toPlanes, variable,
 * } from "nst-gpu";
 *
 * const settings: ObjectiveSettings = {
 *   form: "gatys", pooling: "average", padding: "replicate", tv: "l2",
 *   contentWeight: 1, styleWeight: 1e3, tvWeight: 0.01,
 *   contentLayers: { relu1_2: 1 }, styleLayers: { relu1_1: 1 },
 * };
 * const device = await openDevice();
 * const weights = await openNetworkWeights("slim");
 * const network = await loadNetwork(device, weights, ["relu1_2"]);
 * await weights.close();
 * const read = async (file: string) => resize(toPlanes(await loadImage(file)), 48, 32);
 * const [content, planes] = [await read("photo.jpg"), await read("painting.jpg")];
 * const targets = await computeTargets(device, network, content, [{ planes, weight: 1 }], settings);
 * const loss = objective(device, network, targets, settings);
 * const image = variable(device, [3, 32, 48], content.data);
 * const optimizer = adam(device, image.shape, { learningRate: 4, beta1: 0.9, beta2: 0.99, epsilon: 1e-8 });
 * const program = await compile(device, () => {
 *   const { total } = loss.trace(image);
 *   return { results: { total }, assign: optimizer.trace(image, gradients(total, [image])[0]) };
 * });
 * for (let step = 0; step < 5; step++) program.run();
 * console.log(await program.results.total.read());
 * device.dispose();
 * ```
 * @throws {ShapeError} when the image and the targets do not fit together.
 * @category Losses and optimizers
 */
export function objective(
  device: Device,
  network: Network,
  targets: Targets,
  settings: ObjectiveSettings,
): { trace(image: Tensor): Terms; dispose(): void } {
  const upload = (all: Record<string, Target>) =>
    Object.fromEntries(Object.entries(all).map(([layer, { shape, data }]) => [layer, tensor(device, shape, data)]));
  const content = upload(targets.content);
  const style = upload(targets.style);
  // What the relative form multiplies by. Tensors, not numbers within the kernels: all layers and views then share their shaders.
  const reciprocals = (all: Record<string, Target>) =>
    mapValues(settings.form === "relative" ? all : {}, ({ data }) => tensor(device, [], [1 / sumOfSquares(data)]));
  const contentReciprocals = reciprocals(targets.content);
  const styleReciprocals = reciprocals(targets.style);
  return {
    trace(image) {
      const layers = [...new Set([...Object.keys(content), ...Object.keys(style)])];
      const computed = weightedFeatures(network, image, layers, settings);
      const contentTerms = mapValues(content, (target, layer) =>
        contentTerm(settings.form, computed[layer], target, contentReciprocals[layer]),
      );
      const styleTerms = mapValues(style, (target, layer) =>
        styleTerm(settings.form, gram(computed[layer]), target, styleReciprocals[layer]),
      );
      const tv = smoothness(settings.tv, image);
      const { contentLayers, styleLayers, contentWeight, styleWeight, tvWeight } = settings;
      const weighted = [
        ...Object.entries(contentTerms).map(([layer, term]) => scale(term, contentWeight * contentLayers[layer])),
        ...Object.entries(styleTerms).map(([layer, term]) => scale(term, styleWeight * styleLayers[layer])),
        ...(tvWeight > 0 ? [scale(tv, tvWeight)] : []),
      ];
      return { total: weighted.reduce(add), content: contentTerms, style: styleTerms, tv };
    },
    dispose() {
      for (const all of [content, style, contentReciprocals, styleReciprocals]) {
        for (const each of Object.values(all)) each.dispose();
      }
    },
  };
}

function contentTerm(form: ObjectiveForm, computed: Tensor, target: Tensor, reciprocal: Tensor): Tensor {
  switch (form) {
    case "gatys":
      return scale(squaredError(computed, target), 0.5);
    case "mean":
      return scale(squaredError(computed, target), 1 / computed.size);
    case "tutorial":
      return scale(squaredError(computed, target), 1 / (4 * computed.size));
    case "relative":
      return multiply(squaredError(computed, target), reciprocal);
    case "scaled":
      return scaledError(computed, target);
  }
}

function styleTerm(form: ObjectiveForm, computed: Tensor, target: Tensor, reciprocal: Tensor): Tensor {
  const [channels] = computed.shape;
  switch (form) {
    case "gatys":
    case "tutorial":
      return scale(squaredError(computed, target), 1 / (4 * channels ** 2));
    case "mean":
      return scale(squaredError(computed, target), 1 / channels ** 4);
    case "relative":
      return multiply(squaredError(computed, target), reciprocal);
    case "scaled":
      return scaledError(computed, target);
  }
}

/** sum D² / (sum |D| + epsilon): its gradient has the same size whatever the size of the difference. */
function scaledError(computed: Tensor, target: Tensor): Tensor {
  const difference = subtract(computed, target);
  return divide(sum(square(difference)), addConstant(sum(abs(difference)), 1e-8));
}

function smoothness(kind: TotalVariation, image: Tensor): Tensor {
  return kind === "mean" ? scale(totalVariation(image, "l2"), 1 / image.size) : totalVariation(image, kind);
}

function sumOfSquares(data: Float32Array): number {
  let sum = 0;
  // Feature maps have millions of numbers: reduce() takes six times as long.
  for (let i = 0; i < data.length; i++) sum += data[i] * data[i];
  // A target that is all zeros has no scale to be relative to.
  return sum || 1;
}

function mapValues<In, Out>(record: Record<string, In>, map: (value: In, key: string) => Out): Record<string, Out> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}
