/**
 * Checks the options of `styleTransfer` before any work, and brings what callers may write in several ways into one
 * form. Pure and synchronous: nothing is opened, read or computed, and no default is filled in, for those belong to the
 * preset.
 */
import { isArrayBuffer, isBytes } from "../bytes.ts";
import { STORAGES } from "../gpu/device-options.ts";
import type { ImageSource } from "../image/picture.ts";
import { isObject } from "../json.ts";
import { PADDINGS } from "../kernels/pad.ts";
import { POOLINGS } from "../kernels/pool.ts";
import { VGG19_LAYERS } from "../vgg/architecture.ts";
import type { DownloadProgress } from "../vgg/download.ts";
import {
  type Check,
  callback,
  decay,
  flag,
  imageSource,
  oneOf,
  positive,
  RefusedOption,
  refuse,
  refuseUnknownKeys,
  shapedLike,
  show,
  suggestion,
  text,
  weight,
  wholeNumber,
} from "./checks.ts";
import {
  type Changes,
  INITS,
  type LayerWeights,
  OPTIMIZERS,
  type OptimizerOptions,
  PRESETS,
  type StyleTransferOptions,
} from "./options.ts";

/** A style image with its share of the style; the shares of all add up to 1. */
export interface StyleShare {
  image: ImageSource;
  weight: number;
}

/** The options after {@link validateOptions}: in range, in one form, and undefined where the caller gave nothing. */
export interface ValidOptions
  extends Omit<StyleTransferOptions, "style" | "contentLayers" | "styleLayers" | "optimizer"> {
  /** At least one; weights add up to 1. */
  styles: StyleShare[];
  /** Weight by layer name; from a list, each layer's is one part of 1. */
  contentLayers?: Record<string, number>;
  styleLayers?: Record<string, number>;
  optimizer?: OptimizerOptions;
}

const SIZES = wholeNumber(16, 16_384);
const STEPS = wholeNumber(1, 1_000_000);

/** Parameters of each optimizer with their ranges. */
const OPTIMIZER_CHECKS: Record<OptimizerOptions["kind"], Record<string, Check<unknown>>> = {
  lbfgs: { history: wholeNumber(1, 1000), learningRate: positive, lineSearch: oneOf(["none", "strong-wolfe"]) },
  adam: { learningRate: positive, beta1: decay, beta2: decay, epsilon: positive, averaging: decay },
  gd: { learningRate: positive, momentum: decay },
};

const CHECKS = {
  content: imageSource,
  style: styles,
  size: SIZES,
  styleSize: SIZES,
  steps: STEPS,
  scales,
  scaleSteps: STEPS,
  preset: oneOf(PRESETS),
  network,
  offline: flag,
  onDownload: callback<(progress: DownloadProgress) => void>("the progress of a download"),
  contentWeight: weight,
  styleWeight: weight,
  tvWeight: weight,
  contentLayers: layerWeights,
  styleLayers: layerWeights,
  optimizer,
  init,
  seed: wholeNumber(0, 2 ** 32 - 1),
  pooling: oneOf(POOLINGS),
  padding: oneOf(PADDINGS),
  views: wholeNumber(1, 8),
  adapter: text,
  device: shapedLike<GPUDevice>("a GPUDevice, such as (await openDevice()).gpu", ["createBuffer", "queue", "limits"]),
  tune: flag,
  storage: oneOf(STORAGES),
  recompute: flag,
  signal: shapedLike<AbortSignal>("the signal of an AbortController", [
    "aborted",
    "addEventListener",
    "throwIfAborted",
  ]),
  onStep: callback<NonNullable<StyleTransferOptions["onStep"]>>("a step report"),
  onWarning: callback<(message: string) => void>("a message"),
} satisfies { [K in keyof Required<StyleTransferOptions>]: Check<unknown> };

/**
 * Checks options of any origin, typed or not.
 *
 * @throws InvalidOptionError naming the first option that is unknown, missing, of the wrong type or out of range, its
 * value, and what to give instead.
 * @example
 * const { styles } = validateOptions({ content: "a.jpg", style: ["b.jpg", { image: "c.jpg", weight: 3 }] });
 * // [{ image: "b.jpg", weight: 0.25 }, { image: "c.jpg", weight: 0.75 }]
 */
export function validateOptions(options: unknown): ValidOptions {
  if (!isObject(options)) return refuse("options", options, "Give an object with at least content and style.");
  refuseUnknownKeys(options, Object.keys(CHECKS), "option of styleTransfer");
  const given = options as Record<keyof StyleTransferOptions, unknown>;
  for (const required of ["content", "style"] as const) {
    if (given[required] === undefined) throw new RefusedOption(required, "is missing. Give an image, such as a path.");
  }
  const { style, ...rest } = checkEach(given, CHECKS) as Omit<ValidOptions, "styles"> & { style: StyleShare[] };
  return checkTogether({ ...rest, styles: style });
}

/**
 * Checks what is to be changed during a run. Whether anything is left to optimize shows only together with the rest.
 * @throws InvalidOptionError as {@link validateOptions} does.
 */
export function validateChanges(changes: unknown): Changes {
  if (!isObject(changes)) return refuse("changes", changes, "Give an object, such as { styleWeight: 1e6 }.");
  const checks = { contentWeight: weight, styleWeight: weight, tvWeight: weight, learningRate: positive };
  refuseUnknownKeys(changes, Object.keys(checks), "option that can be changed during a run");
  return checkEach(changes, checks);
}

/** Applies the checks to the members that are given, and leaves out those that are undefined. */
function checkEach(given: object, checks: Record<string, Check<unknown>>, prefix = ""): object {
  const present = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present.map(([key, value]) => [key, checks[key](value, `${prefix}${key}`)]));
}

/** What no option shows by itself. */
function checkTogether(valid: ValidOptions): ValidOptions {
  if (valid.adapter !== undefined && valid.device !== undefined) {
    throw new RefusedOption("adapter", `is ${show(valid.adapter)} while a device is given too. Give one of the two.`);
  }
  refuseNoLoss(valid);
  const last = valid.scales?.at(-1);
  if (last === undefined) return valid;
  if (valid.size !== undefined && valid.size !== last) {
    throw new RefusedOption("scales", `ends at ${last} but size is ${valid.size}. End it at ${valid.size}.`);
  }
  return { ...valid, size: last };
}

/** Refuses weights of which none is positive. */
export function refuseNoLoss({ contentWeight, styleWeight, tvWeight }: Changes): void {
  if (contentWeight !== 0 || styleWeight !== 0 || tvWeight !== 0) return;
  throw new RefusedOption(
    "styleWeight",
    "is 0 like the content weight, so nothing is left to optimize. Make one positive.",
  );
}

function styles(value: unknown, option: string): StyleShare[] {
  const list = Array.isArray(value) ? value : [value];
  if (list.length === 0) throw new RefusedOption(option, "is an empty list. Give at least one image.");
  const shares = list.map((style, index) => styleShare(style, Array.isArray(value) ? `${option}[${index}]` : option));
  const sum = shares.reduce((total, share) => total + share.weight, 0);
  if (sum === 0) throw new RefusedOption(option, "has only weights of 0. Give one image a weight above 0.");
  return shares.map((share) => ({ ...share, weight: share.weight / sum }));
}

function styleShare(value: unknown, option: string): StyleShare {
  if (!(isObject(value) && "image" in value)) return { image: imageSource(value, option), weight: 1 };
  refuseUnknownKeys(value, ["image", "weight"], "property of a style image", `${option}.`);
  const given = value as { image: unknown; weight?: unknown };
  return {
    image: imageSource(given.image, `${option}.image`),
    weight: given.weight === undefined ? 1 : weight(given.weight, `${option}.weight`),
  };
}

function scales(value: unknown, option: string): number[] {
  if (!Array.isArray(value) || value.length === 0) {
    return refuse(option, value, "Give a list of sizes, coarse to fine, such as [256, 512].");
  }
  const sizes = value.map((size, index) => SIZES(size, `${option}[${index}]`));
  if (sizes.every((size, index) => index === 0 || size > sizes[index - 1])) return sizes;
  return refuse(option, value, "Give sizes that ascend, such as [256, 512].");
}

/** A name, or where a weight file may come from; whether it can be read shows only when it is opened. */
export function network(value: unknown, option: string): NonNullable<StyleTransferOptions["network"]> {
  if (typeof value === "string" && value !== "") return value;
  if (value instanceof URL || isArrayBuffer(value) || isBytes(value)) return value;
  return refuse(option, value, 'Give "slim", "vgg19", or a path, URL or the bytes of a weight file.');
}

function layerWeights(value: unknown, option: string): Record<string, number> {
  if (!(Array.isArray(value) || isObject(value))) {
    return refuse(option, value, "Give a list of layers or weights by layer, such as { relu4_1: 1 }.");
  }
  const given = value as LayerWeights;
  const names: readonly unknown[] = Array.isArray(given) ? given : Object.keys(given);
  if (names.length === 0) throw new RefusedOption(option, "names no layer. Name one, or leave it to the preset.");
  for (const name of names) layerName(name, option);
  if (new Set(names).size < names.length) return refuse(option, value, "Name each layer once.");
  if (Array.isArray(given)) return Object.fromEntries(given.map((name) => [name, 1 / given.length]));
  const weights = Object.entries(given).map(([name, w]) => [name, weight(w, `${option}.${name}`)] as const);
  if (weights.some(([, w]) => w > 0)) return Object.fromEntries(weights);
  throw new RefusedOption(option, "has only weights of 0. Give one layer a weight above 0.");
}

/** A convolution is refused, not renamed: its features before the ReLU would be other ones, and other Grams. */
function layerName(name: unknown, option: string): void {
  if (VGG19_LAYERS.includes(name as string)) return;
  const relu = String(name).replace(/^conv/, "relu");
  const hint = VGG19_LAYERS.includes(relu) ? `Did you mean "${relu}"? ` : suggestion(relu, VGG19_LAYERS);
  throw new RefusedOption(option, `names ${show(name)}, no layer of VGG19. ${hint}Give some of relu1_1 to relu5_4.`);
}

function optimizer(value: unknown, option: string): OptimizerOptions {
  if (!(isObject(value) && "kind" in value)) {
    if (isObject(value))
      throw new RefusedOption(
        `${option}.kind`,
        `is missing, which its parameters need. Give one of ${OPTIMIZERS.join(", ")}.`,
      );
    return { kind: oneOf(OPTIMIZERS)(value, option) };
  }
  const { kind: name, ...parameters } = value as { kind: unknown };
  const kind = oneOf(OPTIMIZERS)(name, `${option}.kind`);
  const checks = OPTIMIZER_CHECKS[kind];
  refuseUnknownKeys(parameters, Object.keys(checks), `parameter of ${kind}`, `${option}.`);
  return { kind, ...checkEach(parameters, checks, `${option}.`) } as OptimizerOptions;
}

/** A word without any of `. / \ :` is a name, never a path, so that a misspelled name is not looked for on disk. */
function init(value: unknown, option: string): NonNullable<StyleTransferOptions["init"]> {
  if (typeof value !== "string" || /[./\\:]/.test(value)) return imageSource(value, option);
  if ((INITS as readonly string[]).includes(value)) return value;
  return refuse(
    option,
    value,
    `${suggestion(value, INITS)}Give one of ${INITS.join(", ")}, or an image such as "./start.png".`,
  );
}
