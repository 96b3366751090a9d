/**
 * Crop and rotation of a picture: first quarter turns, then a rectangle of the turned picture. Whole pixels move and none is
 * computed anew, so the same edit of the same file gives the same pixels on every computer.
 */
import type { Picture } from "nst-gpu";

/** Width and height in pixels. */
export interface Size {
  width: number;
  height: number;
}

/** A rectangle in pixels, from the top left. */
export interface Rectangle extends Size {
  x: number;
  y: number;
}

/** What is done to a picture before it is used. */
export interface Edit {
  /** Quarter turns clockwise, 0 to 3. */
  turns: number;
  /** The part that is kept, in pixels of the turned picture. Default: all. */
  crop?: Rectangle;
}

/** Leaves a picture as it is. */
export const UNEDITED: Edit = { turns: 0 };

/** Whether an edit changes anything. */
export function isUnedited({ turns, crop }: Edit): boolean {
  return turns === 0 && crop === undefined;
}

/** The size after the turns, before the crop. */
export function turnedSize({ width, height }: Size, { turns }: Edit): Size {
  return turns % 2 === 1 ? { width: height, height: width } : { width, height };
}

/** The size after turns and crop. */
export function editedSize(size: Size, edit: Edit): Size {
  const { width, height } = edit.crop ?? turnedSize(size, edit);
  return { width, height };
}

/** A rectangle of whole pixels inside of a picture, at least one pixel large. */
export function fitted({ x, y, width, height }: Rectangle, size: Size): Rectangle {
  const left = clamp(Math.round(x), 0, size.width - 1);
  const top = clamp(Math.round(y), 0, size.height - 1);
  return {
    x: left,
    y: top,
    width: clamp(Math.round(width), 1, size.width - left),
    height: clamp(Math.round(height), 1, size.height - top),
  };
}

/** What is kept, in pixels of the picture before it is turned. */
export function keptPart(size: Size, edit: Edit): Rectangle {
  const { width, height } = size;
  const crop = edit.crop;
  if (!crop) return { x: 0, y: 0, width, height };
  const right = crop.x + crop.width;
  const bottom = crop.y + crop.height;
  switch (edit.turns) {
    case 1:
      return { x: crop.y, y: height - right, width: crop.height, height: crop.width };
    case 2:
      return { x: width - right, y: height - bottom, width: crop.width, height: crop.height };
    case 3:
      return { x: width - bottom, y: crop.x, width: crop.height, height: crop.width };
    default:
      return crop;
  }
}

/** The edit after one more quarter turn clockwise; the crop turns with the picture. */
export function turnedOnce(size: Size, { turns, crop }: Edit): Edit {
  const { height } = turnedSize(size, { turns });
  const next = (turns + 1) % 4;
  if (!crop) return { turns: next };
  return {
    turns: next,
    crop: { x: height - crop.y - crop.height, y: crop.x, width: crop.height, height: crop.width },
  };
}

/** The edited pixels. */
export function applyEdit(picture: Picture, edit: Edit): Picture {
  if (isUnedited(edit)) return picture;
  const part = keptPart(picture, edit);
  const { width, height } = turnedSize(part, edit);
  const source = new Uint32Array(new Uint8Array(picture.data).buffer);
  const pixels = new Uint32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [column, row] = beforeTurns(x, y, part, edit.turns);
      pixels[y * width + x] = source[(part.y + row) * picture.width + part.x + column];
    }
  }
  return { width, height, data: new Uint8ClampedArray(pixels.buffer) };
}

/** Where a pixel of the turned part was before. */
function beforeTurns(x: number, y: number, { width, height }: Size, turns: number): [x: number, y: number] {
  if (turns === 1) return [y, height - 1 - x];
  if (turns === 2) return [width - 1 - x, height - 1 - y];
  if (turns === 3) return [width - 1 - y, x];
  return [x, y];
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
