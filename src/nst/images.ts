/** The images of a run: decoded once, resized for each scale, never distorted. */
import { alphaPlane, toPlanes } from "../image/convert.ts";
import { loadImage } from "../image/load.ts";
import type { ImageSource, Planes } from "../image/picture.ts";
import { fitSize, resize } from "../image/resize.ts";
import { INITS } from "./options.ts";
import type { Size } from "./preflight.ts";
import type { WeightedStyle } from "./targets.ts";
import type { ValidOptions } from "./validate.ts";

/** The decoded images at the size of their files. */
export interface Images {
  content: Planes;
  /** The content's alpha, which the result gets too; undefined where it is opaque. */
  alpha: Planes | undefined;
  styles: readonly WeightedStyle[];
  /** The image to start from, or the name of a start, if one was given. */
  init: Planes | (typeof INITS)[number] | undefined;
}

/** Reads and decodes everything. Throws ImageError, and the reason of the signal. */
export async function readImages({ content, styles, init, signal }: ValidOptions): Promise<Images> {
  const picture = await loadImage(content, "content image", signal);
  const weighted: WeightedStyle[] = [];
  for (const [index, { image, weight }] of styles.entries()) {
    const name = styles.length > 1 ? `style image ${index + 1}` : "style image";
    weighted.push({ planes: toPlanes(await loadImage(image, name, signal)), weight });
  }
  return {
    content: toPlanes(picture),
    alpha: alphaPlane(picture),
    styles: weighted,
    init: isImage(init) ? toPlanes(await loadImage(init, "image to start from", signal)) : init,
  };
}

function isImage(init: ValidOptions["init"]): init is Exclude<ImageSource, (typeof INITS)[number]> {
  return init !== undefined && !(INITS as readonly unknown[]).includes(init);
}

/** The size of an image whose longest side is to be `longest`. */
export function sizeAt({ width, height }: Size, longest: number): Size {
  return fitSize(width, height, longest);
}

/** The size of a style image: as {@link sizeAt}, but never larger than it is, as that would only blur its strokes. */
export function styleSizeAt({ width, height }: Size, longest: number): Size {
  return fitSize(width, height, Math.min(longest, Math.max(width, height)));
}

/** Planes resized to a size. */
export function resized(planes: Planes, { width, height }: Size): Planes {
  return resize(planes, width, height);
}

/** The styles for a scale. */
export function stylesAt({ styles }: Images, longest: number): WeightedStyle[] {
  return styles.map(({ planes, weight }) => ({ planes: resized(planes, styleSizeAt(planes, longest)), weight }));
}
