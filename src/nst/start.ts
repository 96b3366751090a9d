/** The image that a scale starts from. */
import type { Planes } from "../image/picture.ts";
import { resize } from "../image/resize.ts";
import { matchColors } from "./color.ts";
import type { INITS } from "./options.ts";
import { normal } from "./random.ts";
import type { WeightedStyle } from "./targets.ts";

const MID_GRAY = 127.5;
/** Standard deviation of the noise in pixel values: clearly visible, and hardly ever beyond 0..255. */
const NOISE = 32;

/** Makes the start of the content's size; `init` is a name, or an image, which is stretched to that size. */
export function startImage(
  init: (typeof INITS)[number] | Planes,
  content: Planes,
  styles: readonly WeightedStyle[],
  seed: number,
): Planes {
  switch (init) {
    case "content":
      return content;
    case "color":
      return matchColors(content, styles);
    case "gray":
      return { ...content, data: new Float32Array(content.data.length).fill(MID_GRAY) };
    case "noise": {
      const next = normal(seed);
      return { ...content, data: new Float32Array(content.data.length).map(() => MID_GRAY + NOISE * next()) };
    }
    default:
      return resize(init, content.width, content.height);
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
