/** Writes any network as a safetensors file with standard names, in full or in fewer bits, whole or its first layers. */
import { WeightsError } from "../errors.ts";
import { compareDepth } from "./architecture.ts";
import { CAFFE, type Preprocessing, TORCHVISION } from "./preprocessing.ts";
import { choosePalette, encodeFloat16, scaleToIntegers } from "./quantize.ts";
import { type TensorData, writeSafetensors } from "./safetensors.ts";
import type { Convolution, NetworkWeights } from "./weights.ts";

/** How weights are stored: as they are, or in fewer bits. Biases are float16 in `"f16"`, otherwise float32. */
export const DTYPES = ["f32", "f16", "int8", "palette8"] as const;

/** One of {@link DTYPES}. */
export type Dtype = (typeof DTYPES)[number];

/** What {@link convertWeights} is told. */
export interface ConvertOptions {
  /** Default `"f32"`, which loads back to the same bits. */
  dtype?: Dtype;
  /** The last convolution to write, such as `"conv5_1"`. Default: the last that there is. */
  until?: string;
}

/**
 * The bytes of a safetensors file of a network. Preprocessing, architecture and whatever else the metadata say are kept.
 *
 * @throws MissingLayerError if the weights end before `until`.
 * @throws WeightsError if a value is too large for float16.
 * @example
 * const weights = await openNetworkWeights("vgg19");
 * await writeFile("vgg19.safetensors", await convertWeights(weights, { dtype: "palette8", until: "conv5_1" }));
 */
export async function convertWeights(
  weights: NetworkWeights,
  { dtype = "f32", until = weights.deepest }: ConvertOptions = {},
): Promise<Uint8Array> {
  const last = weights.layer(until);
  const tensors: Record<string, TensorData> = {};
  for (const name of weights.layers.filter((layer) => compareDepth(layer, last) <= 0)) {
    const convolution = await weights.convolution(name);
    if (name === "conv1_1" && weights.preprocessing.order === "BGR") convolution.weight = swapped(convolution.weight);
    Object.assign(tensors, tensorsOf(name, convolution, dtype));
  }
  const metadata = { architecture: weights.architecture, ...describe(weights.preprocessing), ...weights.metadata };
  return writeSafetensors(tensors, metadata);
}

function tensorsOf(name: string, { weight, bias, outputs, inputs }: Convolution, dtype: Dtype) {
  const shape = [outputs, inputs, 3, 3];
  const plainBias: Record<string, TensorData> = { [`${name}.bias`]: { dtype: "F32", shape: [outputs], data: bias } };
  if (dtype === "f32") return { [`${name}.weight`]: { dtype: "F32", shape, data: weight } as const, ...plainBias };
  if (dtype === "f16") {
    return {
      [`${name}.weight`]: { dtype: "F16", shape, data: halves(weight, name) } as const,
      [`${name}.bias`]: { dtype: "F16", shape: [outputs], data: halves(bias, name) } as const,
    };
  }
  if (dtype === "int8") {
    const { data, scale } = scaleToIntegers(weight, outputs);
    return {
      // Four-byte values before one-byte ones, so that all of them are aligned.
      [`${name}.scale`]: { dtype: "F32", shape: [outputs], data: scale } as const,
      ...plainBias,
      [`${name}.weight`]: { dtype: "I8", shape, data } as const,
    };
  }
  const { data, palette } = choosePalette(weight);
  return {
    [`${name}.palette`]: { dtype: "F32", shape: [palette.length], data: palette } as const,
    ...plainBias,
    [`${name}.weight`]: { dtype: "U8", shape, data } as const,
  };
}

function halves(values: Float32Array, name: string): Uint16Array {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest < 65520) return encodeFloat16(values);
  throw new WeightsError(`${name} has the value ${largest}, too large for float16. Use another dtype.`);
}

/** As it was in the file: `convolution` gives conv1_1 for RGB. */
function swapped(weight: Float32Array): Float32Array {
  return weight.map((_, i) => weight[i + 9 * (2 - 2 * (Math.floor(i / 9) % 3))]);
}

/** The metadata that `preprocessingOf` reads back to the same numbers. */
function describe(preprocessing: Preprocessing): Record<string, string> {
  if (isSame(preprocessing, CAFFE)) return { preprocessing: "caffe" };
  if (isSame(preprocessing, TORCHVISION)) return { preprocessing: "torchvision" };
  const { order, scale, mean, std } = preprocessing;
  const range = scale === 1 ? "255" : "1";
  return {
    preprocessing: `${order}, 0..${range}, minus mean, divided by std`,
    mean_rgb: mean.join(),
    std_rgb: std.join(),
  };
}

function isSame(a: Preprocessing, b: Preprocessing): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
