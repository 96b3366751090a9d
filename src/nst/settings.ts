/** From options to settings: what the preset says, except where an option says otherwise. */
import { InvalidOptionError } from "../errors.ts";
import type { Network } from "../vgg/network.ts";
import type { Preprocessing } from "../vgg/preprocessing.ts";
import type { NetworkWeights } from "../vgg/weights.ts";
import type { ObjectiveSettings } from "./objective.ts";
import type { GradientDescentSettings } from "./optimizers/gradient-descent.ts";
import type {
  AdamOptions,
  Changes,
  GradientDescentOptions,
  LbfgsOptions,
  OptimizerOptions,
  PresetName,
} from "./options.ts";
import { OPTIMIZER_DEFAULTS, PRESET_TABLE, type Preset } from "./presets.ts";
import { type Color, GRAY_NOISE, type Noise } from "./start.ts";
import { refuseNoLoss, type ValidOptions } from "./validate.ts";

/** Optimiser options with nothing left open. */
export type OptimizerSettings =
  | Required<LbfgsOptions>
  | Required<AdamOptions>
  | (Omit<Required<GradientDescentOptions>, "learningRate"> & GradientDescentSettings);

/** One size of the pyramid and the steps taken there. */
export interface Scale {
  size: number;
  steps: number;
}

/** Everything that decides a run besides images and device. */
export interface Settings {
  preset: PresetName;
  objective: ObjectiveSettings;
  /** How many views of the network the losses are averaged over. */
  views: number;
  optimizer: OptimizerSettings;
  scales: readonly Scale[];
  /** The preset's start, where the options give none. */
  init: Preset["init"];
  seed: number;
  noise: Noise;
  carry: Preset["carry"];
}

const DEFAULT_SIZE = 512;

/** The embedded network, also where a page has it under an address of its own. */
export function isSlim({ metadata }: Pick<NetworkWeights, "metadata">): boolean {
  return metadata.architecture === "vgg19-slim";
}

/** The preset made for a network: that of the embedded one, or the best for a real VGG. */
export function presetFor({ preset }: ValidOptions, weights: Pick<NetworkWeights, "metadata">): PresetName {
  return preset ?? (isSlim(weights) ? "slim" : "crowson");
}

/** Fills in the preset, and checks that the network has the layers. Throws MissingLayerError where it ends before one, and InvalidOptionError for weights whose product is beyond f32. */
export function resolveSettings(options: ValidOptions, weights: NetworkWeights): Settings {
  const name = presetFor(options, weights);
  const preset = PRESET_TABLE[name];
  const contentLayers = options.contentLayers ?? preset.contentLayers;
  const styleLayers = options.styleLayers ?? preset.styleLayers;
  const { contentWeight = preset.contentWeight, styleWeight = preset.styleWeight } = options;
  const { tvWeight = preset.tvWeight } = options;
  refuseNoLoss({ contentWeight, styleWeight, tvWeight });
  for (const layer of [...Object.keys(contentLayers), ...Object.keys(styleLayers)]) weights.layer(layer);
  return checkProducts({
    preset: name,
    objective: {
      form: preset.form,
      contentLayers,
      styleLayers,
      contentWeight,
      styleWeight,
      tvWeight,
      tv: preset.tv,
      pooling: options.pooling ?? preset.pooling,
      padding: options.padding ?? preset.padding,
      firstPadding: options.padding ? undefined : preset.firstPadding,
      featureScale: featureScale(weights.preprocessing, preset.featureDivisor),
    },
    views: options.views ?? (isSlim(weights) ? preset.views : 1),
    optimizer: optimizerSettings(options.optimizer, preset.optimizer),
    scales: scalesOf(options, preset),
    init: preset.init,
    seed: options.seed ?? 0,
    noise: preset.noise ? { ...preset.noise, center: meanColor(weights.preprocessing) } : GRAY_NOISE,
    carry: preset.carry,
  });
}

/** The settings with other weights or another step size. Throws InvalidOptionError where they leave nothing to optimize, or are beyond f32. */
export function changeSettings(settings: Settings, { learningRate, ...weights }: Changes): Settings {
  const objective = { ...settings.objective, ...weights };
  refuseNoLoss(objective);
  const optimizer = { ...settings.optimizer, ...defined({ learningRate }) } as OptimizerSettings;
  return checkProducts({ ...settings, objective, optimizer });
}

/** All layers that settings need. */
export function layersOfSettings({ objective }: Settings): string[] {
  return [...new Set([...Object.keys(objective.contentLayers), ...Object.keys(objective.styleLayers)])];
}

/** Each weight is finite in f32, which their products need not be. Returns the settings. */
function checkProducts(settings: Settings): Settings {
  const { contentWeight, contentLayers, styleWeight, styleLayers, tvWeight } = settings.objective;
  check("contentWeight", contentWeight, contentLayers);
  check("styleWeight", styleWeight, styleLayers);
  check("tvWeight", tvWeight, { "all views": settings.views });
  return settings;

  function check(option: string, weight: number, layers: Readonly<Record<string, number>>): void {
    for (const [layer, share] of Object.entries(layers)) {
      if (Number.isFinite(Math.fround(weight * share))) continue;
      throw new InvalidOptionError(
        `${option} times the weight of ${layer} is ${weight * share}. Use smaller weights: f32 ends at 3.4e38.`,
      );
    }
  }
}

/** A network whose input is normalised already needs no division of its features. */
function featureScale({ scale }: Network["preprocessing"], divisor: number): number {
  return scale === 1 ? 1 / divisor : 1;
}

/** The color that the network takes for 0. */
function meanColor({ mean, scale }: Preprocessing): Color {
  const [red, green, blue] = mean;
  return [red / scale, green / scale, blue / scale];
}

function optimizerSettings(given: OptimizerOptions | undefined, preset: OptimizerOptions): OptimizerSettings {
  const kind = given?.kind ?? preset.kind;
  const ofPreset = preset.kind === kind ? preset : {};
  return { ...OPTIMIZER_DEFAULTS[kind], ...defined(ofPreset), ...defined(given ?? {}), kind } as OptimizerSettings;
}

function defined<Given extends object>(given: Given): Partial<Given> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<Given>;
}

/** Sizes from the smallest up by the preset's ratio, the last being the size asked for. */
function scalesOf(options: ValidOptions, preset: Preset): Scale[] {
  const size = options.size ?? DEFAULT_SIZE;
  const sizes = [...(options.scales ?? pyramid(size, preset))];
  return sizes.map((side, index) => {
    if (index === sizes.length - 1) return { size: side, steps: options.steps ?? preset.steps };
    return { size: side, steps: options.scaleSteps ?? (index === 0 ? preset.firstSteps : preset.scaleSteps) };
  });
}

function pyramid(size: number, { smallest, ratio }: Preset): number[] {
  // Rounded before it is compared: 512 / sqrt(2)^4 comes out just below 128.
  const side = (k: number) => Math.round(size / ratio ** k);
  const sizes = [size];
  for (let k = 1; side(k) >= smallest; k++) sizes.unshift(side(k));
  return sizes;
}
