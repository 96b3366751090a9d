/**
 * Two-dimensional convolution as neural networks use the word, which is cross-correlation: the kernel is not mirrored.
 * With p the padded input, s the stride and (u, v) running over the kernel,
 *
 *     y[o, i, j] = bias[o] + sum over c, u, v of weight[o, c, u, v] * p[c, s i + u, s j + v]
 *
 * y is linear in each of p, weight and bias, so its gradients are the same sum with the roles exchanged.
 */
import { ShapeError } from "../../src/errors.ts";
import { type Array64, requireShape, zeros } from "./arrays.ts";
import { evenBorders, type PaddingMode, pad, padGradient } from "./padding.ts";

/** Stride and padding of a convolution. */
export interface ConvolutionOptions {
  /** Step between neighboring outputs, in both directions: 1 or more. */
  stride: number;
  /** Rows and columns added to each of the four borders. */
  padding: number;
  mode: PaddingMode;
}

/**
 * Convolves `x` [Ci, H, W] with `weight` [Co, Ci, KH, KW] and adds `bias` [Co], if there is one.
 * The output is [Co, floor((H + 2 padding - KH) / stride) + 1, floor((W + 2 padding - KW) / stride) + 1].
 */
export function conv2d(x: Array64, weight: Array64, bias: Array64 | undefined, options: ConvolutionOptions): Array64 {
  const { stride } = options;
  const [outputs, channels, kernelHeight, kernelWidth] = weight.shape;
  const y = zeros(outputShape(x.shape, weight.shape, options));
  const [, height, width] = y.shape;
  const padded = pad(x, evenBorders(options.padding), options.mode);
  const [, paddedHeight, paddedWidth] = padded.shape;

  if (bias !== undefined) {
    requireShape("The bias", bias.shape, [outputs]);
    for (let o = 0; o < outputs; o++) y.data.fill(bias.data[o], o * height * width, (o + 1) * height * width);
  }
  for (let o = 0; o < outputs; o++) {
    for (let c = 0; c < channels; c++) {
      for (let u = 0; u < kernelHeight; u++) {
        for (let v = 0; v < kernelWidth; v++) {
          const w = weight.data[((o * channels + c) * kernelHeight + u) * kernelWidth + v];
          for (let i = 0; i < height; i++) {
            const outputRow = (o * height + i) * width;
            const inputRow = (c * paddedHeight + stride * i + u) * paddedWidth + v;
            for (let j = 0; j < width; j++) {
              y.data[outputRow + j] += w * padded.data[inputRow + stride * j];
            }
          }
        }
      }
    }
  }
  return y;
}

/**
 * Gradient with respect to the input. Each p[c, s i + u, s j + v] went into y[o, i, j] with the factor
 * weight[o, c, u, v], so dL/dp[c, s i + u, s j + v] is the sum of weight[o, c, u, v] * dL/dy[o, i, j].
 */
export function conv2dInputGradient(
  gradient: Array64,
  xShape: readonly number[],
  weight: Array64,
  options: ConvolutionOptions,
): Array64 {
  const { stride, padding, mode } = options;
  requireShape("The gradient", gradient.shape, outputShape(xShape, weight.shape, options));
  const [outputs, channels, kernelHeight, kernelWidth] = weight.shape;
  const [, height, width] = gradient.shape;
  const paddedGradient = zeros([channels, xShape[1] + 2 * padding, xShape[2] + 2 * padding]);
  const [, paddedHeight, paddedWidth] = paddedGradient.shape;

  for (let o = 0; o < outputs; o++) {
    for (let c = 0; c < channels; c++) {
      for (let u = 0; u < kernelHeight; u++) {
        for (let v = 0; v < kernelWidth; v++) {
          const w = weight.data[((o * channels + c) * kernelHeight + u) * kernelWidth + v];
          for (let i = 0; i < height; i++) {
            const outputRow = (o * height + i) * width;
            const inputRow = (c * paddedHeight + stride * i + u) * paddedWidth + v;
            for (let j = 0; j < width; j++) {
              paddedGradient.data[inputRow + stride * j] += w * gradient.data[outputRow + j];
            }
          }
        }
      }
    }
  }
  return padGradient(paddedGradient, xShape, evenBorders(padding), mode);
}

/**
 * Gradient with respect to the weights: weight[o, c, u, v] went into every y[o, i, j] with the factor
 * p[c, s i + u, s j + v], so its gradient is the sum over i, j of dL/dy[o, i, j] * p[c, s i + u, s j + v].
 */
export function conv2dWeightGradient(
  gradient: Array64,
  x: Array64,
  weightShape: readonly number[],
  options: ConvolutionOptions,
): Array64 {
  const { stride } = options;
  requireShape("The gradient", gradient.shape, outputShape(x.shape, weightShape, options));
  const [outputs, channels, kernelHeight, kernelWidth] = weightShape;
  const [, height, width] = gradient.shape;
  const padded = pad(x, evenBorders(options.padding), options.mode);
  const [, paddedHeight, paddedWidth] = padded.shape;
  const result = zeros(weightShape);

  for (let o = 0; o < outputs; o++) {
    for (let c = 0; c < channels; c++) {
      for (let u = 0; u < kernelHeight; u++) {
        for (let v = 0; v < kernelWidth; v++) {
          let sum = 0;
          for (let i = 0; i < height; i++) {
            const outputRow = (o * height + i) * width;
            const inputRow = (c * paddedHeight + stride * i + u) * paddedWidth + v;
            for (let j = 0; j < width; j++) {
              sum += gradient.data[outputRow + j] * padded.data[inputRow + stride * j];
            }
          }
          result.data[((o * channels + c) * kernelHeight + u) * kernelWidth + v] = sum;
        }
      }
    }
  }
  return result;
}

/** Gradient with respect to the bias, which is added to every pixel of its channel: the sum over those. */
export function conv2dBiasGradient(gradient: Array64): Array64 {
  const [outputs, height, width] = gradient.shape;
  const result = zeros([outputs]);
  for (let o = 0; o < outputs; o++) {
    for (let pixel = 0; pixel < height * width; pixel++) {
      result.data[o] += gradient.data[o * height * width + pixel];
    }
  }
  return result;
}

function outputShape(
  [channels, height, width]: readonly number[],
  [outputs, weightChannels, kernelHeight, kernelWidth]: readonly number[],
  { stride, padding }: ConvolutionOptions,
): number[] {
  if (channels !== weightChannels) {
    throw new ShapeError(`The input has ${channels} channels, the weight ${weightChannels}. Pass one that fits.`);
  }
  const extent = (side: number, kernel: number) => Math.floor((side + 2 * padding - kernel) / stride) + 1;
  const shape = [outputs, extent(height, kernelHeight), extent(width, kernelWidth)];
  if (shape[1] < 1 || shape[2] < 1) {
    throw new ShapeError(
      `An input of ${height}x${width} with a padding of ${padding} is smaller than the ${kernelHeight}x${kernelWidth} ` +
        "kernel. Pass a larger input.",
    );
  }
  return shape;
}
