/** Checks that a run can work before it begins: image sizes the network can pool, and memory the device has. */
import type { Device } from "../gpu/device.ts";
import { fitSize } from "../image/resize.ts";
import { compareDepth, layersOf } from "../vgg/architecture.ts";
import type { NetworkWeights } from "../vgg/weights.ts";
import type { ObjectiveSettings } from "./objective.ts";

/** Width and height in pixels. */
export interface Size {
  width: number;
  height: number;
}

/** A padded copy of a row is at most this much longer than the row: an unfinished strip of 32 pixels, and a vector of padding. */
const EXTRA_COLUMNS = 35;

/** The shorter side of the smallest image of which the poolings before the deepest of `layers` leave something. */
function leastSide(layers: readonly string[], padding: ObjectiveSettings["padding"]): number {
  // relu3_1 follows two poolings. Total variation, and what is mirrored, needs two pixels a side.
  return Math.max(2, 2 ** (Number(deepestOf(layers)[4]) - (padding === "reflect" ? 0 : 1)));
}

/** Whether {@link checkPoolings} lets an image pass. */
export function isLarge(
  { width, height }: Size,
  layers: readonly string[],
  padding: ObjectiveSettings["padding"],
): boolean {
  return Math.min(width, height) >= leastSide(layers, padding);
}

/**
 * Checks an image against the poolings before the deepest of `layers`.
 * @throws {ShapeError} with the least size that works.
 */
export async function checkPoolings(
  name: string,
  image: Size,
  weights: NetworkWeights,
  layers: readonly string[],
  padding: ObjectiveSettings["padding"],
): Promise<void> {
  if (isLarge(image, layers, padding)) return;
  const layer = `${deepestOf(layers)} of ${weights.architecture}`;
  // Loaded only then: pages download less.
  throw (await import("./refused-size.ts")).tooSmall(name, image, layer, leastSide(layers, padding));
}

/**
 * Checks the largest tensor of a step, the padded features of the widest layer, against the device.
 *
 * @param image the image before it is resized
 * @param longest what its longest side will be
 * @param contentLayers those whose features are kept as targets, in float32 on any device
 * @param option the option that decides `longest`
 * @throws {LimitExceededError} naming the layer, the limit, and the longest side that fits.
 */
export async function checkLimits(
  device: Device,
  image: Size,
  longest: number,
  weights: NetworkWeights,
  layers: readonly string[],
  contentLayers: readonly string[] = [],
  option: "size" | "styleSize" = "size",
): Promise<void> {
  const maps = featureMaps(weights, layers).map((map) => ({
    ...map,
    isHalved: device.storesHalves && !contentLayers.includes(map.name.replace("conv", "relu")),
  }));
  const largestAt = (side: number) => largestOf(maps, fitSize(image.width, image.height, side));
  const { bytes } = largestAt(longest);
  if (bytes <= device.largestTensor) return;
  throw (await import("./refused-size.ts")).tooLarge(device, image, longest, largestAt, option);
}

/** Features of a convolution: their planes are smaller than the image by the divisor. */
interface FeatureMap {
  name: string;
  channels: number;
  divisor: number;
}

function featureMaps({ architecture, channels }: NetworkWeights, layers: readonly string[]): FeatureMap[] {
  const deepest = deepestOf(layers);
  const maps: FeatureMap[] = [];
  let divisor = 1;
  for (const { kind, name } of layersOf(architecture)) {
    if (kind === "pooling") divisor *= 2;
    else if (compareDepth(name, deepest) <= 0) maps.push({ name, channels: channels[name], divisor });
  }
  return maps;
}

/** The features that take the most bytes when they are padded. Only rows of whole vectors are stored in 16 bits (half.ts). */
function largestOf(
  maps: readonly (FeatureMap & { isHalved: boolean })[],
  { width, height }: Size,
): { name: string; bytes: number } {
  const all = maps.map(({ name, channels, divisor, isHalved }) => {
    const [rows, columns] = [Math.floor(height / divisor), Math.floor(width / divisor)];
    const bytes = isHalved && columns % 4 === 0 ? 2 : 4;
    return { name, bytes: bytes * channels * (rows + 2) * (columns + EXTRA_COLUMNS) };
  });
  return all.reduce((largest, each) => (each.bytes > largest.bytes ? each : largest));
}

function deepestOf(layers: readonly string[]): string {
  return [...layers].sort(compareDepth).at(-1)!;
}
