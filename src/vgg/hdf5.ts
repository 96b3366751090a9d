/**
 * Keras' .h5 files: as much of HDF5 (File Format Specification 3.0) as h5py writes by default. A superblock of version 0
 * points to the root group; a group is a B-tree of nodes of symbols, whose names lie in a local heap. hdf5-parts.ts reads what all
 * objects are made of, hdf5-dataset.ts datasets.
 */
import type { RandomAccess } from "./files.ts";
import { type Dataset, openDataset } from "./hdf5-dataset.ts";
import { numberAt, Parts, readMessages, treeLeaves } from "./hdf5-parts.ts";
import type { TensorFile } from "./safetensors.ts";
import { inStandardForm, standardName } from "./tensorflow.ts";

/** Keras nests models in models. */
const MAX_DEPTH = 16;

/**
 * Opens the weights or the model that Keras wrote: `block1_conv1/block1_conv1_W_1:0`, `block1_conv1/block1_conv1/kernel:0`, also
 * in `model_weights/`. Datasets with other names are left out.
 *
 * @throws WeightsError if the file is malformed, truncated, or uses what Keras does not.
 */
export async function openHdf5(file: RandomAccess): Promise<TensorFile> {
  const parts = new Parts(file);
  const start = await parts.read(0, 96);
  const version = start.getUint8(8);
  if (version !== 0 || start.getUint8(13) !== 8 || start.getUint8(14) !== 8) {
    throw parts.malformed(`its superblock has version ${version}, with addresses of ${start.getUint8(13)} bytes`);
  }
  const [base, end, root] = [24, 40, 64].map((offset) => numberAt(start, offset));
  if (base !== 0 || end > file.size)
    throw parts.malformed(`it should have ${end} bytes, not ${file.size}: it is truncated`);

  const datasets = new Map<string, Dataset>();
  await visitObject(parts, root, "", 0, datasets);
  parts.checkClaims();
  const raw = {
    shapes: new Map([...datasets].map(([name, { shape }]) => [name, shape])),
    async read(name: string) {
      const dataset = datasets.get(name);
      if (dataset === undefined) throw parts.malformed(`it has no dataset ${name}`);
      return dataset.read();
    },
  };
  return { metadata: {}, ...inStandardForm(raw, (reason) => parts.malformed(reason)), close: () => file.close() };
}

/** Collects the datasets of a group and of the groups in it. */
async function visitObject(
  parts: Parts,
  address: number,
  name: string,
  depth: number,
  datasets: Map<string, Dataset>,
): Promise<void> {
  const messages = await readMessages(parts, address);
  const table = messages.find(({ type }) => type === 0x11)?.data;
  if (table === undefined) {
    if (standardName(name) !== undefined) datasets.set(name, await openDataset(parts, name, messages));
    return;
  }
  if (table.byteLength < 16 || depth === MAX_DEPTH) throw parts.malformed(`the group ${name} is damaged`);
  const heap = await parts.visit(numberAt(table, 8), 32, "HEAP", 0);
  const names = await parts.read(numberAt(heap, 24), numberAt(heap, 8));
  const nodes = await treeLeaves(parts, numberAt(table, 0), 0, 8);
  const children = (await Promise.all(nodes.map(({ child }) => readSymbols(parts, child, names)))).flat();
  if (new Set(children.map((child) => child.name)).size < children.length) {
    throw parts.malformed(`the group ${name} has two objects of one name`);
  }
  await Promise.all(
    children.map((child) => {
      const path = name === "" ? child.name : `${name}/${child.name}`;
      // An optimizer's state has the names of the weights that it belongs to.
      return path === "optimizer_weights" ? undefined : visitObject(parts, child.address, path, depth + 1, datasets);
    }),
  );
}

/** A node of symbols: names and addresses of objects. Symbolic links (cache type 2) are left out. */
async function readSymbols(parts: Parts, address: number, names: DataView) {
  const count = (await parts.visit(address, 8, "SNOD", 1)).getUint16(6, true);
  const view = await parts.read(address + 8, count * 40);
  const text = new Uint8Array(names.buffer);
  const symbols: { name: string; address: number }[] = [];
  for (let at = 0; at < view.byteLength; at += 40) {
    if (view.getUint32(at + 16, true) === 2) continue;
    const start = numberAt(view, at);
    const end = text.indexOf(0, start);
    if (start >= text.length || end <= start) throw parts.malformed(`a name in the group at ${address} is missing`);
    symbols.push({ name: new TextDecoder().decode(text.subarray(start, end)), address: numberAt(view, at + 8) });
  }
  return symbols;
}
