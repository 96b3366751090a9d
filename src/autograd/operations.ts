/**
 * The operations on images and matrices. Images are [C, H, W] planes, matrices [rows, columns], weights [O, I, KH, KW].
 * Each function checks shapes and adds one node to the graph, or runs it at once where all inputs have values.
 */
import { InvalidOptionError, ShapeError } from "../errors.ts";
import { formatShape } from "../kernels/kernel.ts";
import { type Padding, type PaddingMode, paddedSize } from "../kernels/pad.ts";
import { apply, composed, type Shape, type Tensor } from "./graph.ts";
import { add, addConstant, multiply, pow, relu, scale, sqrt, square, subtract } from "./pointwise.ts";

/** Options of {@link conv2d}. */
export interface Conv2dOptions {
  /** One value per output channel, [O]. */
  bias?: Tensor;
  /** 1 (default) or 2. */
  stride?: number;
  /** Rows and columns added on every side, default 0. */
  padding?: number;
  /** What is added, default "zero". */
  mode?: PaddingMode;
  /** Applied to the result in the same kernel. */
  activation?: "relu";
}

/**
 * Cross-correlation of an image [I, H, W] with weights [O, I, KH, KW], as PyTorch's conv2d:
 * [O, floor((H + 2 padding - KH) / stride) + 1, floor((W + 2 padding - KW) / stride) + 1].
 *
 * @example
 * const features = conv2d(image, weight, { bias, padding: 1, activation: "relu" });
 * @throws {ShapeError} when the channels do not agree or the kernel does not fit into the padded image.
 */
export function conv2d(image: Tensor, weight: Tensor, options: Conv2dOptions = {}): Tensor {
  const { bias, stride = 1, padding = 0, mode = "zero", activation } = options;
  const [inputs, height, width] = imageShape("conv2d", image);
  if (weight.shape.length !== 4 || weight.shape[1] !== inputs) {
    throw new ShapeError(
      `conv2d: weights ${formatShape(weight.shape)} do not fit an image ${formatShape(image.shape)}; they must be [outputs, ${inputs}, height, width].`,
    );
  }
  if (stride !== 1 && stride !== 2) throw new InvalidOptionError(`conv2d: stride is ${stride}; use 1 or 2.`);
  const around = evenPadding("conv2d", padding, mode, height, width);
  return composed(bias ? [image, weight, bias] : [image, weight], () => {
    const convolved = convolve(image, weight, stride, around, false);
    const biased = bias ? add(convolved, bias) : convolved;
    return activation === "relu" ? relu(biased) : biased;
  });
}

/** The linear part of {@link conv2d}; `transposed` uses the weights flipped with inputs and outputs exchanged. */
export function convolve(image: Tensor, weight: Tensor, stride: number, padding: Padding, transposed: boolean): Tensor {
  const [rows, columns] = paddedSize(image.shape[1], image.shape[2], padding);
  const [, , kernelHeight, kernelWidth] = weight.shape;
  const height = Math.floor((rows - kernelHeight) / stride) + 1;
  const width = Math.floor((columns - kernelWidth) / stride) + 1;
  if (height < 1 || width < 1) {
    throw new ShapeError(
      `conv2d: a kernel of ${kernelHeight}x${kernelWidth} does not fit into an image of ${rows}x${columns} (padding included); use a larger image.`,
    );
  }
  const outputs = weight.shape[transposed ? 1 : 0];
  return apply({ kind: "conv2d", stride, padding, transposed }, [image, weight], [outputs, height, width]);
}

/** Largest of each 2x2 window, stride 2: [C, H, W] -> [C, floor(H/2), floor(W/2)]. Ties send the gradient to the first. */
export const maxPool2d = (image: Tensor): Tensor => pool(image, "max");

/** Mean of each 2x2 window, stride 2: [C, H, W] -> [C, floor(H/2), floor(W/2)]. */
export const averagePool2d = (image: Tensor): Tensor => pool(image, "average");

function pool(image: Tensor, pooling: "max" | "average"): Tensor {
  const [channels, height, width] = imageShape(`${pooling}Pool2d`, image);
  if (height < 2 || width < 2) {
    throw new ShapeError(`${pooling}Pool2d: an image of ${height}x${width} has no 2x2 window; use a larger image.`);
  }
  return apply({ kind: "pool", pooling }, [image], [channels, height >> 1, width >> 1]);
}

/** Rows and columns to add on each side. */
export interface Sides {
  top?: number;
  bottom?: number;
  left?: number;
  right?: number;
}

/** Extends an image on each side; "reflect" mirrors about the edge pixel without repeating it. */
export function pad(image: Tensor, sides: Sides, mode: PaddingMode = "zero"): Tensor {
  const [channels, height, width] = imageShape("pad", image);
  const { top = 0, bottom = 0, left = 0, right = 0 } = sides;
  const padding = { mode, top, bottom, left, right, extraRows: 0, extraColumns: 0 };
  checkPadding("pad", padding, height, width);
  const [rows, columns] = paddedSize(height, width, padding);
  return apply({ kind: "pad", padding }, [image], [channels, rows, columns]);
}

/** Cuts rows and columns off each side. */
export function crop(image: Tensor, sides: Sides): Tensor {
  const [channels, height, width] = imageShape("crop", image);
  const { top = 0, bottom = 0, left = 0, right = 0 } = sides;
  const padding: Padding = {
    mode: "zero",
    top: -top,
    bottom: -bottom,
    left: -left,
    right: -right,
    extraRows: 0,
    extraColumns: 0,
  };
  const [rows, columns] = paddedSize(height, width, padding);
  if (Math.min(top, bottom, left, right) < 0 || rows < 1 || columns < 1) {
    throw new ShapeError(
      `crop: ${top} + ${bottom} rows and ${left} + ${right} columns cannot be cut from ${height}x${width}; cut 0 or more and leave at least one.`,
    );
  }
  return apply({ kind: "pad", padding }, [image], [channels, rows, columns]);
}

/** Repeats each pixel `factor` times in both directions. */
export function upsampleNearest(image: Tensor, factor: number): Tensor {
  const [channels, height, width] = imageShape("upsampleNearest", image);
  if (!Number.isInteger(factor) || factor < 1) {
    throw new InvalidOptionError(`upsampleNearest: factor is ${factor}; use a whole number from 1.`);
  }
  return apply({ kind: "upsample", factor }, [image], [channels, height * factor, width * factor]);
}

/** The Gram matrix F Fᵀ / (H W) of features [C, H, W] (Gatys et al. 2016, eq. 3, divided by the number of pixels): [C, C]. */
export function gram(features: Tensor): Tensor {
  const [channels] = imageShape("gram", features);
  return apply({ kind: "gram" }, [features], [channels, channels]);
}

/** The matrix product A B, either operand transposed on request: [M, K] [K, N] -> [M, N]. */
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

/** The transpose of a matrix. */
export function transpose(matrix: Tensor): Tensor {
  if (matrix.shape.length !== 2) {
    throw new ShapeError(`transpose: ${formatShape(matrix.shape)} is no matrix; pass a tensor of two dimensions.`);
  }
  return apply({ kind: "transpose" }, [matrix], [matrix.shape[1], matrix.shape[0]]);
}

/** The sum of all elements, a scalar (shape []). */
export const sum = (x: Tensor): Tensor => apply({ kind: "sum", keep: "none" }, [x], []);

/** The sum of each channel: [C, ...] -> [C]. */
export const channelSum = (x: Tensor): Tensor => apply({ kind: "sum", keep: "channels" }, [x], [x.shape[0]]);

/** The mean of all elements, a scalar. */
export const mean = (x: Tensor): Tensor => composed([x], () => scale(sum(x), 1 / x.size));

/** The mean of each channel: [C, H, W] -> [C]. */
export const channelMean = (x: Tensor): Tensor => composed([x], () => scale(channelSum(x), x.shape[0] / x.size));

/** The standard deviation of each channel, sqrt(population variance + epsilon): [C, H, W] -> [C]. */
export const channelStd = (x: Tensor, epsilon = 1e-5): Tensor =>
  composed([x], () => sqrt(addConstant(channelMean(square(subtract(x, channelMean(x)))), epsilon)));

/** The sum of (a - b)², a scalar. */
export const squaredError = (a: Tensor, b: Tensor): Tensor => composed([a, b], () => sum(square(subtract(a, b))));

/** The sum of a b, a scalar. */
export const dot = (a: Tensor, b: Tensor): Tensor => composed([a, b], () => sum(multiply(a, b)));

/**
 * Total variation of an image, a scalar that is small for smooth images.
 * "l2": the sum of squared differences to the right and to the lower neighbour.
 * "keras": the sum of (dx² + dy²)^1.25 over the pixels that have both neighbours, as the Keras example has it.
 */
export function totalVariation(image: Tensor, kind: "l2" | "keras" = "l2"): Tensor {
  imageShape("totalVariation", image);
  return composed([image], () => (kind === "l2" ? squaredDifferences(image) : kerasVariation(image)));
}

/** Differences to the right and to the lower neighbour. */
function differences(image: Tensor): [dx: Tensor, dy: Tensor] {
  const dx = subtract(crop(image, { left: 1 }), crop(image, { right: 1 }));
  const dy = subtract(crop(image, { top: 1 }), crop(image, { bottom: 1 }));
  return [dx, dy];
}

function squaredDifferences(image: Tensor): Tensor {
  const [dx, dy] = differences(image);
  return add(sum(square(dx)), sum(square(dy)));
}

function kerasVariation(image: Tensor): Tensor {
  const [dx, dy] = differences(image);
  const length = add(square(crop(dx, { bottom: 1 })), square(crop(dy, { right: 1 })));
  return sum(pow(length, 1.25));
}

/** Padding by the same number of rows and columns on every side. */
function evenPadding(name: string, size: number, mode: PaddingMode, height: number, width: number): Padding {
  const padding = { mode, top: size, bottom: size, left: size, right: size, extraRows: 0, extraColumns: 0 };
  checkPadding(name, padding, height, width);
  return padding;
}

function checkPadding(name: string, padding: Padding, height: number, width: number): void {
  const { mode, top, bottom, left, right } = padding;
  if (![top, bottom, left, right].every((side) => Number.isInteger(side) && side >= 0)) {
    throw new InvalidOptionError(
      `${name}: padding of ${top}, ${bottom}, ${left}, ${right} (top, bottom, left, right); use whole numbers from 0.`,
    );
  }
  const reach = { zero: Infinity, replicate: Infinity, reflect: -1, circular: 0 }[mode];
  if (Math.max(top, bottom) > height + reach || Math.max(left, right) > width + reach) {
    throw new ShapeError(
      `${name}: an image of ${height}x${width} is too small for ${mode} padding of ${Math.max(top, bottom, left, right)}; use a larger image or less padding.`,
    );
  }
}

function imageShape(name: string, image: Tensor): Shape {
  if (image.shape.length !== 3) {
    throw new ShapeError(`${name}: a tensor of shape ${formatShape(image.shape)} is no image; pass [C, H, W].`);
  }
  return image.shape;
}
