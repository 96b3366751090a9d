/** The flags of the command line as one table: what parses them, explains them and names them in errors reads it here. */
import { InvalidOptionError } from "../errors.ts";
import { STORAGES } from "../gpu/device-options.ts";
import { PADDINGS } from "../kernels/pad.ts";
import { POOLINGS } from "../kernels/pool.ts";
import { INITS, OPTIMIZERS, PRESETS } from "../nst/options.ts";

/** One flag; its name is its key in {@link FLAGS}, without dashes. */
export interface Flag {
  /** Stands for the value in the help. A flag without one takes no value. */
  value?: string;
  /** One letter, used after one dash. */
  short?: string;
  help: string;
  /** The option of `styleTransfer` that it sets, such as `"optimizer.history"`. Other flags are the command line's own. */
  option?: string;
  /** Makes the option's value of the text; without it the text is the value. */
  read?: (text: string, flag: string) => unknown;
}

/** All flags under the headings of the help, in its order. */
export const GROUPS = {
  Result: {
    output: { short: "o", value: "FILE", help: "where to write: .png, .jpg, .jpeg or .webp" },
    size: { value: "N", option: "size", read: number, help: "longest side in pixels, 16 to 16384 (512)" },
    steps: { value: "N", option: "steps", read: number, help: "optimizer steps at the final size" },
    scales: { value: "N,N", option: "scales", read: numbers, help: "sizes to work through, the last being --size" },
    "scale-steps": { value: "N", option: "scaleSteps", read: number, help: "steps at each scale before the last" },
    "save-every": { value: "N", read: number, help: "also write the image every N steps, as FILE-0050.png" },
    quality: { value: "N", read: number, help: "of JPEG and WebP, 1 to 100 (95)" },
    force: { help: "overwrite existing files" },
  },
  Objective: {
    preset: { value: "NAME", option: "preset", help: `${PRESETS.join(", ")}: settings that belong together` },
    network: {
      value: "NAME",
      option: "network",
      help: "slim (embedded), vgg19, ..., a path or URL, or auto: vgg19 if installed",
    },
    "content-weight": { value: "X", option: "contentWeight", read: number, help: "alpha: more keeps the scene" },
    "style-weight": { value: "X", option: "styleWeight", read: number, help: "beta: more takes more of the style" },
    "tv-weight": { value: "X", option: "tvWeight", read: number, help: "of the total variation: more is smoother" },
    "style-blend": { value: "X,X", read: numbers, help: "shares of several STYLEs, such as 3,1" },
    "style-size": { value: "N", option: "styleSize", read: number, help: "longest side of the STYLEs in pixels" },
    "content-layers": {
      value: "LIST",
      option: "contentLayers",
      read: layers,
      help: "relu4_2 or relu4_2=1,relu3_1=0.5",
    },
    "style-layers": { value: "LIST", option: "styleLayers", read: layers, help: "likewise (see --list-layers)" },
    pooling: { value: "KIND", option: "pooling", help: POOLINGS.join(", ") },
    padding: { value: "KIND", option: "padding", help: PADDINGS.join(", ") },
    views: { value: "N", option: "views", read: number, help: "views of the network to average over, 1 to 8" },
  },
  Optimizer: {
    optimizer: { value: "NAME", option: "optimizer.kind", help: `${OPTIMIZERS.join(", ")}; what follows needs it` },
    "learning-rate": { value: "X", option: "optimizer.learningRate", read: number, help: "factor of each step" },
    history: { value: "N", option: "optimizer.history", read: number, help: "lbfgs: steps it keeps, 24 bytes a pixel" },
    "line-search": { value: "KIND", option: "optimizer.lineSearch", help: "lbfgs: none, strong-wolfe" },
    beta1: { value: "X", option: "optimizer.beta1", read: number, help: "adam: decay of the mean of gradients" },
    beta2: { value: "X", option: "optimizer.beta2", read: number, help: "adam: decay of the mean of their squares" },
    epsilon: { value: "X", option: "optimizer.epsilon", read: number, help: "adam: keeps the divisor above 0" },
    averaging: { value: "X", option: "optimizer.averaging", read: number, help: "adam: decay of the mean of images" },
    momentum: { value: "X", option: "optimizer.momentum", read: number, help: "gd: share of the step before" },
  },
  Start: {
    init: { value: "IMAGE", option: "init", help: `${INITS.join(", ")}, or an image to start from` },
    seed: { value: "N", option: "seed", read: number, help: "of the noise (0)" },
  },
  Device: {
    adapter: { value: "NAME", option: "adapter", help: "the adapter to use, by a part of its name" },
    tune: { option: "tune", help: "time the kernels on the adapter once, and keep the fastest" },
    offline: { option: "offline", help: "download no network that --network names" },
    storage: { value: "KIND", option: "storage", help: `of feature maps: ${STORAGES.join(", ")} (half the memory)` },
    recompute: { option: "recompute", help: "feature maps in a sixth less memory, for some more work" },
    "list-adapters": { help: "print the adapters with their limits and features" },
  },
  Printing: {
    "list-layers": { help: "print the layers of the network (see --network)" },
    json: { help: "print one JSON line per step, and a last one for the result" },
    quiet: { help: "print nothing but what was asked for, and errors" },
    help: { short: "h", help: "print this help" },
    version: { help: "print the version" },
  },
} satisfies Record<string, Record<string, Flag>>;

/** The flags by name. */
export const FLAGS = {
  ...GROUPS.Result,
  ...GROUPS.Objective,
  ...GROUPS.Optimizer,
  ...GROUPS.Start,
  ...GROUPS.Device,
  ...GROUPS.Printing,
};

/** Name of a flag, without dashes. */
export type FlagName = keyof typeof FLAGS;

/** A number, or the text as it is where it is none, which the check of its range then shows. */
function number(text: string): unknown {
  return text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);
}

function numbers(text: string): unknown[] {
  return text.split(",").map(number);
}

/** `relu1_1,relu2_1` or `relu1_1=1,relu2_1=0.5`. */
function layers(text: string, flag: string): unknown {
  const pairs = text.split(",").map((part) => part.split("=").map((word) => word.trim()));
  const names = pairs.map(([name]) => name);
  if (pairs.every((pair) => pair.length === 1)) return names;
  if (pairs.every((pair) => pair.length === 2) && new Set(names).size === names.length) {
    return Object.fromEntries(pairs.map(([name, weight]) => [name, number(weight)]));
  }
  throw new InvalidOptionError(
    `${flag} is ${JSON.stringify(text)}. Give each layer once, and a weight to all of them or to none.`,
  );
}
