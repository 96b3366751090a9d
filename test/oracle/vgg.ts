/**
 * The convolutional part of VGG19 (Simonyan and Zisserman 2015) up to the deepest layer asked for, with the
 * preprocessing of its original weights: blue, green, red, less the mean color of ImageNet.
 */
import { InvalidOptionError, MissingLayerError } from "../../src/errors.ts";
import { type Array64, map2, zeros } from "./arrays.ts";
import { type ConvolutionOptions, conv2d, conv2dInputGradient } from "./convolution.ts";
import type { PaddingMode } from "./padding.ts";
import { add, relu } from "./pointwise.ts";
import { averagePool2d, averagePool2dGradient, maxPool2d, maxPool2dGradient } from "./pooling.ts";

/** "conv2_1.weight" [Co, Ci, 3, 3], "conv2_1.bias" [Co], and so on. */
export type VggWeights = Readonly<Record<string, Array64>>;

/** The choices that change what VGG computes. */
export interface VggOptions {
  pooling: "max" | "average";
  padding: PaddingMode;
}

/** What `vggFeatures` computed on its way, kept for the way back. */
export interface VggTrace {
  /** The layers asked for, such as "relu3_1". */
  features: Record<string, Array64>;
  /** Every layer passed through, in order, with its input and its output (of a convolution after ReLU). */
  steps: { layer: string; input: Array64; output: Array64 }[];
}

const LAYERS = [
  ...["conv1_1", "conv1_2", "pool1"],
  ...["conv2_1", "conv2_2", "pool2"],
  ...["conv3_1", "conv3_2", "conv3_3", "conv3_4", "pool3"],
  ...["conv4_1", "conv4_2", "conv4_3", "conv4_4", "pool4"],
  ...["conv5_1", "conv5_2", "conv5_3", "conv5_4"],
];

/** Mean of ImageNet, in the order in which the channels are here after swapping: blue, green, red. */
const MEAN_BGR = [103.939, 116.779, 123.68];

/**
 * Features of an image [3, H, W], RGB in 0..255.
 *
 * @example
 * const { features } = vggFeatures(image, weights, ["relu1_1", "relu2_1"], { pooling: "max", padding: "zero" });
 */
export function vggFeatures(
  rgb: Array64,
  weights: VggWeights,
  wanted: readonly string[],
  options: VggOptions,
): VggTrace {
  const trace: VggTrace = { features: {}, steps: [] };
  const depth = Math.max(...wanted.map(featureIndex));
  let x = preprocess(rgb);
  for (const layer of LAYERS.slice(0, depth + 1)) {
    const input = x;
    if (layer.startsWith("pool")) {
      x = options.pooling === "max" ? maxPool2d(input) : averagePool2d(input);
    } else {
      const { weight, bias } = parametersOf(layer, weights);
      x = relu(conv2d(input, weight, bias, convolutionOptions(options)));
    }
    trace.steps.push({ layer, input, output: x });
    const name = layer.replace("conv", "relu");
    if (wanted.includes(name)) trace.features[name] = x;
  }
  return trace;
}

/**
 * The gradient with respect to the image, given those with respect to the features: from the last layer back to the
 * first, each layer hands its gradient to its input, and where a feature was taken its own gradient joins in.
 */
export function vggFeaturesGradient(
  featureGradients: Readonly<Record<string, Array64>>,
  trace: VggTrace,
  weights: VggWeights,
  options: VggOptions,
): Array64 {
  const last = trace.steps[trace.steps.length - 1];
  let gradient = zeros(last.output.shape);
  for (const { layer, input, output } of trace.steps.toReversed()) {
    const own = featureGradients[layer.replace("conv", "relu")];
    if (own !== undefined) gradient = add(gradient, own);
    if (layer.startsWith("pool")) {
      gradient =
        options.pooling === "max" ? maxPool2dGradient(gradient, input) : averagePool2dGradient(gradient, input.shape);
    } else {
      // ReLU lets through where its output is positive, which is where its input was.
      const beforeRelu = map2(gradient, output, (g, y) => (y > 0 ? g : 0));
      const { weight } = parametersOf(layer, weights);
      gradient = conv2dInputGradient(beforeRelu, input.shape, weight, convolutionOptions(options));
    }
  }
  return swapRedAndBlue(gradient);
}

/** Place of a feature such as "relu3_1" or "pool2" among the layers. */
function featureIndex(name: string): number {
  const index = LAYERS.indexOf(name.replace("relu", "conv"));
  if (index === -1 || name.startsWith("conv")) {
    throw new InvalidOptionError(`VGG19 has no feature ${name}. Pass relu1_1 to relu5_4 or pool1 to pool4.`);
  }
  return index;
}

function preprocess(rgb: Array64): Array64 {
  const bgr = swapRedAndBlue(rgb);
  const pixels = rgb.shape[1] * rgb.shape[2];
  for (let place = 0; place < bgr.data.length; place++) bgr.data[place] -= MEAN_BGR[Math.floor(place / pixels)];
  return bgr;
}

/** Its own inverse, and its own gradient. */
function swapRedAndBlue(x: Array64): Array64 {
  const pixels = x.shape[1] * x.shape[2];
  const result = zeros(x.shape);
  for (let c = 0; c < 3; c++) {
    result.data.set(x.data.subarray(c * pixels, (c + 1) * pixels), (2 - c) * pixels);
  }
  return result;
}

function parametersOf(layer: string, weights: VggWeights): { weight: Array64; bias: Array64 } {
  const weight = weights[`${layer}.weight`];
  const bias = weights[`${layer}.bias`];
  if (weight === undefined || bias === undefined) {
    const names = LAYERS.filter((name) => `${name}.weight` in weights);
    const deepest = names[names.length - 1] ?? "none";
    throw new MissingLayerError(`No weights of ${layer}; ${deepest} is the deepest. Ask for less.`, layer, deepest);
  }
  return { weight, bias };
}

function convolutionOptions({ padding }: VggOptions): ConvolutionOptions {
  return { stride: 1, padding: 1, mode: padding };
}
