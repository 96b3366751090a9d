/** The options of `styleTransfer`, and what it reports. Checked by validate.ts before any work. */
import type { DeviceOptions } from "../gpu/device-options.ts";
import type { Canvas } from "../gpu/painter.ts";
import type { ImageSource, Picture } from "../image/picture.ts";
import type { PaddingMode } from "../kernels/pad.ts";
import type { Pooling } from "../kernels/pool.ts";
import type { DownloadProgress } from "../vgg/download.ts";

/**
 * Weight of each layer by name, from 0, at least one of them above; or a list of layers of equal weight, each once (the weights
 * then add up to 1). Names are `"relu1_1"` to `"relu5_4"`; at least one is given.
 *
 * @category Style transfer
 */
export type LayerWeights = readonly string[] | Readonly<Record<string, number>>;

/**
 * A style image and its share. Weights are relative: `[3, 1]` and `[0.75, 0.25]` are the same. At least one is above 0.
 *
 * @category Style transfer
 */
export interface StyleImage {
  image: ImageSource;
  /** From 0, default 1. */
  weight?: number;
}

/**
 * L-BFGS (Liu and Nocedal 1989).
 *
 * @category Style transfer
 */
export interface LbfgsOptions {
  kind: "lbfgs";
  /**
   * Pairs of steps and gradient differences kept, 1 to 1000: default 10, in the preset `johnson` 100. Memory: 24 bytes per pixel each,
   * so 240 bytes per pixel with 10 and 2400 with 100.
   */
  history?: number;
  /** Factor on every step, with line search on the first length tried; above 0, default 1. */
  learningRate?: number;
  /**
   * `"none"` (default) takes every step, as torch does by default, but none longer than 16 pixel values (root mean square);
   * `"strong-wolfe"` searches along each direction.
   */
  lineSearch?: "none" | "strong-wolfe";
}

/**
 * Adam (Kingma and Ba 2015). Learning rates are in units of 0..255 pixel values.
 *
 * @category Style transfer
 */
export interface AdamOptions {
  kind: "adam";
  /** Above 0, default 5, in the preset `crowson` 5.1. */
  learningRate?: number;
  /** Decay of the mean of gradients, 0 to below 1, default 0.9. */
  beta1?: number;
  /** Decay of the mean of their squares, 0 to below 1, default 0.99, in `crowson` 0.999. */
  beta2?: number;
  /** Added to the root of that mean, above 0, default 1e-8. */
  epsilon?: number;
  /** Decay of the exponential moving average of the image, which becomes the result; 0 (none, default) to below 1; in `crowson` 0.99. */
  averaging?: number;
}

/**
 * Plain gradient descent: `image -= learningRate * gradient`.
 *
 * @category Style transfer
 */
export interface GradientDescentOptions {
  kind: "gd";
  /** Above 0. Default: the rate at which the first step changes the image by 4 pixel values (root mean square). */
  learningRate?: number;
  /** Share of the velocity that is kept from step to step, 0 (none, default) to below 1. */
  momentum?: number;
}

/**
 * Any optimizer with its parameters.
 *
 * @category Style transfer
 */
export type OptimizerOptions = LbfgsOptions | AdamOptions | GradientDescentOptions;

/** Names of the optimisers. */
export const OPTIMIZERS = ["lbfgs", "adam", "gd"] as const;
/** Names of the presets, see presets.ts. */
export const PRESETS = ["slim", "gatys", "johnson", "crowson", "tutorial"] as const;
/** Names of images to start from. */
export const INITS = ["content", "color", "noise", "gray"] as const;

/**
 * Names of the {@link presets}.
 *
 * @useDeclaredType
 *
 * @category Style transfer
 */
export type PresetName = (typeof PRESETS)[number];

/**
 * Options of {@link styleTransfer}. Only `content` and `style` are required; a preset decides the rest. Sizes, steps, `seed`,
 * `views` and `history` are whole numbers; both ends belong to a range. Weights, rates and `epsilon` end where float32 does, below
 * 3.4e38, and so does a weight times that of a layer.
 *
 * @category Style transfer
 */
export interface StyleTransferOptions {
  /** The image that gives the scene. */
  content: ImageSource;
  /** The image or images that give the style. */
  style: ImageSource | StyleImage | readonly (ImageSource | StyleImage)[];
  /** Longest side of the result in pixels, 16 to 16384, default 512. The aspect ratio of the content is kept. */
  size?: number;
  /** Longest side of the style images in pixels, 16 to 16384. Default: that of the picture being optimised; never upscaled. */
  styleSize?: number;
  /**
   * Optimiser steps at the final size, 1 to 1,000,000. Default: the preset's. A step evaluates an image and moves it; the result is
   * the best of those that were evaluated, which with 1 step is the start; with Adam's `averaging`, their average.
   */
  steps?: number;
  /**
   * Longest sides to work through in pixels, ascending, each 16 to 16384, the last being `size`; each starts from the result before it.
   * Default: the preset's, from the first at which narrow images are large enough for the network. `[size]` works at one size only.
   */
  scales?: readonly number[];
  /** Steps at each scale before the last, 1 to 1,000,000. Default: the preset's. */
  scaleSteps?: number;
  /** Objective, weights, layers and optimiser that belong together. Default `"slim"` for the embedded network, else `"crowson"`. */
  preset?: PresetName;
  /**
   * `"slim"` (embedded, default); `"vgg19"` (the original weights) or another official network by name (`"vgg16"`,
   * `"vgg19-torchvision"`, `"vgg16-torchvision"`), downloaded at its first use and kept; or the path, URL or bytes of a weight
   * file. A text without any of `. / \ :` is a name. See weights/README.md.
   */
  network?: string | URL | ArrayBuffer | Uint8Array;
  /** Whether a network that is asked for by name must be installed already. Default false; `NST_OFFLINE=1` says the same. */
  offline?: boolean;
  /**
   * Told ten times a second how the download of a network goes that was asked for by name.
   *
   * @example
   * ```ts
   * import type { StyleTransferOptions } from "nst-gpu";
   *
   * const options: StyleTransferOptions = {
   *   content: "photo.jpg",
   *   style: "painting.jpg",
   *   network: "vgg19",
   *   onDownload: ({ name, bytes, total, secondsLeft }) => console.log(name, bytes / total, secondsLeft),
   * };
   * console.log(options.network);
   * ```
   */
  onDownload?: (progress: DownloadProgress) => void;
  /**
   * Weight of the content, from 0, called alpha by Gatys et al. and in tutorials. It belongs to the preset's divisors, see
   * {@link ObjectiveForm}. Of this, `styleWeight` and `tvWeight`, one at least is above 0.
   */
  contentWeight?: number;
  /** Weight of the style, from 0, beta: more takes more of the style. It belongs to the preset's divisors. */
  styleWeight?: number;
  /** Weight of the total variation, from 0, which smooths. */
  tvWeight?: number;
  /** Layers of the content term, such as `["relu4_2"]`. Default: the preset's. */
  contentLayers?: LayerWeights;
  /** Layers of the style term. Default: the preset's. */
  styleLayers?: LayerWeights;
  /** The optimizer by name, or with its parameters. Default: the preset's. */
  optimizer?: OptimizerOptions["kind"] | OptimizerOptions;
  /**
   * Image to start from: `"content"`, `"color"`, `"noise"`, `"gray"`, or an image. `"color"` is the content in the style's colours. `"noise"` is the
   * preset's: in `johnson` a thousandth of a pixel value around the mean colour of the network, in `tutorial` three fifths of
   * noise and two of the content, in others gray with a standard deviation of 32 pixel values.
   */
  init?: (typeof INITS)[number] | ImageSource;
  /** Seed of `"noise"`: a whole number, 0 (default) to 2^32 - 1. The same seed gives the same picture. */
  seed?: number;
  /** How the network's 2x2 windows become one value. Default: the preset's. */
  pooling?: Pooling;
  /** What lies outside the network's feature maps. Default: the preset's. */
  padding?: PaddingMode;
  /**
   * How many views of the network the losses are averaged over, 1 to 8: of the picture itself, and of it turned, mirrored or with other
   * colors. More paint cleaner strokes, closer to the style, in as many times the time. Default: 4 for the preset `slim` on the embedded
   * network, else 1.
   */
  views?: number;
  /** Name, or part of it, of the adapter to use, as `listAdapters` prints them. Default: `NST_ADAPTER`, else the system's first. */
  adapter?: string;
  /** A device of the caller's own; it is neither configured nor destroyed. Excludes `adapter`. */
  device?: GPUDevice;
  /** Times the convolution algorithms on the device first and keeps the fastest, see {@link DeviceOptions.tune}. Default false. */
  tune?: boolean;
  /** How feature maps are stored: `"float32"` (default), or `"float16"` in half the memory, with 3 digits of precision. */
  storage?: DeviceOptions["storage"];
  /** Whether a step computes some values again to hold fewer, see {@link DeviceOptions.recompute}. Default: where it does not fit otherwise. */
  recompute?: boolean;
  /** Ends the call at once, though the GPU may finish its step first; it rejects with `signal.reason`. */
  signal?: AbortSignal;
  /** Called after every step, and awaited. An error it throws, or a promise that it rejects, ends the run. */
  onStep?: (step: StepReport) => unknown;
  /** Receives one-line warnings, default `console.warn`. */
  onWarning?: (message: string) => void;
}

/**
 * Loss of one step, by term. `total` includes the weights, the terms do not.
 *
 * @category Style transfer
 */
export interface Losses {
  total: number;
  content: Record<string, number>;
  style: Record<string, number>;
  tv: number;
}

/**
 * What {@link StepReport.change} can change during a run, within the ranges of {@link StyleTransferOptions}. What is not given stays as it is.
 *
 * @category Style transfer
 */
export interface Changes {
  contentWeight?: number;
  styleWeight?: number;
  tvWeight?: number;
  /** Of the optimiser, in its own units, above 0. */
  learningRate?: number;
}

/**
 * What a run works with.
 *
 * @category Style transfer
 */
export interface RunInfo {
  /** What the adapter calls itself. */
  adapter: string;
  /** The network, such as `"vgg19 to relu4_2"`. */
  network: string;
  preset: PresetName;
}

/**
 * What is known after a step, see {@link styleTransfer.steps}.
 *
 * @category Style transfer
 */
export interface StepReport {
  /** Counted from 1 over all scales. */
  step: number;
  /** Steps of the whole run, all scales. */
  steps: number;
  /** Index of the scale, from 0. */
  scale: number;
  width: number;
  height: number;
  /** The loss of the image this step started from. */
  loss: number;
  losses: Losses;
  /** Seconds since the images were read and the network loaded: targets and compilation count. And an estimate of those left. */
  seconds: number;
  secondsLeft: number;
  info: RunInfo;
  /** GPU memory in use, in bytes. */
  bytes: number;
  /**
   * Draws the result as it is now into a WebGPU canvas of the page or of a worker, straight from the GPU's memory; the canvas
   * gets the picture's size. Valid until the next step begins, browsers only.
   *
   * @example
   * ```ts
   * import { styleTransfer } from "nst-gpu";
   *
   * const canvas = document.body.appendChild(document.createElement("canvas"));
   * const options = { content: "photo.jpg", style: "painting.jpg", size: 512 };
   * for await (const step of styleTransfer.steps(options)) await step.draw(canvas);
   * ```
   * @throws {InvalidOptionError} when the canvas has a context of another kind, or there is none at all.
   */
  draw(canvas: Canvas): Promise<void>;
  /**
   * Changes weights or step size from the next step on, which starts from the result as it is now: another loss has other
   * curvature and another best image, so L-BFGS begins anew; Adam keeps its moments. A rate that gradient descent chose by
   * itself is chosen anew.
   *
   * @throws {InvalidOptionError} when a value is out of range.
   */
  change(changes: Changes): void;
  /**
   * Reads the result as it is now from the GPU: the best image so far, or the average. Valid until the next step begins; what is being read
   * when the run ends is read to the end.
   * @throws {NstError} when the size that the step belongs to is done.
   */
  image(): Promise<Picture>;
}
