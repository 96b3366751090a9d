/**
 * The safetensors format (https://huggingface.co/docs/safetensors): the length of a header as u64, the header as JSON
 * with each tensor's dtype, shape and place, then the tensors' bytes, little-endian and row-major. Its layout is
 * checked as a whole when the file is opened; tensors are read one by one.
 */
import { viewOf } from "../bytes.ts";
import { ShapeError, type WeightsError } from "../errors.ts";
import { isObject, isSizes, parseJsonObject } from "../json.ts";
import type { CompactTensor } from "./compact.ts";
import type { RandomAccess } from "./files.ts";

/** A file of named tensors, whatever its format. All values come as float32. */
export interface TensorFile {
  /** What the file says of itself. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Shape by name, outermost dimension first. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Values in row-major order. Throws WeightsError if there is no such tensor or it cannot be read. */
  read(name: string): Promise<Float32Array>;
  /** The same, but values that can be expanded on the GPU are left as they are stored. Formats without it have none. */
  readCompact?(name: string): Promise<Float32Array | CompactTensor>;
  /** Releases what was opened. */
  close(): Promise<void>;
}

/** Bytes per value of the dtypes that can be read, and of others that may lie between them. */
export const SIZES: Readonly<Record<string, number>> = {
  ...{ F64: 8, F32: 4, F16: 2, BF16: 2, I8: 1 },
  ...{ I64: 8, U64: 8, I32: 4, U32: 4, I16: 2, U16: 2, U8: 1, BOOL: 1, F8_E4M3: 1, F8_E5M2: 1 },
};

/** The header of a VGG has 3 kB; an absurd length must not be read into memory. */
const MAX_HEADER = 2 ** 20;

interface Entry {
  dtype: string;
  shape: number[];
  /** First byte and the byte after the last one, from the end of the header on. */
  begin: number;
  end: number;
}

/**
 * Opens a safetensors file and checks its header: every tensor's bytes match its shape and dtype, and together they
 * fill the file without gap or overlap, as the format demands. Values may be F64, F32, F16, BF16, or I8 with a tensor
 * `NAME.scale` beside `NAME.weight` that has one factor for each index of the first dimension, or U8 with the values that they
 * count in `NAME.palette`.
 *
 * @throws WeightsError if the file is malformed or truncated.
 */
export async function openSafetensors(file: RandomAccess): Promise<TensorFile> {
  const headerLength = Number(viewOf(await file.read(0, 8)).getBigUint64(0, true));
  if (headerLength > MAX_HEADER) {
    throw await malformed(file, `its header would have ${headerLength} bytes, more than ${MAX_HEADER}`);
  }
  const header = await parseHeader(file, await file.read(8, headerLength));
  const dataStart = 8 + headerLength;
  const { __metadata__: metadata = {}, ...tensors } = header;
  const entries = entriesOf(tensors, file.size - dataStart);
  if (!entries || !isObject(metadata) || Object.values(metadata).some((value) => typeof value !== "string")) {
    // Loaded only then: pages download less.
    const { problemOf } = await import("./malformed-safetensors.ts");
    throw await malformed(file, problemOf(metadata, tensors, file.size - dataStart));
  }
  const byName = entries;

  async function readCompact(name: string): Promise<Float32Array | CompactTensor> {
    const entry = byName.get(name);
    if (entry === undefined) throw await malformed(file, `it has no tensor ${name}`);
    const bytes = await file.read(dataStart + entry.begin, entry.end - entry.begin);
    const { dtype, shape } = entry;
    // A copy, because typed arrays need aligned bytes; GPUs and all platforms with WebGPU are little-endian.
    if (dtype === "F32") return new Float32Array(new Uint8Array(bytes).buffer);
    // Loaded only where it is used: pages download less.
    const { decodeTensor } = await import("./compact.ts");
    const stem = name.replace(/\.[^.]*$/, "");
    const beside = (other: string) => (/^[IU]8$/.test(byName.get(other)?.dtype ?? "I8") ? undefined : read(other));
    const values = await decodeTensor(dtype, bytes, shape[0], stem, beside).catch(async (cause) => {
      throw await malformed(file, `${name} is ${dtype}, but ${cause.message}`, cause);
    });
    if (values) return values;
    throw (await import("./other-formats.ts")).noDtype(file.name, name, dtype);
  }

  async function read(name: string): Promise<Float32Array> {
    const values = await readCompact(name);
    return values instanceof Float32Array ? values : (await import("./compact.ts")).expandCompact(values);
  }

  return {
    metadata: metadata as Record<string, string>,
    shapes: new Map([...byName].map(([name, { shape }]) => [name, shape])),
    read,
    readCompact,
    close: () => file.close(),
  };
}

async function parseHeader(file: RandomAccess, bytes: Uint8Array): Promise<Record<string, unknown>> {
  try {
    return parseJsonObject(bytes);
  } catch (cause) {
    throw await malformed(file, "its header is no JSON object", cause);
  }
}

/** The tensors by name; none if they are not as the format demands, of which malformed-safetensors.ts says the reason. */
function entriesOf(tensors: Record<string, unknown>, dataLength: number): Map<string, Entry> | undefined {
  const entries = new Map<string, Entry>();
  for (const [name, value] of Object.entries(tensors)) {
    const { dtype, shape, data_offsets: offsets } = isObject(value) ? value : {};
    if (typeof dtype !== "string" || !Object.hasOwn(SIZES, dtype) || !isSizes(shape) || !isSizes(offsets)) return;
    const [begin, end] = offsets;
    if (offsets.length !== 2 || end - begin !== bytesOf(dtype, shape)) return;
    entries.set(name, { dtype, shape, begin, end });
  }
  let position = 0;
  for (const { begin, end } of inOrder([...entries.values()])) {
    if (begin !== position) return;
    position = end;
  }
  return position === dataLength ? entries : undefined;
}

/** Bytes of a tensor. */
export function bytesOf(dtype: string, shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, SIZES[dtype]);
}

/** Tensors in the order of their bytes. */
export function inOrder<Place extends { begin: number; end: number }>(entries: readonly Place[]): Place[] {
  return entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end);
}

/** A tensor to be written: the array type must fit the dtype (`Uint16Array` bit patterns for F16 and BF16). */
export interface TensorData {
  dtype: "F64" | "F32" | "F16" | "BF16" | "I8" | "U8";
  shape: readonly number[];
  data: Float64Array | Float32Array | Uint16Array | Int8Array | Uint8Array;
}

/**
 * The bytes of a safetensors file with these tensors, in this order.
 *
 * @throws ShapeError if the bytes of a tensor do not fit its shape and dtype.
 * @example
 * const bias = { dtype: "F32", shape: [2], data: new Float32Array([0.5, 1]) } as const;
 * await writeFile("weights.safetensors", writeSafetensors({ "conv1_1.bias": bias }, { architecture: "vgg19" }));
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, TensorData>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let dataLength = 0;
  for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
    const expected = bytesOf(dtype, shape);
    if (data.byteLength !== expected) {
      throw new ShapeError(
        `${name}: [${shape}] of ${dtype} needs ${expected} bytes, not ${data.byteLength}. Correct its shape or dtype.`,
      );
    }
    header[name] = { dtype, shape, data_offsets: [dataLength, dataLength + expected] };
    dataLength += expected;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const dataStart = 8 + Math.ceil(json.length / 8) * 8; // spaces up to a multiple of 8, which keep the data aligned
  const bytes = new Uint8Array(dataStart + dataLength).fill(0x20, 0, dataStart);
  viewOf(bytes).setBigUint64(0, BigInt(dataStart - 8), true);
  bytes.set(json, 8);
  let position = dataStart;
  for (const { data } of Object.values(tensors)) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  return bytes;
}

/** Loaded only then, as the reasons that it is given are. */
async function malformed(file: RandomAccess, reason: string, cause?: unknown): Promise<WeightsError> {
  return (await import("./malformed-safetensors.ts")).malformed(file.name, reason, cause);
}
