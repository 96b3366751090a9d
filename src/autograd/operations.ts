/**
 * The operations on images, [C, H, W] planes; weights are [O, I, KH, KW]. Each function checks shapes and adds one node to the graph, or
 * runs it at once where all inputs have values.
 */
import { InvalidOptionError, ShapeError } from "../errors.ts";
import { formatShape } from "../kernels/kernel.ts";
import { PADDINGS, type Padding, type PaddingMode, paddedSize } from "../kernels/pad.ts";
import { apply, composed, type Tensor } from "./graph.ts";
import { add, pow, relu, square, subtract } from "./pointwise.ts";
import { imageShape, sum } from "./reductions.ts";

/**
 * Options of {@link conv2d}.
 *
 * @category Image operations
 */
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
 * ```ts
 * import { conv2d, openDevice, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const image = tensor(device, [1, 3, 3], [0, 0, 0, 0, 1, 0, 0, 0, 0]);
 * const weight = tensor(device, [1, 1, 3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
 * const bias = tensor(device, [1], [-5]);
 * const result = conv2d(image, weight, { bias, padding: 1, activation: "relu" });
 * console.log(await result.read()); // Float32Array(9) [ 4, 3, 2, 1, 0, 0, 0, 0, 0 ]
 * device.dispose();
 * ```
 * @throws {ShapeError} when the channels do not agree or the kernel does not fit into the padded image.
 * @throws {InvalidOptionError} when the stride or the padding is out of range.
 * @category Image operations
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

/**
 * Largest of each 2x2 window, stride 2: [C, H, W] -> [C, floor(H/2), floor(W/2)]. Ties send the gradient to the first.
 *
 * @example
 * ```ts
 * import { maxPool2d, openDevice, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const image = tensor(device, [1, 2, 4], [1, 2, 3, 4, 5, 6, 7, 8]);
 * console.log(await maxPool2d(image).read()); // Float32Array(2) [ 6, 8 ]
 * device.dispose();
 * ```
 * @throws {ShapeError} when the tensor is no image, or has no 2x2 window.
 * @category Image operations
 */
export const maxPool2d = (image: Tensor): Tensor => pool(image, "max");

/**
 * Mean of each 2x2 window, stride 2: [C, H, W] -> [C, floor(H/2), floor(W/2)].
 *
 * @example
 * ```ts
 * import { averagePool2d, openDevice, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const image = tensor(device, [1, 2, 4], [1, 2, 3, 4, 5, 6, 7, 8]);
 * console.log(await averagePool2d(image).read()); // Float32Array(2) [ 3.5, 5.5 ]
 * device.dispose();
 * ```
 * @throws {ShapeError} when the tensor is no image, or has no 2x2 window.
 * @category Image operations
 */
export const averagePool2d = (image: Tensor): Tensor => pool(image, "average");

function pool(image: Tensor, pooling: "max" | "average"): Tensor {
  const [channels, height, width] = imageShape(`${pooling}Pool2d`, image);
  if (height < 2 || width < 2) {
    throw new ShapeError(`${pooling}Pool2d: an image of ${height}x${width} has no 2x2 window; use a larger image.`);
  }
  return apply({ kind: "pool", pooling }, [image], [channels, height >> 1, width >> 1]);
}

/**
 * Rows and columns to add to each side, or to cut off: whole numbers from 0, default 0.
 *
 * @category Image operations
 */
export interface Sides {
  top?: number;
  bottom?: number;
  left?: number;
  right?: number;
}

/**
 * Extends an image on each side: [C, H, W] -> [C, top + H + bottom, left + W + right]. `mode` says by what, default zeros; "reflect"
 * mirrors about the edge pixel without repeating it.
 *
 * @example
 * ```ts
 * import { openDevice, pad, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const image = tensor(device, [1, 1, 3], [1, 2, 3]);
 * console.log(await pad(image, { left: 2 }, "reflect").read()); // Float32Array(5) [ 3, 2, 1, 2, 3 ]
 * device.dispose();
 * ```
 * @throws {ShapeError} when the tensor is no image, or too small for the mode.
 * @throws {InvalidOptionError} when a side is no whole number from 0.
 * @category Image operations
 */
export function pad(image: Tensor, sides: Sides, mode: PaddingMode = "zero"): Tensor {
  const [channels, height, width] = imageShape("pad", image);
  const { top = 0, bottom = 0, left = 0, right = 0 } = sides;
  const padding = { mode, top, bottom, left, right, extraRows: 0, extraColumns: 0 };
  checkPadding("pad", padding, height, width);
  const [rows, columns] = paddedSize(height, width, padding);
  return apply({ kind: "pad", padding }, [image], [channels, rows, columns]);
}

/**
 * Cuts rows and columns off each side: [C, H, W] -> [C, H - top - bottom, W - left - right].
 *
 * @example
 * ```ts
 * import { crop, openDevice, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const image = tensor(device, [1, 1, 4], [1, 2, 3, 4]);
 * console.log(await crop(image, { left: 1 }).read()); // Float32Array(3) [ 2, 3, 4 ]
 * device.dispose();
 * ```
 * @throws {ShapeError} when the tensor is no image, or nothing of it would be left.
 * @throws {InvalidOptionError} when a side is no whole number from 0.
 * @category Image operations
 */
export function crop(image: Tensor, sides: Sides): Tensor {
  const [channels, height, width] = imageShape("crop", image);
  const { top = 0, bottom = 0, left = 0, right = 0 } = sides;
  checkSides("crop", { top, bottom, left, right });
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
  if (rows < 1 || columns < 1) {
    throw new ShapeError(
      `crop: ${top} + ${bottom} rows and ${left} + ${right} columns cannot be cut from ${height}x${width}; leave at least one.`,
    );
  }
  return apply({ kind: "pad", padding }, [image], [channels, rows, columns]);
}

/**
 * Repeats each pixel `factor` times, a whole number from 1, in both directions: [C, H, W] -> [C, factor H, factor W].
 *
 * @example
 * ```ts
 * import { openDevice, tensor, upsampleNearest } from "nst-gpu";
 *
 * const device = await openDevice();
 * const image = tensor(device, [1, 1, 2], [1, 2]);
 * const larger = upsampleNearest(image, 2);
 * console.log(larger.shape); // [ 1, 2, 4 ]
 * console.log((await larger.read()).join()); // 1,1,2,2,1,1,2,2
 * device.dispose();
 * ```
 * @throws {ShapeError} when the tensor is no image [C, H, W].
 * @throws {InvalidOptionError} when the factor is no whole number from 1.
 * @category Image operations
 */
export function upsampleNearest(image: Tensor, factor: number): Tensor {
  const [channels, height, width] = imageShape("upsampleNearest", image);
  if (!Number.isInteger(factor) || factor < 1) {
    throw new InvalidOptionError(`upsampleNearest: factor is ${factor}; use a whole number from 1.`);
  }
  return apply({ kind: "upsample", factor }, [image], [channels, height * factor, width * factor]);
}

/**
 * Total variation of an image, a scalar that is small for smooth images.
 * "l2": the sum of squared differences to the right and to the lower neighbour.
 * "keras": the sum of (dx² + dy²)^1.25 over the pixels that have both neighbours, as the Keras example has it.
 *
 * @example
 * ```ts
 * import { openDevice, tensor, totalVariation } from "nst-gpu";
 *
 * const device = await openDevice();
 * const image = tensor(device, [1, 2, 2], [0, 1, 2, 3]);
 * console.log(await totalVariation(image).read()); // Float32Array(1) [ 10 ]
 * device.dispose();
 * ```
 * @throws {ShapeError} when the tensor is no image [C, H, W] of at least 2x2 pixels.
 * @category Image operations
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

function checkSides(name: string, { top, bottom, left, right }: Required<Sides>): void {
  if ([top, bottom, left, right].every((side) => Number.isInteger(side) && side >= 0)) return;
  throw new InvalidOptionError(
    `${name}: sides of ${top}, ${bottom}, ${left}, ${right} (top, bottom, left, right); use whole numbers from 0.`,
  );
}

function checkPadding(name: string, padding: Padding, height: number, width: number): void {
  const { mode, top, bottom, left, right } = padding;
  checkSides(name, padding);
  const reach = { zero: Infinity, replicate: Infinity, reflect: -1, circular: 0 }[mode];
  if (reach === undefined) throw new InvalidOptionError(`${name}: mode is "${mode}"; use ${PADDINGS.join(" or ")}.`);
  if (Math.max(top, bottom) > height + reach || Math.max(left, right) > width + reach) {
    throw new ShapeError(
      `${name}: an image of ${height}x${width} is too small for ${mode} padding of ${Math.max(top, bottom, left, right)}; use a larger image or less padding.`,
    );
  }
}
