/** The images of a run: decoded once, resized for each scale, never distorted. */
import { alphaRows, colorRows } from "../image/convert.ts";
import { loadImage } from "../image/load.ts";
import type { ImageSource, Picture, Planes, Rows } from "../image/picture.ts";
import { fitSize, resample } from "../image/resize.ts";
import { INITS } from "./options.ts";
import type { Size } from "./preflight.ts";
import type { WeightedStyle } from "./targets.ts";
import type { ValidOptions } from "./validate.ts";

/** The decoded images at the size of their files. */
export interface Images {
  content: Rows;
  /** The content's alpha, which the result gets too; undefined where it is opaque. */
  alpha: Rows | undefined;
  styles: readonly { rows: Rows; weight: number }[];
  /** The image to start from, or the name of a start, if one was given. */
  init: Rows | (typeof INITS)[number] | undefined;
}

/** Reads and decodes everything. Throws ImageError, and the reason of the signal. */
export async function readImages({ content, styles, init, signal }: ValidOptions): Promise<Images> {
  const picture = await read(content, "content image");
  const weighted: { rows: Rows; weight: number }[] = [];
  for (const [index, { image, weight }] of styles.entries()) {
    const name = styles.length > 1 ? `style image ${index + 1}` : "style image";
    weighted.push({ rows: colorRows(await read(image, name)), weight });
  }
  return {
    content: colorRows(picture),
    alpha: alphaRows(picture),
    styles: weighted,
    init: isImage(init) ? colorRows(await read(init, "image to start from")) : init,
  };

  async function read(image: ImageSource, name: string): Promise<Picture> {
    const picture = await loadImage(image, name, signal);
    const { width, height, data } = picture;
    // The caller's own may change during the run.
    return { width, height, data: picture === image ? data.slice() : data };
  }
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

/** Planes of a size. */
export function resized(rows: Rows, { width, height }: Size): Planes {
  return resample(rows, width, height);
}

/** The styles for a scale. */
export function stylesAt({ styles }: Images, longest: number): WeightedStyle[] {
  return styles.map(({ rows, weight }) => ({ planes: resized(rows, styleSizeAt(rows, longest)), weight }));
}

/** The given start for a size: an image, stretched to it, or a name, if there is one. */
export function initAt({ init }: Images, size: Size): Planes | (typeof INITS)[number] | undefined {
  return typeof init === "object" ? resized(init, size) : init;
}
