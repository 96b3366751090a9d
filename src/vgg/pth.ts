/**
 * PyTorch's .pth files (torch/serialization.py), of both kinds: since PyTorch 1.6 a zip archive of a pickle `data.pkl` and one
 * entry `data/KEY` per storage; before, five pickles in a row (magic number, version, system, the values, the storages' keys),
 * then the storages in the order of the keys, each after its number of values as i64. A tensor is a view of a storage: an
 * offset, sizes and strides, in values. Only the parts of storages that a tensor shows are read.
 */
import { WeightsError } from "../errors.ts";
import { isSizes } from "../json.ts";
import type { RandomAccess } from "./files.ts";
import { decodeFloats, FLOAT_SIZES, type FloatType } from "./float16.ts";
import { originOf } from "./origin.ts";
import { type Callable, unpickle } from "./pickle.ts";
import type { TensorFile } from "./safetensors.ts";
import { gather, isContiguous } from "./strides.ts";
import type { Zip } from "./zip.ts";

/** The pickles of VGG19 have 3 kB. */
const MAX_PICKLE = 2 ** 20;

/** Values of a tensor whose strides need a gather; the largest convolution of VGG19 has 2.4 million. */
const MAX_GATHERED = 2 ** 24;

/** Items that a pickle may put into dicts by way of lists, which it may do again and again with the same list. */
const MAX_PAIRS = 10_000;

/** `torch.save` begins the older kind with it. */
const MAGIC = 0x1950a86a20f9469cfc6cn;

/** The fifth item of a storage's persistent id is its number of values. */
class Storage {
  constructor(
    readonly type: FloatType,
    readonly key: string,
    readonly count: number,
  ) {}
}

/** A view of a storage, in values; `end` is behind the last one that it shows. */
class Tensor {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
    readonly count: number,
    readonly end: number,
  ) {}
}

/** Reads values of a storage. */
type ReadStorage = (storage: Storage, offset: number, count: number) => Promise<Uint8Array>;

/** Opens the newer kind. Throws WeightsError if it is malformed or holds anything but a state dict. */
export async function openPthArchive(file: RandomAccess, zip: Zip): Promise<TensorFile> {
  const pickle = zip.names.find((name) => /^([^/]+\/)?data\.pkl$/.test(name));
  if (pickle === undefined) throw malformed(file, "it is a zip archive without data.pkl");
  const folder = pickle.slice(0, -"data.pkl".length);
  if (zip.size(pickle) > MAX_PICKLE) throw malformed(file, `data.pkl has ${zip.size(pickle)} bytes`);
  const bytes = await zip.read(pickle);
  const { value } = guarded(file, () => unpickle(bytes, 0, hostOf()));
  if (zip.names.includes(`${folder}byteorder`)) {
    const order = new TextDecoder().decode(await zip.readStart(`${folder}byteorder`, 16));
    if (order !== "little") throw malformed(file, `its byte order is ${JSON.stringify(order)}`);
  }
  return stateDict(file, value, (storage, offset, count) => {
    const [name, size] = [`${folder}data/${storage.key}`, FLOAT_SIZES[storage.type]];
    if (zip.size(name) !== storage.count * size) {
      throw malformed(file, `${name} has ${zip.size(name)} bytes, but ${storage.count} values of ${storage.type}`);
    }
    return zip.readPart(name, offset * size, count * size);
  });
}

/** Opens the older kind. Throws as {@link openPthArchive} does. */
export async function openPthStream(file: RandomAccess): Promise<TensorFile> {
  const bytes = await file.read(0, Math.min(file.size, MAX_PICKLE));
  const storages = new Map<string, Storage>();
  let at = 0;
  const next = (host = hostOf()) => {
    const { value, end } = guarded(file, () => unpickle(bytes, at, host));
    at = end;
    return value;
  };
  const [magic, version, system] = [next(), next(), next()];
  if (magic !== MAGIC || version !== 1001) throw malformed(file, `its version is ${magic}, ${version}`);
  if (!(system instanceof Map && system.get("little_endian") === true))
    throw malformed(file, "it is not little-endian");
  const value = next(hostOf(storages));
  const begins = placeStorages(file, next(), storages, at);
  return stateDict(file, value, async (storage, offset, count) => {
    const begin = begins.get(storage.key) ?? 0;
    const [from, length] = [offset, count].map((values) => values * FLOAT_SIZES[storage.type]);
    // The number of values and, mostly, the values behind it in one request.
    const start = await file.read(begin, from === 0 ? 8 + length : 8);
    if (new DataView(start.buffer, start.byteOffset).getBigInt64(0, true) !== BigInt(storage.count)) {
      throw malformed(file, `storage ${storage.key} has not the ${storage.count} values that belong to it`);
    }
    return from === 0 ? start.subarray(8) : file.read(begin + 8 + from, length);
  });
}

/** First byte of each storage; together they fill the file. */
function placeStorages(file: RandomAccess, keys: unknown, storages: ReadonlyMap<string, Storage>, start: number) {
  if (!Array.isArray(keys) || keys.length !== storages.size) {
    throw malformed(file, `it has not the keys of its ${storages.size} storages`);
  }
  const begins = new Map<string, number>();
  let begin = start;
  for (const key of keys) {
    const storage = storages.get(key);
    if (storage === undefined || begins.has(key)) throw malformed(file, `it has no storage for one of its keys`);
    begins.set(key, begin);
    begin += 8 + storage.count * FLOAT_SIZES[storage.type];
  }
  if (begin !== file.size)
    throw malformed(file, `its storages end at byte ${begin} of ${file.size}: it may be truncated`);
  return begins;
}

/** All that a state dict may name. `storages` hears of every storage, and refuses one that changes. */
function hostOf(storages = new Map<string, Storage>()) {
  let pairs = 0;
  const orderedDict: Callable = (items = []) => {
    const map = new Map();
    if (!Array.isArray(items)) throw new Error("an OrderedDict is not made of a list");
    pairs += items.length;
    if (pairs > MAX_PAIRS) throw new Error(`its dicts have more than ${MAX_PAIRS} items`);
    for (const item of items) {
      if (!Array.isArray(item)) throw new Error("an OrderedDict is not made of pairs");
      map.set(item[0], item[1]);
    }
    return map;
  };
  const globals = new Map<string, unknown>([
    ["collections.OrderedDict", orderedDict],
    ["torch._utils._rebuild_tensor", tensorOf],
    ["torch._utils._rebuild_tensor_v2", tensorOf],
    ["torch._utils._rebuild_parameter", (data: unknown) => data],
    ["torch.FloatStorage", "F32"],
    ["torch.DoubleStorage", "F64"],
    ["torch.HalfStorage", "F16"],
    ["torch.BFloat16Storage", "BF16"],
  ]);
  const persistent: Callable = (kind, type, key, _device, count, view = null) => {
    const known = typeof type === "string" && Object.hasOwn(FLOAT_SIZES, type);
    if (kind !== "storage" || !known || typeof key !== "string" || !isSizes([count]) || view !== null) {
      throw new Error("a storage in it has no type, key or number of values that can be read");
    }
    const storage = new Storage(type as FloatType, key, count as number);
    const before = storages.get(key) ?? storage;
    if (before.type !== type || before.count !== count) throw new Error(`there are two storages ${key}`);
    storages.set(key, before);
    return before;
  };
  return { globals, persistent };
}

/** `torch._utils._rebuild_tensor_v2`: checks that the view is inside of its storage. */
function tensorOf(storage: unknown, offset: unknown, shape: unknown, strides: unknown): Tensor {
  const ranks = Array.isArray(shape) && Array.isArray(strides) ? [shape.length, strides.length] : [-1, -1];
  if (!(storage instanceof Storage) || !isSizes([offset]) || ranks[0] !== ranks[1] || !(ranks[0] <= 8)) {
    throw new Error("a tensor in it has no storage, offset, sizes or strides");
  }
  if (!isSizes(shape) || !isSizes(strides)) throw new Error("sizes or strides of a tensor in it are no whole numbers");
  const count = shape.reduce((product, size) => product * size, 1);
  const first = offset as number;
  const end = count === 0 ? first : shape.reduce((sum, size, i) => sum + (size - 1) * strides[i], first) + 1;
  if (!(end <= storage.count) || !Number.isSafeInteger(count)) {
    throw new Error(`a tensor [${shape}] with strides [${strides}] does not fit into its ${storage.count} values`);
  }
  // Copies: the pickle may go on to change its lists.
  return new Tensor(storage, first, [...shape], [...strides], count, end);
}

/** The tensors of a dict, or of the dict `state_dict` in it; texts beside them are metadata. */
async function stateDict(file: RandomAccess, value: unknown, readStorage: ReadStorage): Promise<TensorFile> {
  if (!(value instanceof Map)) throw malformed(file, "it holds no state dict, but one tensor or a list");
  const inner = value.get("state_dict");
  const tensors = new Map<string, Tensor>();
  const texts: Record<string, string> = {};
  for (const [name, item] of [...value, ...(inner instanceof Map ? inner : [])]) {
    if (typeof name !== "string") continue;
    if (item instanceof Tensor) tensors.set(name, item);
    if (typeof item === "string" && name !== "__proto__") texts[name] = item;
  }

  async function read(name: string): Promise<Float32Array> {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw malformed(file, `it has no tensor ${name}`);
    const { storage, offset, shape, strides, count, end } = tensor;
    const contiguous = isContiguous(shape, strides);
    if (!contiguous && count > MAX_GATHERED)
      throw malformed(file, `${name} has [${shape}] values with strides [${strides}]`);
    const values = decodeFloats(await readStorage(storage, offset, end - offset), storage.type);
    return contiguous ? values : gather(values, shape, strides);
  }

  const shapes = new Map([...tensors].map(([name, { shape }]) => [name, shape]));
  return {
    metadata: { ...(await originOf(file.name, shapes, read)), ...texts },
    shapes,
    read,
    close: () => file.close(),
  };
}

/** Adds the file's name to what is wrong with a pickle. */
function guarded<Result>(file: RandomAccess, work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    throw malformed(file, (cause as Error).message, cause);
  }
}

function malformed(file: RandomAccess, reason: string, cause?: unknown): WeightsError {
  const remedy = "Download it again, or save the network's state_dict with torch.save";
  return new WeightsError(`${file.name} is no PyTorch file that can be read: ${reason}. ${remedy}.`, { cause });
}
