/** Mean and standard deviation of each channel of [C, H, W], and the normalization made of them. */
import { type Array64, requireShape, zeros } from "./arrays.ts";

/** The mean of each channel: [C, H, W] to [C]. */
export function channelMean(x: Array64): Array64 {
  const [channels, height, width] = x.shape;
  const pixels = height * width;
  const result = zeros([channels]);
  for (let c = 0; c < channels; c++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      result.data[c] += x.data[c * pixels + pixel] / pixels;
    }
  }
  return result;
}

/** 1 / (H W) for each pixel of the channel */
export function channelMeanGradient(gradient: Array64, xShape: readonly number[]): Array64 {
  const [channels, height, width] = xShape;
  requireShape("The gradient", gradient.shape, [channels]);
  const pixels = height * width;
  const result = zeros(xShape);
  for (let c = 0; c < channels; c++) {
    result.data.fill(gradient.data[c] / pixels, c * pixels, (c + 1) * pixels);
  }
  return result;
}

/**
 * The standard deviation of each channel, [C, H, W] to [C]: sqrt(variance + epsilon), where the variance is that of a
 * population, the mean of (x - mean)^2 with H W and not H W - 1 in the denominator.
 */
export function channelStd(x: Array64, epsilon: number): Array64 {
  const [channels, height, width] = x.shape;
  const pixels = height * width;
  const means = channelMean(x);
  const result = zeros([channels]);
  for (let c = 0; c < channels; c++) {
    let variance = 0;
    for (let pixel = 0; pixel < pixels; pixel++) {
      variance += (x.data[c * pixels + pixel] - means.data[c]) ** 2 / pixels;
    }
    result.data[c] = Math.sqrt(variance + epsilon);
  }
  return result;
}

/**
 * (x - mean) / (H W std) for each pixel. That the mean depends on the pixel as well does not matter: its share is
 * proportional to the sum of all (x - mean), which is 0.
 */
export function channelStdGradient(gradient: Array64, x: Array64, epsilon: number): Array64 {
  const [channels, height, width] = x.shape;
  requireShape("The gradient", gradient.shape, [channels]);
  const pixels = height * width;
  const means = channelMean(x);
  const deviations = channelStd(x, epsilon);
  const result = zeros(x.shape);
  for (let c = 0; c < channels; c++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      const place = c * pixels + pixel;
      result.data[place] = (gradient.data[c] * (x.data[place] - means.data[c])) / (pixels * deviations.data[c]);
    }
  }
  return result;
}

/**
 * Instance normalization (Ulyanov et al. 2016): y = (x - mean) / std * scale + shift, with the mean and standard
 * deviation of each channel of `x` [C, H, W] and a `scale` [C] and `shift` [C] that are learned.
 */
export function instanceNorm(x: Array64, scale: Array64, shift: Array64, epsilon: number): Array64 {
  const [channels, height, width] = x.shape;
  requireShape("The scale", scale.shape, [channels]);
  requireShape("The shift", shift.shape, [channels]);
  const pixels = height * width;
  const means = channelMean(x);
  const deviations = channelStd(x, epsilon);
  const y = zeros(x.shape);
  for (let c = 0; c < channels; c++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      const place = c * pixels + pixel;
      const normalized = (x.data[place] - means.data[c]) / deviations.data[c];
      y.data[place] = normalized * scale.data[c] + shift.data[c];
    }
  }
  return y;
}

/**
 * The chain rule, part by part. x acts on y in three ways: directly with the factor scale / std, through the mean with
 * -scale / std, and through the standard deviation with -scale (x - mean) / std^2, both summed over the channel.
 */
export function instanceNormGradient(
  gradient: Array64,
  x: Array64,
  scale: Array64,
  epsilon: number,
): { x: Array64; scale: Array64; shift: Array64 } {
  requireShape("The gradient", gradient.shape, x.shape);
  const [channels, height, width] = x.shape;
  const pixels = height * width;
  const means = channelMean(x);
  const deviations = channelStd(x, epsilon);
  const direct = zeros(x.shape);
  const meanGradient = zeros([channels]);
  const deviationGradient = zeros([channels]);
  const scaleGradient = zeros([channels]);
  const shiftGradient = zeros([channels]);
  for (let c = 0; c < channels; c++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      const place = c * pixels + pixel;
      const normalized = (x.data[place] - means.data[c]) / deviations.data[c];
      const scaled = (gradient.data[place] * scale.data[c]) / deviations.data[c];
      direct.data[place] = scaled;
      meanGradient.data[c] -= scaled;
      deviationGradient.data[c] -= scaled * normalized;
      scaleGradient.data[c] += gradient.data[place] * normalized;
      shiftGradient.data[c] += gradient.data[place];
    }
  }
  const throughMean = channelMeanGradient(meanGradient, x.shape);
  const throughDeviation = channelStdGradient(deviationGradient, x, epsilon);
  for (let place = 0; place < direct.data.length; place++) {
    direct.data[place] += throughMean.data[place] + throughDeviation.data[place];
  }
  return { x: direct, scale: scaleGradient, shift: shiftGradient };
}
