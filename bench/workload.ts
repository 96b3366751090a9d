/**
 * The work that every engine does: VGG19 as far as conv5_1 with seeded weights, three seeded images, and a loss with
 * content at relu4_2 and Gram style on relu1_1, ... relu5_1.
 *
 *   loss = mean (F - P)² + 1000 sum over the style layers of mean (G - A)²,   G = F Fᵀ / (N M)
 *
 * F are the features of the image at a layer of N channels and M pixels, P those of the content, A the Gram matrix of the
 * style. Three modes: `forward` is the mean of relu5_1, `gradient` the loss and its gradient to the image, `step` those and
 * one step of Adam.
 */

/** What one run computes. */
export type Mode = "forward" | "gradient" | "step";

/** In this order, because what the first mode compiles is reported as the first step's time. */
export const MODES: readonly Mode[] = ["gradient", "step", "forward"];

/** A 3x3 convolution with padding 1, followed by a ReLU. */
export interface ConvolutionLayer {
  name: string;
  inputs: number;
  outputs: number;
  /** Poolings before it: the image is `2 ** poolings` times smaller on each side. */
  poolings: number;
}

const CONVOLUTIONS_IN_BLOCK = [2, 2, 4, 4, 1];
const WIDTHS = [64, 128, 256, 512, 512];

/** The convolutions from conv1_1 to conv5_1; a pooling comes before the first of each block but the first. */
export const LAYERS: readonly ConvolutionLayer[] = CONVOLUTIONS_IN_BLOCK.flatMap((count, block) =>
  Array.from({ length: count }, (_, index) => ({
    name: `conv${block + 1}_${index + 1}`,
    inputs: index > 0 ? WIDTHS[block] : (WIDTHS[block - 1] ?? 3),
    outputs: WIDTHS[block],
    poolings: block,
  })),
);

/** Whether a 2x2 max pooling comes before the layer. */
export const followsPooling = ({ name, poolings }: ConvolutionLayer): boolean => poolings > 0 && name.endsWith("_1");

export const STYLE_LAYERS: readonly string[] = ["conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"];
export const CONTENT_LAYER = "conv4_2";
export const DEEPEST_LAYER = "conv5_1";
export const STYLE_WEIGHT = 1000;
export const CONTENT_WEIGHT = 1;

/** Adam's settings in the mode `step`. */
export const ADAM = { learningRate: 0.05, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/** Seeds of the images; the start is what is differentiated. */
export const SEEDS = { content: 1, style: 2, start: 3 };

/**
 * What all engines must find within their tolerance, computed by PyTorch in float64 (expected.ts): the mean
 * of relu5_1, the loss, the norm of its gradient, and the loss after one step of Adam. By side of the square image.
 */
export const EXPECTED: Readonly<Record<number, Readonly<Record<"forward" | "loss" | "norm" | "second", number>>>> = {
  64: { forward: 1.408191, loss: 0.21189229, norm: 0.022036111, second: 0.15161786 },
  96: { forward: 1.5948438, loss: 0.24789099, norm: 0.017055654, second: 0.17662669 },
  128: { forward: 1.6852651, loss: 0.27819392, norm: 0.01454329, second: 0.1973596 },
  256: { forward: 1.8106324, loss: 0.28416945, norm: 0.0073380603, second: 0.20254197 },
  512: { forward: 1.8704375, loss: 0.2966626, norm: 0.0037659118, second: 0.21200477 },
};

/** Uniform numbers in [0, 1): mulberry32 by Tommy Ettinger. */
export function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Normally distributed numbers, in pairs by Box and Muller. */
export function normal(count: number, seed: number, deviation = 1): Float32Array {
  const next = uniform(seed);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - next())) * deviation;
    const angle = 2 * Math.PI * next();
    values[i] = radius * Math.cos(angle);
    if (i + 1 < count) values[i + 1] = radius * Math.sin(angle);
  }
  return values;
}

/** Weights of a layer in HWIO order, [3, 3, inputs, outputs], and its bias. */
export interface SeededConvolution extends ConvolutionLayer {
  weight: Float32Array;
  bias: Float32Array;
}

/** The network, scaled after He et al. 2015 so that features keep their size from layer to layer. */
export function seededNetwork(): SeededConvolution[] {
  return LAYERS.map((layer, index) => ({
    ...layer,
    weight: normal(9 * layer.inputs * layer.outputs, 100 + index, Math.sqrt(2 / (9 * layer.inputs))),
    bias: normal(layer.outputs, 200 + index, 0.01),
  }));
}

/** A seeded image, channels last: [height, width, 3]. */
export function seededImage(height: number, width: number, seed: number): Float32Array {
  return normal(3 * height * width, seed);
}

/** The weights in OIHW order: [outputs, inputs, 3, 3]. */
export function toOihw({ weight, inputs, outputs }: SeededConvolution): Float32Array {
  const result = new Float32Array(weight.length);
  for (let tap = 0; tap < 9; tap++) {
    for (let input = 0; input < inputs; input++) {
      const row = (tap * inputs + input) * outputs;
      for (let output = 0; output < outputs; output++)
        result[(output * inputs + input) * 9 + tap] = weight[row + output];
    }
  }
  return result;
}

/** From channels last, [height, width, 3], to planes, [3, height, width]. */
export function toPlanes(image: Float32Array): Float32Array {
  const pixels = image.length / 3;
  return Float32Array.from({ length: image.length }, (_, i) => image[(i % pixels) * 3 + Math.floor(i / pixels)]);
}

/** Operations of a convolution with an image of this size: 2 per multiplication and addition of the direct algorithm. */
export function layerFlops({ inputs, outputs, poolings }: ConvolutionLayer, height: number, width: number): number {
  return 2 * 9 * inputs * outputs * (height >> poolings) * (width >> poolings);
}

/** Operations of the convolutions of one run; the gradient to the image takes as many as the forward pass. */
export function modeFlops(mode: Mode, height: number, width: number): number {
  const forward = LAYERS.reduce((sum, layer) => sum + layerFlops(layer, height, width), 0);
  return mode === "forward" ? forward : 2 * forward;
}
