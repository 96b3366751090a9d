/**
 * Weights in 16 or 8 bits, as safetensors hold them: floats, signed integers with a factor for each output, or places in a
 * palette. They are uploaded as they are and expanded on the GPU, or expanded here, to the same bits.
 */
import { apply, type Tensor } from "../autograd/graph.ts";
import type { Shape } from "../autograd/kinds.ts";
import { tensor } from "../autograd/runtime.ts";
import type { Device } from "../gpu/device.ts";
import { type CompactType, expandWeightsKernel } from "../kernels/expand-weights.ts";
import { decodeBfloat16, decodeFloat16, decodeFloats } from "./float16.ts";

/** Weights as a file stores them, for `expandCompact` and `uploadCompact` to make float32 of. All of them are finite. */
export interface CompactTensor {
  /** `"F16"` and `"BF16"`: bit patterns. `"I8"`: `integer * table[output]`. `"U8"`: `table[index]`. */
  type: CompactType;
  /** Row-major, outputs outermost. Its buffer is its own, begins with it, and ends with zeros at a multiple of 4 bytes. */
  data: Uint16Array | Int8Array | Uint8Array;
  /** The factors, `[outputs]`, or the palette. Empty for floats. */
  table: Float32Array;
}

/** Reads another tensor of the file, or gives undefined where there is none of plain numbers. */
type Beside = (name: string) => Promise<Float32Array> | undefined;

const VIEWS = { F16: Uint16Array, BF16: Uint16Array, I8: Int8Array, U8: Uint8Array };

/**
 * Decodes the bytes of a tensor, unless GPUs can. Factors are in `STEM.scale`, a palette in `STEM.palette`.
 *
 * @param dtype its name in safetensors
 * @param outputs first dimension of its shape
 * @param stem the tensor's name without its last part
 * @returns float32 for F64, and where GPUs might not give the same bits: infinities, NaN and numbers below float32's normal
 * range are theirs to treat as they like, and so is the sign of a zero. Undefined for a dtype that cannot be read.
 * @throws Error without file and tensor in its message, which the caller adds.
 */
export async function decodeTensor(
  dtype: string,
  bytes: Uint8Array,
  outputs: number,
  stem: string,
  beside: Beside,
): Promise<CompactTensor | Float32Array | undefined> {
  if (dtype === "F64") return decodeFloats(bytes, dtype);
  if (!isCompactType(dtype)) return undefined;
  const { buffer } = new Uint8Array(4 * Math.ceil(bytes.length / 4));
  new Uint8Array(buffer).set(bytes);
  const View = VIEWS[dtype];
  const data = new View(buffer, 0, bytes.length / View.BYTES_PER_ELEMENT);
  let table = new Float32Array();
  if (dtype === "I8") table = await readScale(outputs, stem, beside);
  if (dtype === "U8") table = await readPalette(bytes, stem, beside);
  const compact = { type: dtype, data, table };
  return isExact(compact) ? compact : expandCompact(compact);
}

function isCompactType(dtype: string): dtype is CompactType {
  return Object.hasOwn(VIEWS, dtype);
}

async function readScale(outputs: number, stem: string, beside: Beside) {
  const scale = await beside(`${stem}.scale`);
  if (scale?.length === outputs) return scale as Float32Array<ArrayBuffer>;
  throw new Error(`${stem}.scale has not one factor for each of its ${outputs} outputs`);
}

async function readPalette(indices: Uint8Array, stem: string, beside: Beside) {
  const palette = await beside(`${stem}.palette`);
  const largest = indices.reduce((most, index) => Math.max(most, index), 0);
  if (palette !== undefined && largest < palette.length) return palette as Float32Array<ArrayBuffer>;
  throw new Error(`${stem}.palette has ${palette?.length ?? 0} values, too few for the index ${largest}`);
}

/** Whether GPUs are sure to expand it to the bits of {@link expandCompact}, and all of them are finite numbers. */
function isExact({ type, data, table }: CompactTensor): boolean {
  if (data.length === 0) return false;
  if (type === "U8") return table.every(Number.isFinite);
  // Products with -128 to 127 are then 0, or of float32's normal range.
  if (type === "I8") return table.every((factor) => factor >= 2 ** -126 && factor <= 2 ** 120);
  const exponent = type === "F16" ? 0x7c00 : 0x7f80;
  return data.every((bits) => (bits & exponent) !== exponent);
}

/** The values, expanded on the CPU. */
export function expandCompact({ type, data, table }: CompactTensor): Float32Array {
  if (type === "F16") return decodeFloat16(data as Uint16Array);
  if (type === "BF16") return decodeBfloat16(data as Uint16Array);
  const perOutput = data.length / table.length;
  const values = new Float32Array(data.length);
  for (let i = 0; i < values.length; i++) {
    values[i] = type === "U8" ? table[data[i]] : data[i] * table[Math.floor(i / perOutput)];
  }
  return values;
}

/** A constant of this shape with the values, uploaded in their few bits and expanded on the GPU. */
export function uploadCompact(device: Device, shape: Shape, { type, data, table }: CompactTensor): Tensor {
  const kernel = expandWeightsKernel(type, data.length, data.length / shape[0]);
  const inputs = [new Float32Array(data.buffer as ArrayBuffer), table].slice(0, kernel.inputs);
  const uploaded = inputs.map((values) => tensor(device, [values.length], values));
  try {
    return apply({ kind: "kernel", ...kernel }, uploaded, shape);
  } finally {
    for (const input of uploaded) input.dispose();
  }
}
