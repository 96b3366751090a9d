/**
 * Changes of size: 2x2 pooling with stride 2, and upsampling. Of a side of odd length, pooling leaves out the last row
 * or column, as PyTorch does by default.
 */
import { type Array64, requireShape, zeros } from "./arrays.ts";

/** The largest value of each 2x2 square: [C, H, W] to [C, floor(H / 2), floor(W / 2)]. */
export function maxPool2d(x: Array64): Array64 {
  const y = zeros(pooledShape(x.shape));
  forEachSquare(x.shape, (output, square) => {
    y.data[output] = x.data[largest(x, square)];
  });
  return y;
}

/** The gradient goes to the largest value alone; among equal ones to the first in row-major order. */
export function maxPool2dGradient(gradient: Array64, x: Array64): Array64 {
  requireShape("The gradient", gradient.shape, pooledShape(x.shape));
  const result = zeros(x.shape);
  forEachSquare(x.shape, (output, square) => {
    result.data[largest(x, square)] = gradient.data[output];
  });
  return result;
}

/** The mean of each 2x2 square: [C, H, W] to [C, floor(H / 2), floor(W / 2)]. */
export function averagePool2d(x: Array64): Array64 {
  const y = zeros(pooledShape(x.shape));
  forEachSquare(x.shape, (output, square) => {
    for (const input of square) y.data[output] += x.data[input] / 4;
  });
  return y;
}

/** Each of the four values gets a quarter of the gradient. */
export function averagePool2dGradient(gradient: Array64, xShape: readonly number[]): Array64 {
  requireShape("The gradient", gradient.shape, pooledShape(xShape));
  const result = zeros(xShape);
  forEachSquare(xShape, (output, square) => {
    for (const input of square) result.data[input] = gradient.data[output] / 4;
  });
  return result;
}

/** Repeats every pixel `factor` times in both directions: [C, H, W] to [C, factor H, factor W]. */
export function upsampleNearest2d(x: Array64, factor: number): Array64 {
  const [channels, height, width] = x.shape;
  const y = zeros([channels, factor * height, factor * width]);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < factor * height; i++) {
      for (let j = 0; j < factor * width; j++) {
        const from = (c * height + Math.floor(i / factor)) * width + Math.floor(j / factor);
        y.data[(c * factor * height + i) * factor * width + j] = x.data[from];
      }
    }
  }
  return y;
}

/** Each pixel gets the sum of the gradients of its copies. */
export function upsampleNearest2dGradient(gradient: Array64, xShape: readonly number[], factor: number): Array64 {
  const [channels, height, width] = xShape;
  requireShape("The gradient", gradient.shape, [channels, factor * height, factor * width]);
  const result = zeros(xShape);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < factor * height; i++) {
      for (let j = 0; j < factor * width; j++) {
        const from = (c * height + Math.floor(i / factor)) * width + Math.floor(j / factor);
        result.data[from] += gradient.data[(c * factor * height + i) * factor * width + j];
      }
    }
  }
  return result;
}

function pooledShape([channels, height, width]: readonly number[]): number[] {
  return [channels, Math.floor(height / 2), Math.floor(width / 2)];
}

/** Calls `visit` with the place of each output value and those of its four input values, in row-major order. */
function forEachSquare(xShape: readonly number[], visit: (output: number, square: readonly number[]) => void): void {
  const width = xShape[2];
  const [channels, pooledHeight, pooledWidth] = pooledShape(xShape);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < pooledHeight; i++) {
      for (let j = 0; j < pooledWidth; j++) {
        const corner = (c * xShape[1] + 2 * i) * width + 2 * j;
        visit((c * pooledHeight + i) * pooledWidth + j, [corner, corner + 1, corner + width, corner + width + 1]);
      }
    }
  }
}

function largest(x: Array64, square: readonly number[]): number {
  let best = square[0];
  for (const place of square) {
    if (x.data[place] > x.data[best]) best = place; // > and not >=: the first of equal values wins
  }
  return best;
}
