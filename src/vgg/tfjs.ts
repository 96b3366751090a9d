/**
 * TensorFlow.js models: a model.json whose `weightsManifest` lists groups of weights; the weights of a group follow each
 * other in the concatenation of the group's shard files. Layers models (Keras) and graph models store them alike. Of
 * all weights only VGG's convolutions are offered, under the names and in the layout of the other formats.
 */
import { WeightsError } from "../errors.ts";
import { isObject, isSizes, parseJsonObject } from "../json.ts";
import type { RandomAccess } from "./files.ts";
import { decodeFloat16 } from "./float16.ts";
import type { TensorFile } from "./safetensors.ts";
import { shapeOihw, standardName, toOihw } from "./tensorflow.ts";

/** A model.json of VGG19 has 30 kB; an absurd one must not be read into memory. */
const MAX_JSON = 2 ** 24;

/** Bytes per value, as stored. */
const SIZES: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  complex64: 8,
  float16: 2,
  uint16: 2,
  uint8: 1,
  bool: 1,
};

/** How a value of 16 or 8 bits stands for a float32 one. */
interface Quantization {
  dtype: string;
  scale: number;
  min: number;
}

/** One weight and its place in the concatenated shards of its group. */
interface Entry {
  name: string;
  shape: number[];
  dtype: string;
  quantization?: Quantization;
  shards: Shards;
  begin: number;
  length: number;
}

/**
 * Opens the model.json of a TensorFlow.js VGG. Weights called `block1_conv1/kernel` (after any prefix, such as
 * `vgg19/`) are offered as `conv1_1.weight` in OIHW order (they are stored HWIO), `block1_conv1/bias` as
 * `conv1_1.bias`. Shards are opened when a tensor in them is read. Stored values are float32, or quantized to uint8 or
 * uint16 (value = stored * scale + min) or float16. `metadata.architecture` is the model's name, if that is VGG's.
 *
 * @throws WeightsError if model.json is malformed, or later if a shard is missing or too short.
 */
export async function openTfjs(file: RandomAccess): Promise<TensorFile> {
  const model = await readJson(file);
  if (!Array.isArray(model.weightsManifest)) throw malformed(file, "it has no weightsManifest");
  const tensors = new Map<string, Entry>();
  for (const group of model.weightsManifest) {
    for (const entry of readGroup(file, group)) {
      const name = standardName(entry.name);
      if (name === undefined) continue;
      if (tensors.has(name)) throw malformed(file, `two of its weights would be ${name}, one is ${entry.name}`);
      tensors.set(name, entry);
    }
  }
  const shards = new Set([...tensors.values()].map((entry) => entry.shards));
  return {
    metadata: metadataOf(model),
    shapes: new Map([...tensors].map(([name, { shape }]) => [name, shapeOihw(shape)])),
    async read(name) {
      const entry = tensors.get(name);
      if (entry === undefined) throw malformed(file, `it has no weight that would be ${name}`);
      return toOihw(decode(file, entry, await entry.shards.read(entry.begin, entry.length)), entry.shape);
    },
    async close() {
      await Promise.all([file, ...shards].map((opened) => opened.close()));
    },
  };
}

async function readJson(file: RandomAccess): Promise<Record<string, unknown>> {
  if (file.size > MAX_JSON) throw malformed(file, `it has ${file.size} bytes, more than ${MAX_JSON}`);
  const bytes = await file.read(0, file.size);
  try {
    return parseJsonObject(bytes);
  } catch (cause) {
    throw malformed(file, "it is no JSON object", cause);
  }
}

/** The name that Keras gave the model, if it tells the architecture. */
function metadataOf(model: Record<string, unknown>): Record<string, string> {
  const found = JSON.stringify(model.modelTopology ?? null).match(/"name":"(vgg1[69])"/);
  return found === null ? {} : { architecture: found[1] };
}

function readGroup(file: RandomAccess, group: unknown): Entry[] {
  const { paths, weights } = isObject(group) ? group : {};
  if (!Array.isArray(weights) || !Array.isArray(paths) || paths.some((path) => typeof path !== "string")) {
    throw malformed(file, "a group of its weightsManifest has no list of paths or of weights");
  }
  const checked = weights.map((weight) => checkWeight(file, weight));
  const total = checked.reduce((sum, { length }) => sum + length, 0);
  const shards = openShards(file, paths, total);
  let begin = 0;
  return checked.map((weight) => {
    begin += weight.length;
    return { ...weight, shards, begin: begin - weight.length };
  });
}

function checkWeight(file: RandomAccess, weight: unknown): Omit<Entry, "shards" | "begin"> {
  const { name, shape, dtype, quantization } = isObject(weight) ? weight : {};
  if (typeof name !== "string" || typeof dtype !== "string" || !isSizes(shape)) {
    throw malformed(file, `a weight has no name, dtype or shape: ${JSON.stringify(weight)?.slice(0, 200)}`);
  }
  if (quantization !== undefined && !isQuantization(quantization)) {
    throw malformed(file, `${name} has an unknown quantization: ${JSON.stringify(quantization).slice(0, 200)}`);
  }
  const stored = quantization?.dtype ?? dtype;
  if (!Object.hasOwn(SIZES, stored)) throw malformed(file, `${name} has the unknown dtype ${JSON.stringify(stored)}`);
  const length = shape.reduce((product, size) => product * size, SIZES[stored]);
  if (!Number.isSafeInteger(length) || length === 0) throw malformed(file, `${name} cannot have the shape [${shape}]`);
  return { name, shape, dtype, quantization, length };
}

function isQuantization(value: unknown): value is Quantization {
  if (!isObject(value)) return false;
  const affine = Number.isFinite(value.scale) && Number.isFinite(value.min);
  return value.dtype === "float16" || ((value.dtype === "uint8" || value.dtype === "uint16") && affine);
}

/** The shard files of a group, read as one file. */
type Shards = Pick<RandomAccess, "read" | "close">;

/** Shards are opened in order, as far as needed: only then is it known where in which of them a range lies. */
function openShards(file: RandomAccess, paths: readonly string[], total: number): Shards {
  const opened: Promise<RandomAccess>[] = [];
  return {
    async read(offset, length) {
      const end = offset + length;
      const pieces: (() => Promise<Uint8Array>)[] = [];
      let position = 0;
      let index = 0;
      for (; index < paths.length && position < end; index++) {
        opened[index] ??= file.sibling(paths[index]);
        const shard = await opened[index];
        const from = Math.max(0, offset - position);
        const to = Math.min(shard.size, end - position);
        if (from < to) pieces.push(() => shard.read(from, to - from));
        position += shard.size;
      }
      if (index === paths.length && position !== total) {
        throw malformed(file, `${paths.join(", ")} have ${position} bytes, but the weights in them ${total}`);
      }
      const bytes = new Uint8Array(length);
      let done = 0;
      for (const readPiece of pieces) {
        const piece = await readPiece();
        bytes.set(piece, done);
        done += piece.length;
      }
      return bytes;
    },
    async close() {
      const shards = await Promise.allSettled(opened);
      await Promise.all(shards.map((shard) => shard.status === "fulfilled" && shard.value.close()));
    },
  };
}

function decode(file: RandomAccess, { name, dtype, quantization }: Entry, bytes: Uint8Array): Float32Array {
  if (dtype !== "float32") throw new WeightsError(`${file.name}: ${name} is ${dtype}. Convert it to float32.`);
  if (quantization === undefined) return new Float32Array(bytes.buffer);
  if (quantization.dtype === "float16") return decodeFloat16(new Uint16Array(bytes.buffer));
  const stored = quantization.dtype === "uint8" ? bytes : new Uint16Array(bytes.buffer);
  const { scale, min } = quantization;
  const values = new Float32Array(stored.length);
  for (let i = 0; i < stored.length; i++) values[i] = stored[i] * scale + min;
  return values;
}

function malformed(file: RandomAccess, reason: string, cause?: unknown): WeightsError {
  return new WeightsError(`${file.name} is no valid TensorFlow.js model: ${reason}. Download or convert it again.`, {
    cause,
  });
}
