/**
 * Color statistics: moves the colors of one image to the mean and covariance of another by the symmetric linear map (the
 * Monge map between Gaussians: Pitié and Kokaram 2007, eq. 10), the gentlest of all maps that do.
 */
import type { Planes } from "../image/picture.ts";
import type { WeightedStyle } from "./targets.ts";

/** A 3x3 matrix, row by row. */
type Matrix = readonly number[];

/** Added to the diagonal of covariances, so that images of one color can be matched too. */
const REGULARIZATION = 1e-3;

interface Statistics {
  mean: readonly number[];
  covariance: Matrix;
}

/** `image` with the mean and covariance that `sources` have together, clamped to 0..255. */
export function matchColors(image: Planes, sources: readonly WeightedStyle[]): Planes {
  const from = statistics([{ planes: image, weight: 1 }]);
  const to = statistics(sources);
  const root = power(from.covariance, 0.5);
  const inverseRoot = power(from.covariance, -0.5);
  const map = product(product(inverseRoot, power(product(product(root, to.covariance), root), 0.5)), inverseRoot);
  const size = image.width * image.height;
  const data = new Float32Array(3 * size);
  for (let i = 0; i < size; i++) {
    const [r, g, b] = [0, 1, 2].map((c) => image.data[c * size + i] - from.mean[c]);
    for (let c = 0; c < 3; c++) {
      const value = to.mean[c] + map[3 * c] * r + map[3 * c + 1] * g + map[3 * c + 2] * b;
      data[c * size + i] = Math.min(255, Math.max(0, value));
    }
  }
  return { ...image, data };
}

/** Mean and covariance of the mixture of images. */
function statistics(sources: readonly WeightedStyle[]): Statistics {
  const mean = [0, 0, 0];
  const second = Array<number>(9).fill(0);
  for (const { planes, weight } of sources) {
    const size = planes.width * planes.height;
    for (let i = 0; i < size; i++) {
      for (let c = 0; c < 3; c++) {
        const value = (planes.data[c * size + i] * weight) / size;
        mean[c] += value;
        for (let d = 0; d < 3; d++) second[3 * c + d] += value * planes.data[d * size + i];
      }
    }
  }
  const covariance = second.map((value, k) => value - mean[Math.floor(k / 3)] * mean[k % 3]);
  for (const k of [0, 4, 8]) covariance[k] += REGULARIZATION;
  return { mean, covariance };
}

function product(a: Matrix, b: Matrix): Matrix {
  return Array.from({ length: 9 }, (_, k) => {
    const [row, column] = [Math.floor(k / 3), k % 3];
    return a[3 * row] * b[column] + a[3 * row + 1] * b[3 + column] + a[3 * row + 2] * b[6 + column];
  });
}

/** A power of a symmetric positive matrix, by its eigenvectors (cyclic Jacobi rotations: Golub and Van Loan, section 8.5). */
function power(matrix: Matrix, exponent: number): Matrix {
  let diagonal: Matrix = matrix;
  let vectors: Matrix = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  for (let sweep = 0; sweep < 12; sweep++) {
    for (const [p, q] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ]) {
      const off = diagonal[3 * p + q];
      if (Math.abs(off) < 1e-300) continue;
      const angle = 0.5 * Math.atan2(2 * off, diagonal[4 * p] - diagonal[4 * q]);
      const rotation = [1, 0, 0, 0, 1, 0, 0, 0, 1];
      rotation[4 * p] = rotation[4 * q] = Math.cos(angle);
      rotation[3 * p + q] = -Math.sin(angle);
      rotation[3 * q + p] = Math.sin(angle);
      const transposed = rotation.map((_, k) => rotation[3 * (k % 3) + Math.floor(k / 3)]);
      diagonal = product(product(transposed, diagonal), rotation);
      vectors = product(vectors, rotation);
    }
  }
  const values = [0, 4, 8].map((k) => Math.max(diagonal[k], 1e-6) ** exponent);
  return Array.from({ length: 9 }, (_, k) => {
    const [row, column] = [Math.floor(k / 3), k % 3];
    return [0, 1, 2].reduce((sum, i) => sum + vectors[3 * row + i] * values[i] * vectors[3 * column + i], 0);
  });
}
