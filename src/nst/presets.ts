/**
 * Presets: objective, weights, layers and optimiser that belong together. A weight means nothing without its divisor,
 * and the same picture needs weights 50 times apart under two common conventions, so they are never mixed.
 *
 * Pixel values are 0..255 throughout; numbers published for 0..1 are converted.
 */
import type { PaddingMode } from "../kernels/pad.ts";
import type { Pooling } from "../kernels/pool.ts";
import { layerNames } from "../vgg/architecture.ts";
import type { ObjectiveForm, TotalVariation } from "./objective.ts";
import type { INITS, OptimizerOptions, PresetName } from "./options.ts";
import type { Noise } from "./start.ts";

/**
 * All that a preset decides, and that options may override.
 *
 * @category Style transfer
 */
export interface Preset {
  form: ObjectiveForm;
  contentLayers: Readonly<Record<string, number>>;
  styleLayers: Readonly<Record<string, number>>;
  contentWeight: number;
  styleWeight: number;
  tv: TotalVariation;
  tvWeight: number;
  pooling: Pooling;
  padding: PaddingMode;
  /** Padding of conv1_1, where it differs. */
  firstPadding?: PaddingMode;
  init: (typeof INITS)[number];
  /** The noise of `"noise"`, around the color that the network takes for 0. Default: gray noise. */
  noise?: Omit<Noise, "center">;
  optimizer: OptimizerOptions;
  /** Steps at the last scale, at those before it, and at the first of several. */
  steps: number;
  scaleSteps: number;
  firstSteps: number;
  /** Smallest longest side of the pyramid, and the ratio of its scales; `Infinity` for no pyramid. */
  smallest: number;
  ratio: number;
  /** What the next scale starts from: the result upsampled, or its own start plus the upsampled change. */
  carry: "image" | "change";
  /** How many views of the embedded network the losses are averaged over; of any other it is one. */
  views: number;
  /** Features are divided by this where the network's input is 0..255: weights made for normalised input then hold. */
  featureDivisor: number;
}

const LAYERS = layerNames("vgg19");

/** relu1_1 to relu5_1, those of Gatys et al. 2016. */
const FIVE_LAYERS = LAYERS.filter((layer) => /_1$/.test(layer));

const equally = (layers: readonly string[], weight: number) =>
  Object.fromEntries(layers.map((layer) => [layer, weight]));

const PLAIN = {
  contentLayers: { relu4_2: 1 },
  pooling: "max",
  padding: "zero",
  smallest: Infinity,
  ratio: 2,
  carry: "image",
  views: 1,
  featureDivisor: 1,
} as const;

/**
 * The presets by name. A weight means nothing without its divisor, so objective, weights, layers and optimizer belong together.
 *
 * @example
 * ```ts
 * import { presets, type StyleTransferOptions } from "nst-gpu";
 *
 * const { contentWeight, styleWeight } = presets.slim;
 * console.log(styleWeight / contentWeight); // 40
 * const more: StyleTransferOptions = { content: "photo.jpg", style: "painting.jpg", styleWeight: 3 * styleWeight };
 * console.log(more.styleWeight); // 12000000
 * ```
 * @category Style transfer
 */
export const PRESET_TABLE: Readonly<Record<PresetName, Preset>> = {
  /** For the embedded network; weights/README.md has the measurements behind the numbers. */
  slim: {
    ...PLAIN,
    form: "relative",
    contentLayers: equally(["relu1_2", "relu2_2", "relu3_3"], 1 / 3),
    styleLayers: equally(LAYERS.slice(0, 9), 1 / 9), // to relu4_1
    // Relative losses are near 1. The factor 1e5 keeps y.s of L-BFGS far above its threshold of 1e-10.
    contentWeight: 1e5,
    styleWeight: 4e6,
    tv: "mean",
    tvWeight: 60,
    pooling: "average",
    padding: "replicate",
    init: "color",
    optimizer: { kind: "lbfgs" },
    steps: 50,
    scaleSteps: 50,
    firstSteps: 60,
    smallest: 128,
    ratio: 2,
    carry: "change",
    views: 4,
  },
  /**
   * Gatys, Ecker and Bethge 2016, with their divisors. Their ratio of 1000 belongs to a VGG whose filters they had scaled to
   * mean activation 1. With the weights as published, their later code gives relu4_1 and relu5_1 of a 512x512 image what
   * is 8.2e4 in these divisors; what follows from the weight is in docs/design.md.
   */
  gatys: {
    ...PLAIN,
    form: "gatys",
    styleLayers: equally(FIVE_LAYERS, 1 / 5),
    contentWeight: 1,
    styleWeight: 1e5,
    tv: "l2",
    tvWeight: 0,
    init: "content",
    optimizer: { kind: "lbfgs" },
    steps: 500,
    scaleSteps: 500,
    firstSteps: 500,
  },
  /** Johnson's neural-style: its TV has the factor 1/2 in the gradient of the sum. */
  johnson: {
    ...PLAIN,
    form: "mean",
    styleLayers: equally(FIVE_LAYERS, 1),
    contentWeight: 5,
    styleWeight: 100,
    tv: "l2",
    tvWeight: 0.5e-3,
    init: "noise",
    noise: { distribution: "normal", spread: 0.001, share: 1 },
    optimizer: { kind: "lbfgs", history: 100 },
    steps: 1000,
    scaleSteps: 1000,
    firstSteps: 1000,
  },
  /** Crowson's style-transfer-pytorch, its Gram variant of 2021, on normalised features of pixels in 0..1. */
  crowson: {
    ...PLAIN,
    form: "scaled",
    styleLayers: Object.fromEntries(FIVE_LAYERS.map((layer, index) => [layer, 4 ** (4 - index) / 341])),
    contentWeight: 0.015,
    styleWeight: 1,
    tv: "mean",
    // The mean of dx² + dy² over all values, of weight 2 on pixels in 0..1.
    tvWeight: 2 / 255 ** 2,
    firstPadding: "replicate",
    init: "content",
    optimizer: { kind: "adam", learningRate: 0.02 * 255, beta1: 0.9, beta2: 0.999, averaging: 0.99 },
    steps: 500,
    scaleSteps: 500,
    firstSteps: 1000,
    smallest: 128,
    ratio: Math.SQRT2,
    featureDivisor: 255 * 0.226,
  },
  /**
   * The exercise "Art generation with neural style transfer" of deeplearning.ai: alpha times content plus beta times style,
   * from the content under noise. Plain gradient descent stands in for the exercise's Adam, which is
   * `optimizer: { kind: "adam", learningRate: 2, beta2: 0.999 }`.
   */
  tutorial: {
    ...PLAIN,
    form: "tutorial",
    styleLayers: equally(FIVE_LAYERS, 1 / 5),
    contentWeight: 10,
    styleWeight: 40,
    tv: "l2",
    tvWeight: 0,
    pooling: "average",
    init: "noise",
    noise: { distribution: "uniform", spread: 20, share: 0.6 },
    optimizer: { kind: "gd" },
    steps: 200,
    scaleSteps: 200,
    firstSteps: 200,
  },
};

/** What each optimiser uses where neither options nor preset say. */
export const OPTIMIZER_DEFAULTS = {
  lbfgs: { history: 10, learningRate: 1, lineSearch: "none" },
  adam: { learningRate: 5, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, averaging: 0 },
  gd: { learningRate: "auto", momentum: 0 },
} as const;
