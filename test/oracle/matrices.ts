/** Products of matrices. */
import { ShapeError } from "../../src/errors.ts";
import { type Array64, requireShape, zeros } from "./arrays.ts";
import type { PairGradient } from "./pointwise.ts";

/** Which operand of a product is stored transposed, that is `a` as [K, M] or `b` as [N, K]. */
export interface Transposition {
  transposeA?: boolean;
  transposeB?: boolean;
}

/** The product [M, N] of `a` [M, K] and `b` [K, N]: c[m, n] = sum over k of a[m, k] * b[k, n]. */
export function matmul(a: Array64, b: Array64, { transposeA, transposeB }: Transposition = {}): Array64 {
  const left = transposeA ? transpose(a) : a;
  const right = transposeB ? transpose(b) : b;
  const [rows, inner] = left.shape;
  const [rightRows, columns] = right.shape;
  if (inner !== rightRows) {
    throw new ShapeError(`[${left.shape}] times [${right.shape}] is undefined. Pass ${inner} rows on the right.`);
  }
  const result = zeros([rows, columns]);
  for (let m = 0; m < rows; m++) {
    for (let k = 0; k < inner; k++) {
      const factor = left.data[m * inner + k];
      for (let n = 0; n < columns; n++) {
        result.data[m * columns + n] += factor * right.data[k * columns + n];
      }
    }
  }
  return result;
}

/** For C = A B the gradients are dA = dC B^T and dB = A^T dC; an operand stored transposed gets its own transposed. */
export function matmulGradient(
  gradient: Array64,
  a: Array64,
  b: Array64,
  { transposeA, transposeB }: Transposition = {},
): PairGradient {
  const left = transposeA ? transpose(a) : a;
  const right = transposeB ? transpose(b) : b;
  const leftGradient = matmul(gradient, right, { transposeB: true });
  const rightGradient = matmul(left, gradient, { transposeA: true });
  return {
    a: transposeA ? transpose(leftGradient) : leftGradient,
    b: transposeB ? transpose(rightGradient) : rightGradient,
  };
}

/** [M, N] to [N, M]. */
export function transpose(x: Array64): Array64 {
  const [rows, columns] = x.shape;
  const result = zeros([columns, rows]);
  for (let m = 0; m < rows; m++) {
    for (let n = 0; n < columns; n++) {
      result.data[n * rows + m] = x.data[m * columns + n];
    }
  }
  return result;
}

/**
 * The Gram matrix [C, C] of a feature map [C, H, W], which says how often two channels are active together:
 * G[p, q] = 1 / (H W) * sum over pixels of F[p, pixel] * F[q, pixel] (Gatys et al. 2016, divided by the pixels so that
 * images of different sizes compare).
 */
export function gram(features: Array64): Array64 {
  const [channels, height, width] = features.shape;
  const pixels = height * width;
  const result = zeros([channels, channels]);
  for (let p = 0; p < channels; p++) {
    for (let q = 0; q < channels; q++) {
      let sum = 0;
      for (let pixel = 0; pixel < pixels; pixel++) {
        sum += features.data[p * pixels + pixel] * features.data[q * pixels + pixel];
      }
      result.data[p * channels + q] = sum / pixels;
    }
  }
  return result;
}

/**
 * F[p] is in row p and in column p of G, so dF[p] = 1 / (H W) * sum over q of (dG[p, q] + dG[q, p]) F[q].
 * Nothing is assumed of dG; if it is symmetric, as for a style loss, this is 2 / (H W) * dG F.
 */
export function gramGradient(gradient: Array64, features: Array64): Array64 {
  const [channels, height, width] = features.shape;
  requireShape("The gradient", gradient.shape, [channels, channels]);
  const pixels = height * width;
  const result = zeros(features.shape);
  for (let p = 0; p < channels; p++) {
    for (let q = 0; q < channels; q++) {
      const factor = (gradient.data[p * channels + q] + gradient.data[q * channels + p]) / pixels;
      for (let pixel = 0; pixel < pixels; pixel++) {
        result.data[p * pixels + pixel] += factor * features.data[q * pixels + pixel];
      }
    }
  }
  return result;
}
