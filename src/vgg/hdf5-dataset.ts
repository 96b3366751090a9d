/**
 * Datasets of HDF5 files (File Format Specification 3.0, IV.A.2): dimensions, IEEE floating-point type, and values that lie in one
 * piece, in the header itself, or in chunks that a B-tree lists, without compression.
 */
import { decodeFloats, FLOAT_SIZES, type FloatType } from "./float16.ts";
import { type Message, numberAt, type Parts, treeLeaves } from "./hdf5-parts.ts";

/** Shape, and a way to the values. */
export interface Dataset {
  shape: readonly number[];
  read(): Promise<Float32Array>;
}

/** Types of messages. */
const DATASPACE = 1;
const DATATYPE = 3;
const EXTERNAL = 7;
const LAYOUT = 8;
const FILTERS = 11;

/** Class and version, bit field, size, then offset and length of all bits, of the exponent and of the mantissa, and the bias. */
const TYPES: Readonly<Record<string, FloatType>> = {
  "11,20,3f,0,8,0,0,0,0,0,40,0,34,b,0,34,ff,3,0,0": "F64",
  "11,20,1f,0,4,0,0,0,0,0,20,0,17,8,0,17,7f,0,0,0": "F32",
  "11,20,f,0,2,0,0,0,0,0,10,0,a,5,0,a,f,0,0,0": "F16",
};

/**
 * Checks the messages of a dataset.
 *
 * @throws WeightsError if it is malformed, or not of floating-point numbers, or compressed.
 */
export async function openDataset(parts: Parts, name: string, messages: readonly Message[]): Promise<Dataset> {
  function find(type: number): DataView {
    const found = messages.filter((message) => message.type === type);
    if (found.length === 1 && !found[0].shared) return found[0].data;
    throw parts.malformed(`${name} has no dimensions, type or layout of its own`);
  }
  if (messages.some(({ type }) => type === FILTERS || type === EXTERNAL)) {
    throw parts.malformed(`${name} is compressed or lies in another file`);
  }
  const shape = shapeOf(find(DATASPACE));
  const datatype = find(DATATYPE);
  const description = Array.from({ length: Math.min(20, datatype.byteLength) }, (_, i) => datatype.getUint8(i));
  const type = TYPES[description.map((byte) => byte.toString(16)).join()];
  if (shape === undefined || type === undefined) {
    throw parts.malformed(`${name} has no dimensions, or is not of little-endian float32, float16 or float64`);
  }
  // Nothing is compressed, so what a file cannot hold is absurd.
  const bytes = shape.reduce((product, size) => product * size, FLOAT_SIZES[type]);
  if (bytes > parts.file.size) throw parts.malformed(`${name} [${shape}] would have ${bytes} bytes`);

  const layout = find(LAYOUT);
  const kind = layout.byteLength >= 4 && layout.getUint8(0) === 3 ? layout.getUint8(1) : -1;
  if (kind === 0 && layout.getUint16(2, true) === bytes && layout.byteLength >= 4 + bytes) {
    const values = new Uint8Array(layout.buffer, layout.byteOffset + 4, bytes);
    return { shape, read: async () => decodeFloats(values, type) };
  }
  if (kind === 1 && layout.byteLength >= 18 && numberAt(layout, 10) === bytes) {
    const address = numberAt(layout, 2);
    parts.claim(address, bytes);
    return { shape, read: async () => decodeFloats(await parts.file.read(address, bytes), type) };
  }
  const rank = shape.length;
  if (kind === 2 && rank > 0 && layout.getUint8(2) === rank + 1 && layout.byteLength >= 15 + 4 * rank) {
    const sizes = shape.map((_, i) => layout.getUint32(11 + 4 * i, true));
    const chunks = await findChunks(parts, name, numberAt(layout, 3), shape, sizes, FLOAT_SIZES[type]);
    return { shape, read: () => readChunks(parts, chunks, shape, sizes, type) };
  }
  throw parts.malformed(`the values of ${name} are stored in a way that Keras does not use`);
}

function shapeOf(view: DataView): number[] | undefined {
  const version = view.byteLength >= 4 ? view.getUint8(0) : 0;
  const rank = version > 0 ? view.getUint8(1) : 0;
  const start = version === 1 ? 8 : 4;
  const simple = version === 1 || (version === 2 && view.getUint8(3) === 1);
  if (!simple || rank > 8 || view.byteLength < start + 8 * rank) return undefined;
  const shape = Array.from({ length: rank }, (_, i) => numberAt(view, start + 8 * i));
  return shape.every((size) => size > 0 && Number.isSafeInteger(size)) ? shape : undefined;
}

/** A box of values: where its first one belongs, and where it lies. */
interface Chunk {
  offsets: number[];
  address: number;
}

/** All chunks; they must cover the shape, each place once, because nobody wrote what is missing. */
async function findChunks(
  parts: Parts,
  name: string,
  tree: number,
  shape: readonly number[],
  sizes: readonly number[],
  valueSize: number,
): Promise<Chunk[]> {
  const bytes = sizes.reduce((product, size) => product * size, valueSize);
  const leaves = await treeLeaves(parts, tree, 1, 8 + 8 * (shape.length + 1));
  const chunks = leaves.map(({ key, child }) => {
    const offsets = shape.map((_, i) => numberAt(key, 8 + 8 * i));
    const inside = offsets.every((offset, i) => offset % sizes[i] === 0 && offset < shape[i]);
    if (!inside || key.getUint32(0, true) !== bytes) {
      throw parts.malformed(`a chunk of ${name} at [${offsets}] is damaged`);
    }
    parts.claim(child, bytes);
    return { offsets, address: child };
  });
  const needed = shape.reduce((product, size, i) => product * Math.ceil(size / sizes[i]), 1);
  const places = new Set(chunks.map(({ offsets }) => offsets.join()));
  if (needed === chunks.length && places.size === needed) return chunks;
  throw parts.malformed(`${name} has ${places.size} of its ${needed} chunks`);
}

async function readChunks(
  { file }: Parts,
  chunks: readonly Chunk[],
  shape: readonly number[],
  sizes: readonly number[],
  type: FloatType,
): Promise<Float32Array> {
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  const row = sizes[sizes.length - 1];
  const count = sizes.reduce((product, size) => product * size, 1);
  for (const { offsets, address } of chunks) {
    const chunk = decodeFloats(await file.read(address, count * FLOAT_SIZES[type]), type);
    // Row by row; what sticks out of the shape has no meaning.
    for (let from = 0; from < count; from += row) {
      const place = placeOf(from, offsets, shape, sizes);
      const length = Math.min(row, shape[shape.length - 1] - offsets[offsets.length - 1]);
      if (place >= 0) values.set(chunk.subarray(from, from + length), place);
    }
  }
  return values;
}

/** Where a value of a chunk belongs, in row-major order; -1 if that is outside of the shape. */
function placeOf(from: number, offsets: readonly number[], shape: readonly number[], sizes: readonly number[]): number {
  let [rest, place, stride] = [from, 0, 1];
  for (let i = shape.length - 1; i >= 0; i--) {
    const index = offsets[i] + (rest % sizes[i]);
    if (index >= shape[i]) return -1;
    rest = Math.floor(rest / sizes[i]);
    place += index * stride;
    stride *= shape[i];
  }
  return place;
}
