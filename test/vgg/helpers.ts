/** Small weight files made by hand, for the tests of this folder. */
import { openMemory, type RandomAccess } from "../../src/vgg/files.ts";
import { type TensorData, writeSafetensors } from "../../src/vgg/safetensors.ts";
import { openNetworkWeights } from "../../src/vgg/weights.ts";

/** The bytes of a safetensors file, put together as the specification says; nothing is checked. */
export function assemble(header: unknown, data: Uint8Array): Uint8Array {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return new Uint8Array(Buffer.concat([length, json, data]));
}

/** The bytes of a typed array. */
export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** Made-up weights: n multiples of 1/64 between -2 and 2, which all float formats hold exactly. */
export function madeUp(n: number, seed = 0): Float32Array {
  return Float32Array.from({ length: n }, (_, i) => (((i + seed) * 7919) % 257) / 64 - 2);
}

/** Convolutions of a small VGG by name: weight [O, I, 3, 3] and bias [O], with `widths` outputs each. */
export function smallNetwork(names: readonly string[], widths: readonly number[]) {
  return names.map((name, i) => {
    const [outputs, inputs] = [widths[i], i === 0 ? 3 : widths[i - 1]];
    return { name, outputs, inputs, weight: madeUp(outputs * inputs * 9, i), bias: madeUp(outputs, 100 + i) };
  });
}

/** Tensors to be written, by name. */
export type Tensors = Record<string, TensorData>;

/** Tensors of a small network; `rename` gives the name of `conv1_1` and so on in the file. */
export function tensorsOf(names: readonly string[], rename: (name: string) => string = (name) => name): Tensors {
  const tensors: Tensors = {};
  for (const { name, outputs, inputs, weight, bias } of smallNetwork(
    names,
    names.map((_, i) => 2 + i),
  )) {
    tensors[`${rename(name)}.weight`] = { dtype: "F32", shape: [outputs, inputs, 3, 3], data: weight };
    tensors[`${rename(name)}.bias`] = { dtype: "F32", shape: [outputs], data: bias };
  }
  return tensors;
}

/** Opens them as a weight file with this metadata. */
export function openTensors(tensors: Tensors, metadata: Record<string, string> = {}) {
  return openNetworkWeights(writeSafetensors(tensors, metadata));
}

/** OIHW to HWIO for 3x3 kernels, index by index. */
export function toHwio(weight: Float32Array, outputs: number, inputs: number): Float32Array {
  const result = new Float32Array(weight.length);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      for (let y = 0; y < 3; y++) {
        for (let x = 0; x < 3; x++)
          result[((y * 3 + x) * inputs + i) * outputs + o] = weight[((o * inputs + i) * 3 + y) * 3 + x];
      }
    }
  }
  return result;
}

/** A folder in memory. `onRead` hears of every range that is read. */
export function openFolder(
  files: Readonly<Record<string, Uint8Array>>,
  name: string,
  onRead: (file: string, length: number) => void = () => {},
): RandomAccess {
  const memory = openMemory(files[name], name);
  return {
    ...memory,
    read(offset, length) {
      onRead(name, length);
      return memory.read(offset, length);
    },
    async sibling(wanted) {
      if (!Object.hasOwn(files, wanted)) return memory.sibling(wanted);
      return openFolder(files, wanted, onRead);
    },
  };
}

/** Random numbers in [0, 1) from a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
