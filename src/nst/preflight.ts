/** Checks that a run can work before it begins: image sizes the network can pool, and memory the device has. */
import { LimitExceededError, ShapeError } from "../errors.ts";
import { type Device, megabytes } from "../gpu/device.ts";
import { compareDepth, layersOf } from "../vgg/architecture.ts";
import type { NetworkWeights } from "../vgg/weights.ts";

/** Width and height in pixels. */
export interface Size {
  width: number;
  height: number;
}

/** The limits that a tensor may run into. */
const LIMITS = ["maxStorageBufferBindingSize", "maxBufferSize"] as const;

/** A padded copy of a row is at most this much longer than the row: two pixels of padding and an unfinished strip. */
const EXTRA_COLUMNS = 18;

/**
 * Checks an image against the poolings before the deepest of `layers`.
 * @throws {ShapeError} with the least size that works.
 */
export function checkPoolings(
  name: string,
  { width, height }: Size,
  weights: NetworkWeights,
  layers: readonly string[],
): void {
  const deepest = deepestOf(layers);
  const least = 2 ** (Number(deepest.slice(4).split("_")[0]) - 1);
  if (Math.min(width, height) >= least) return;
  throw new ShapeError(
    `The ${name} is ${width}x${height} pixels at this size, and ${deepest} of ${weights.architecture} needs at least ${least} on the shorter side. Use a larger size, a less narrow image, or shallower layers.`,
  );
}

/**
 * Checks the largest tensor of a step, the padded features of the widest layer, against the device.
 * @throws {LimitExceededError} naming the layer, the limit, and the longest side that fits.
 */
export function checkLimits(
  device: Device,
  { width, height }: Size,
  weights: NetworkWeights,
  layers: readonly string[],
): void {
  const deepest = deepestOf(layers);
  let block = 0;
  for (const { kind, name } of layersOf(weights.architecture)) {
    if (kind === "pooling") block++;
    else if (compareDepth(name, deepest) <= 0) checkLayer(name, weights.channels[name], 2 ** block);
  }

  function checkLayer(name: string, channels: number, divisor: number): void {
    const bytesAt = (w: number, h: number) =>
      4 * channels * (Math.floor(h / divisor) + 2) * (Math.floor(w / divisor) + EXTRA_COLUMNS);
    const bytes = bytesAt(width, height);
    for (const limit of LIMITS) {
      const allowed = device.gpu.limits[limit];
      if (bytes <= allowed) continue;
      const longest = Math.max(width, height);
      const fits = (side: number) => bytesAt((width * side) / longest, (height * side) / longest) <= allowed;
      let largest = longest;
      while (largest > 16 && !fits(largest)) largest -= 8;
      throw new LimitExceededError(
        `The features of ${name} at ${width}x${height} need ${megabytes(bytes)} MB, but ${limit} of ${device.name} is ${megabytes(allowed)} MB. Use a size of at most ${largest}.`,
        limit,
        bytes,
        allowed,
        largest,
      );
    }
  }
}

function deepestOf(layers: readonly string[]): string {
  return [...layers].sort(compareDepth).at(-1)!;
}
