/** Sums, means and products of tensors: images [C, H, W] to Gram matrices and scalars, and matrices [rows, columns]. */
import { ShapeError } from "../errors.ts";
import { formatShape } from "../kernels/kernel.ts";
import { apply, composed, type Tensor } from "./graph.ts";
import type { Shape } from "./kinds.ts";
import { addConstant, multiply, scale, sqrt, square, subtract } from "./pointwise.ts";

/**
 * The Gram matrix F Fᵀ / (H W) of features [C, H, W] (Gatys et al. 2016, eq. 3, divided by the number of pixels): [C, C].
 *
 * @example
 * ```ts
 * import { gram, openDevice, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const features = tensor(device, [2, 1, 2], [1, 1, 0, 4]);
 * console.log(await gram(features).read()); // Float32Array(4) [ 1, 2, 2, 8 ]
 * device.dispose();
 * ```
 * @throws {ShapeError} when the tensor is no image [C, H, W].
 * @category Sums and matrices
 */
export function gram(features: Tensor): Tensor {
  const [channels] = imageShape("gram", features);
  return apply({ kind: "gram" }, [features], [channels, channels]);
}

/**
 * The matrix product A B, either operand transposed on request: [M, K] [K, N] -> [M, N].
 *
 * @example
 * ```ts
 * import { matmul, openDevice, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const a = tensor(device, [1, 2], [1, 2]);
 * const b = tensor(device, [2, 2], [3, 4, 5, 6]);
 * console.log(await matmul(a, b).read()); // Float32Array(2) [ 13, 16 ]
 * console.log(await matmul(a, b, { transposeB: true }).read()); // Float32Array(2) [ 11, 17 ]
 * device.dispose();
 * ```
 * @throws {ShapeError} when an operand is no matrix, or the inner dimensions differ.
 * @category Sums and matrices
 */
export function matmul(
  a: Tensor,
  b: Tensor,
  { transposeA = false, transposeB = false }: { transposeA?: boolean; transposeB?: boolean } = {},
): Tensor {
  const [rows, depth] = transposeA ? [a.shape[1], a.shape[0]] : a.shape;
  const [depthB, columns] = transposeB ? [b.shape[1], b.shape[0]] : b.shape;
  if (a.shape.length !== 2 || b.shape.length !== 2 || depth !== depthB) {
    throw new ShapeError(
      `matmul: ${formatShape(a.shape)} times ${formatShape(b.shape)}: the inner dimensions ${depth} and ${depthB} must agree, both operands being matrices.`,
    );
  }
  return apply({ kind: "matmul", transposeA, transposeB }, [a, b], [rows, columns]);
}

/**
 * The transpose of a matrix: [M, N] -> [N, M].
 *
 * @example
 * ```ts
 * import { openDevice, tensor, transpose } from "nst-gpu";
 *
 * const device = await openDevice();
 * const matrix = tensor(device, [2, 2], [1, 2, 3, 4]);
 * console.log(await transpose(matrix).read()); // Float32Array(4) [ 1, 3, 2, 4 ]
 * device.dispose();
 * ```
 * @throws {ShapeError} when the tensor is no matrix.
 * @category Sums and matrices
 */
export function transpose(matrix: Tensor): Tensor {
  if (matrix.shape.length !== 2) {
    throw new ShapeError(`transpose: ${formatShape(matrix.shape)} is no matrix; pass a tensor of two dimensions.`);
  }
  return apply({ kind: "transpose" }, [matrix], [matrix.shape[1], matrix.shape[0]]);
}

/**
 * The sum of all elements, a scalar (shape []). Its order is fixed: the same values give the same bits.
 *
 * @example
 * ```ts
 * import { openDevice, sum, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const x = tensor(device, [3], [1, 2, 3]);
 * console.log(await sum(x).read()); // Float32Array(1) [ 6 ]
 * device.dispose();
 * ```
 * @category Sums and matrices
 */
export const sum = (x: Tensor): Tensor => apply({ kind: "sum", keep: "none" }, [x], []);

/**
 * The sum of each channel: [C, ...] -> [C].
 *
 * @example
 * ```ts
 * import { channelSum, openDevice, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const image = tensor(device, [2, 1, 2], [1, 2, 3, 4]);
 * console.log(await channelSum(image).read()); // Float32Array(2) [ 3, 7 ]
 * device.dispose();
 * ```
 * @category Sums and matrices
 */
export const channelSum = (x: Tensor): Tensor => apply({ kind: "sum", keep: "channels" }, [x], [x.shape[0]]);

/**
 * The mean of all elements, a scalar (shape []).
 *
 * @example
 * ```ts
 * import { mean, openDevice, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const x = tensor(device, [4], [1, 2, 3, 4]);
 * console.log(await mean(x).read()); // Float32Array(1) [ 2.5 ]
 * device.dispose();
 * ```
 * @category Sums and matrices
 */
export const mean = (x: Tensor): Tensor => composed([x], () => scale(sum(x), 1 / x.size));

/**
 * The mean of each channel: [C, H, W] -> [C].
 *
 * @example
 * ```ts
 * import { channelMean, openDevice, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const image = tensor(device, [2, 1, 2], [1, 2, 3, 4]);
 * console.log(await channelMean(image).read()); // Float32Array(2) [ 1.5, 3.5 ]
 * device.dispose();
 * ```
 * @category Sums and matrices
 */
export const channelMean = (x: Tensor): Tensor => composed([x], () => scale(channelSum(x), x.shape[0] / x.size));

/**
 * The standard deviation of each channel, sqrt(population variance + epsilon): [C, H, W] -> [C].
 *
 * @example
 * ```ts
 * import { channelStd, openDevice, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const image = tensor(device, [2, 1, 2], [1, 3, 0, 8]);
 * console.log(await channelStd(image, 0).read()); // Float32Array(2) [ 1, 4 ]
 * device.dispose();
 * ```
 * @category Sums and matrices
 */
export const channelStd = (x: Tensor, epsilon = 1e-5): Tensor =>
  composed([x], () => sqrt(addConstant(channelMean(square(subtract(x, channelMean(x)))), epsilon)));

/**
 * The sum of (a - b)², a scalar (shape []); broadcasts as {@link add}.
 *
 * @example
 * ```ts
 * import { openDevice, squaredError, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const a = tensor(device, [2], [1, 2]);
 * const b = tensor(device, [2], [4, 6]);
 * console.log(await squaredError(a, b).read()); // Float32Array(1) [ 25 ]
 * device.dispose();
 * ```
 * @throws {ShapeError} when the shapes do not fit together.
 * @category Sums and matrices
 */
export const squaredError = (a: Tensor, b: Tensor): Tensor => composed([a, b], () => sum(square(subtract(a, b))));

/**
 * The sum of a b, a scalar (shape []); broadcasts as {@link add}.
 *
 * @example
 * ```ts
 * import { dot, openDevice, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const a = tensor(device, [2], [1, 2]);
 * const b = tensor(device, [2], [3, 4]);
 * console.log(await dot(a, b).read()); // Float32Array(1) [ 11 ]
 * device.dispose();
 * ```
 * @throws {ShapeError} when the shapes do not fit together.
 * @category Sums and matrices
 */
export const dot = (a: Tensor, b: Tensor): Tensor => composed([a, b], () => sum(multiply(a, b)));

/** The shape of an image; throws where a tensor is none. */
export function imageShape(name: string, image: Tensor): Shape {
  if (image.shape.length !== 3) {
    throw new ShapeError(`${name}: a tensor of shape ${formatShape(image.shape)} is no image; pass [C, H, W].`);
  }
  return image.shape;
}
