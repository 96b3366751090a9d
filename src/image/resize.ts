/**
 * Resampling with the Lanczos filter of three lobes, the way Pillow's `Image.resize(size, LANCZOS)` does it in mode
 * "F". Written here because canvases alias when they shrink, and each browser does so differently.
 */
import { ShapeError } from "../errors.ts";
import type { Planes, Rows } from "./picture.ts";

const LOBES = 3;

/** The inputs that one output is made of: `weights[k]` belongs to input `first + k`; they add up to 1. */
interface Taps {
  first: number;
  weights: Float64Array;
}

/**
 * Planes of another size, any number of channels. Shrinking widens the filter by the ratio, so it does not alias. The
 * filter overshoots at edges: values may leave the range of the input and are not clamped.
 *
 * @throws {ShapeError} when a size is not a whole number of at least 1.
 * @example
 * ```ts
 * import { fitSize, loadImage, resize, toPlanes } from "nst-gpu";
 *
 * const planes = toPlanes(await loadImage("photo.jpg"));
 * const { width, height } = fitSize(planes.width, planes.height, 64);
 * const small = resize(planes, width, height);
 * console.log(small.width, small.height, small.data.length);
 * ```
 * @category Images
 */
export function resize(planes: Planes, width: number, height: number): Planes {
  const row = (index: number) => planes.data.subarray(index * planes.width, (index + 1) * planes.width);
  return resample({ ...planes, row }, width, height);
}

/** As {@link resize}, of planes that come row by row. */
export function resample(rows: Rows, width: number, height: number): Planes {
  if (!isSize(width) || !isSize(height)) {
    throw new ShapeError(`Cannot resize to ${width}x${height}. Pass whole numbers of at least 1.`);
  }
  const wide = resizeRows(rows, width);
  return height === wide.height ? wide : resizeColumns(wide, height);
}

/**
 * The size in pixels whose longer side is `longest` and whose aspect ratio is that of `width` x `height`, rounded; no side is below 1.
 *
 * @example
 * ```ts
 * import { fitSize } from "nst-gpu";
 *
 * console.log(fitSize(4000, 3000, 512)); // { width: 512, height: 384 }
 * ```
 * @category Images
 */
export function fitSize(width: number, height: number, longest: number): { width: number; height: number } {
  const scale = longest / Math.max(width, height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

function isSize(size: number): boolean {
  return Number.isInteger(size) && size >= 1;
}

function resizeRows({ width, height, channels, row: rowOf }: Rows, newWidth: number): Planes {
  const taps = lanczosTaps(width, newWidth);
  const result = new Float32Array(channels * height * newWidth);
  for (let row = 0; row < channels * height; row++) {
    const line = rowOf(row);
    if (newWidth === width) {
      result.set(line, row * width);
      continue;
    }
    for (let x = 0; x < newWidth; x++) {
      const { first, weights } = taps[x];
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k] * line[first + k];
      result[row * newWidth + x] = sum;
    }
  }
  return { width: newWidth, height, channels, data: result };
}

function resizeColumns({ width, height, channels, data }: Planes, newHeight: number): Planes {
  const taps = lanczosTaps(height, newHeight);
  const result = new Float32Array(channels * newHeight * width);
  const sums = new Float64Array(width); // whole rows at a time, in the order of memory
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < newHeight; y++) {
      const { first, weights } = taps[y];
      sums.fill(0);
      for (let k = 0; k < weights.length; k++) {
        const start = (c * height + first + k) * width;
        for (let x = 0; x < width; x++) sums[x] += weights[k] * data[start + x];
      }
      result.set(sums, (c * newHeight + y) * width);
    }
  }
  return { width, height: newHeight, channels, data: result };
}

/** Weights of every output. Where the filter reaches over the edge it is cut off and the rest normalized. */
function lanczosTaps(size: number, newSize: number): Taps[] {
  const scale = size / newSize;
  const stretch = Math.max(1, scale);
  const support = LOBES * stretch;
  return Array.from({ length: newSize }, (_, i) => {
    const center = (i + 0.5) * scale;
    const first = Math.max(0, Math.floor(center - support + 0.5));
    const end = Math.min(size, Math.floor(center + support + 0.5));
    const weights = Float64Array.from({ length: end - first }, (_, k) => lanczos((first + k + 0.5 - center) / stretch));
    const total = weights.reduce((sum, w) => sum + w, 0);
    return { first, weights: weights.map((w) => w / total) };
  });
}

function lanczos(x: number): number {
  return Math.abs(x) < LOBES ? sinc(x) * sinc(x / LOBES) : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}
