/**
 * NumPy's .npz files: zip archives of .npy files (numpy/lib/format.py), each a header with type, order and shape as a Python
 * literal, then the values. At first only the headers are read, and only those of weights.
 */
import { WeightsError } from "../errors.ts";
import type { RandomAccess } from "./files.ts";
import { decodeFloats, FLOAT_SIZES, type FloatType } from "./float16.ts";
import type { TensorFile } from "./safetensors.ts";
import { gather } from "./strides.ts";
import { inStandardForm, standardName } from "./tensorflow.ts";
import type { Zip } from "./zip.ts";

const TYPES: Readonly<Record<string, FloatType>> = { "<f8": "F64", "<f4": "F32", "<f2": "F16" };

/** The header of an array of 4 dimensions has 128 bytes. */
const HEADER = 512;

/** NumPy writes the literal always in this way; Python 2 on Windows put an L behind each size. */
const LITERAL = /^\{'descr': '([^']*)', 'fortran_order': (True|False), 'shape': \(([\dL, ]*)\), \} *\n$/;
const SIZES = /^(\d+L?, ?)*(\d+L?)?$/;

interface Entry {
  type: FloatType;
  fortran: boolean;
  shape: number[];
  /** First byte of the values. */
  begin: number;
}

/**
 * How `conv1_1_W` and `conv1_1_b` are meant by the file that made these names common, vgg16_weights.npz: the original VGG16,
 * which its author gives RGB (https://www.cs.toronto.edu/~frossard/post/vgg16).
 */
const ORIGINAL_IN_RGB = { preprocessing: "RGB, 0..255, minus mean", mean_rgb: "123.68,116.779,103.939" };

/**
 * Opens an archive of arrays: `conv1_1.weight` (OIHW) or torchvision's names, Keras' or `conv1_1_W` (HWIO). Arrays with other
 * names are left out. Values may be float64, float32 or float16, in C or Fortran order, compressed or not.
 *
 * @throws WeightsError if it is malformed, or later if values are damaged.
 */
export async function openNpz(file: RandomAccess, zip: Zip): Promise<TensorFile> {
  const names = zip.names.filter((name) => name.endsWith(".npy")).map((name) => name.slice(0, -4));
  const weights = names.filter((name) => standardName(name) !== undefined || /\.(weight|bias)$/.test(name));
  const opened = await Promise.all(weights.map((name) => readEntry(file, zip, name)));
  const entries = new Map(weights.map((name, i) => [name, opened[i]]));
  const raw = {
    shapes: new Map([...entries].map(([name, { shape }]) => [name, shape])),
    async read(name: string) {
      const entry = entries.get(name);
      if (entry === undefined) throw malformed(file, `it has no array ${name}`);
      const { begin, type, shape, fortran } = entry;
      const values = decodeFloats((await zip.read(`${name}.npy`)).subarray(begin), type);
      return fortran ? gather(values, shape, fortranStrides(shape)) : values;
    },
  };
  const metadata = names.some((name) => /^conv\d_\d_W$/.test(name)) ? ORIGINAL_IN_RGB : {};
  return { metadata, ...inStandardForm(raw, (reason) => malformed(file, reason)), close: () => file.close() };
}

async function readEntry(file: RandomAccess, zip: Zip, name: string): Promise<Entry> {
  const bytes = await zip.readStart(`${name}.npy`, HEADER);
  const text = String.fromCharCode(...bytes);
  const version = bytes[6] ?? 0;
  // The length of the literal has 2 bytes in version 1, then 4.
  const literalBegin = version === 1 ? 10 : 12;
  const length = bytes[8] + 256 * bytes[9] + (version === 1 ? 0 : 2 ** 16 * bytes[10] + 2 ** 24 * bytes[11]);
  const begin = literalBegin + length;
  const known = text.startsWith("\x93NUMPY") && version >= 1 && version <= 3 && bytes[7] === 0;
  const [literal, descr, order, sizes] = LITERAL.exec(text.slice(literalBegin, begin)) ?? [];
  if (!known || literal?.length !== length || !SIZES.test(sizes)) {
    throw malformed(file, `the header of ${name} is none that NumPy writes`);
  }
  if (!Object.hasOwn(TYPES, descr)) {
    throw malformed(file, `${name} has the type ${JSON.stringify(descr)} instead of float32, float16 or float64`);
  }
  const shape = (sizes.match(/\d+/g) ?? []).map(Number);
  const expected = shape.reduce((product, size) => product * size, FLOAT_SIZES[TYPES[descr]]);
  if (begin + expected !== zip.size(`${name}.npy`)) {
    throw malformed(file, `${name} has ${zip.size(`${name}.npy`) - begin} bytes, but [${shape}] needs ${expected}`);
  }
  return { type: TYPES[descr], fortran: order === "True", shape, begin };
}

/** The first dimension changes fastest. */
function fortranStrides(shape: readonly number[]): number[] {
  return shape.map((_, i) => shape.slice(0, i).reduce((product, size) => product * size, 1));
}

function malformed(file: RandomAccess, reason: string): WeightsError {
  return new WeightsError(`${file.name} is no .npz file that can be read: ${reason}. Download or save it again.`);
}
