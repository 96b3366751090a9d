/** A small VGG of random weights, once for the library and once for the oracle. */
import { writeSafetensors } from "../../src/vgg/safetensors.ts";
import { type Array64, normal, random, sizeOf, toFloat32, type VggWeights } from "../oracle/index.ts";

/** Convolutions and their output channels: three blocks, so two poolings. */
const CHANNELS = { conv1_1: 5, conv1_2: 4, conv2_1: 6, conv2_2: 7, conv3_1: 8 };

/** What both need; the bytes are those of a safetensors file. */
export interface SmallNetwork {
  weights: VggWeights;
  bytes: Uint8Array;
}

/**
 * Weights of the size that He et al. 2015 start with, so that features keep the size of the pixels. `metadata` go into the file
 * beside its architecture.
 */
export function smallNetwork(seed: number, metadata: Record<string, string> = {}): SmallNetwork {
  const next = random(seed);
  const weights: Record<string, Array64> = {};
  let inputs = 3;
  for (const [name, outputs] of Object.entries(CHANNELS)) {
    weights[`${name}.weight`] = normal(next, [outputs, inputs, 3, 3], Math.sqrt(2 / (9 * inputs)));
    weights[`${name}.bias`] = normal(next, [outputs], 3);
    inputs = outputs;
  }
  const tensors = Object.entries(weights).map(([name, array]) => [name, tensorData(array)] as const);
  const bytes = writeSafetensors(Object.fromEntries(tensors), { architecture: "vgg19", ...metadata });
  return { weights, bytes };
}

/** As `writeSafetensors` takes it: F32, which the inputs of the oracle are anyway. */
export function tensorData(array: Array64) {
  return { dtype: "F32", shape: array.shape, data: toFloat32(array) } as const;
}

/** The oracle's image as the library takes it. */
export function planesOf(image: Array64) {
  const [channels, height, width] = image.shape;
  if (sizeOf(image.shape) !== image.data.length) throw new Error("The image has another size than its shape.");
  return { channels, height, width, data: toFloat32(image) };
}
