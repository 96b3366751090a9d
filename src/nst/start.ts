/** The image that a scale starts from. */
import type { Planes } from "../image/picture.ts";
import { resize } from "../image/resize.ts";
import type { INITS } from "./options.ts";
import type { WeightedStyle } from "./targets.ts";

/**
 * A color in pixel values, 0..255: red, green, blue.
 *
 * @category Style transfer
 */
export type Color = readonly [number, number, number];

/**
 * What `"noise"` starts from: `share (center + spread random) + (1 - share) content`, each value by itself.
 *
 * @category Style transfer
 */
export interface Noise {
  /** `"normal"` is of standard deviation 1, `"uniform"` between -1 and 1. */
  distribution: "normal" | "uniform";
  /** In pixel values. */
  spread: number;
  center: Color;
  /** 0 to 1. */
  share: number;
}

const MID_GRAY = 127.5;

/** Gray noise: clearly visible, and hardly ever beyond 0..255. */
export const GRAY_NOISE: Noise = {
  distribution: "normal",
  spread: 32,
  center: [MID_GRAY, MID_GRAY, MID_GRAY],
  share: 1,
};

/**
 * Makes the start of the content's size; `init` is a name, or an image of that size. The same `seed` gives the same noise.
 */
export async function startImage(
  init: (typeof INITS)[number] | Planes,
  content: Planes,
  styles: readonly WeightedStyle[],
  seed: number,
  noise: Noise,
): Promise<Planes> {
  switch (init) {
    case "content":
      return content;
    case "color":
      return (await import("./color.ts")).matchColors(content, styles);
    case "gray":
      return { ...content, data: new Float32Array(content.data.length).fill(MID_GRAY) };
    case "noise":
      return { ...content, data: (await import("./noise.ts")).withNoise(content, seed, noise) };
    default:
      return init;
  }
}

/**
 * The start of a scale after another: the result before it, enlarged; or, to keep the detail of this scale's own start,
 * that start plus the enlarged change which the scale before made to its own.
 */
export function carryOver(carry: "image" | "change", result: Planes, startBefore: Planes, startHere: Planes): Planes {
  const { width, height } = startHere;
  if (carry === "image") return clamped(resize(result, width, height), (value) => value);
  const change = { ...result, data: result.data.map((value, index) => clip(value) - startBefore.data[index]) };
  return clamped(resize(change, width, height), (value, index) => value + startHere.data[index]);
}

function clamped(planes: Planes, map: (value: number, index: number) => number): Planes {
  return { ...planes, data: planes.data.map((value, index) => clip(map(value, index))) };
}

function clip(value: number): number {
  return Math.min(255, Math.max(0, value));
}
