/**
 * The parts that HDF5 files are built of (File Format Specification 3.0): blocks that are found by their address, B-trees of version
 * 1, and the messages in the headers of objects of version 1.
 */
import { WeightsError } from "../errors.ts";
import type { RandomAccess } from "./files.ts";

/** Metadata lie scattered in small pieces, mostly beside each other: pages of this size are read and kept. */
const PAGE = 8192;

/** The file of VGG19 has 60 objects of up to 7 parts each. */
const MAX_PARTS = 100_000;

/** Names of a group, or messages of an object: Keras' description of VGG19 has 20 kB. */
const MAX_BLOCK = 2 ** 20;

/** One message in the header of an object. */
export interface Message {
  type: number;
  /** Whether the message itself lies elsewhere. */
  shared: boolean;
  data: DataView;
}

/** The file by address. Every byte belongs to one part, so that damaged ones cannot lead in circles or into each other. */
export class Parts {
  readonly #pages = new Map<number, Promise<Uint8Array>>();
  readonly #claimed = new Map<number, number>();
  #total = 0;

  constructor(readonly file: RandomAccess) {}

  /** Notes that bytes are taken by a part or by values. */
  claim(address: number, length: number): void {
    if (!(address >= 0 && address + length <= this.file.size)) {
      throw this.malformed(`${length} bytes at ${address} lie outside of its ${this.file.size}`);
    }
    if (this.#claimed.has(address)) throw this.malformed(`what lies at ${address} is used twice`);
    if (this.#claimed.size >= MAX_PARTS) throw this.malformed(`it has more than ${MAX_PARTS} parts`);
    if (length > 0) this.#claimed.set(address, length);
    this.#total += length;
    if (this.#total > this.file.size)
      throw this.malformed(`parts of it overlap: together they have ${this.#total} bytes`);
  }

  /** Refuses parts that overlap. */
  checkClaims(): void {
    let end = 0;
    for (const [address, length] of [...this.#claimed].sort(([a], [b]) => a - b)) {
      if (address < end) throw this.malformed(`parts of it overlap at ${address}`);
      end = address + length;
    }
  }

  /** Claims the bytes of a part of the file's structure and reads them. */
  async read(address: number, length: number): Promise<DataView> {
    if (length > MAX_BLOCK) throw this.malformed(`the part at ${address} would have ${length} bytes`);
    this.claim(address, length);
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const page = Math.floor((address + done) / PAGE);
      const start = address + done - page * PAGE;
      const piece = (await this.#page(page)).subarray(start, start + length - done);
      bytes.set(piece, done);
      done += piece.length;
    }
    return new DataView(bytes.buffer);
  }

  /** The same for a part that begins with four letters, a version in one byte or other bytes after them. */
  async visit(address: number, length: number, letters: string, version: number): Promise<DataView> {
    const view = await this.read(address, length);
    const found = String.fromCharCode(...new Uint8Array(view.buffer, 0, letters.length));
    if (found === letters && view.getUint8(letters.length) === version) return view;
    throw this.malformed(`at ${address} there is no ${letters || "object"} of version ${version}`);
  }

  malformed(reason: string): WeightsError {
    const remedy = "Download it again, or save it with h5py's defaults";
    return new WeightsError(`${this.file.name} is no HDF5 file that can be read: ${reason}. ${remedy}.`);
  }

  #page(index: number): Promise<Uint8Array> {
    const kept = this.#pages.get(index);
    if (kept !== undefined) return kept;
    const start = index * PAGE;
    const page = this.file.read(start, Math.min(PAGE, this.file.size - start));
    this.#pages.set(index, page);
    return page;
  }
}

/** An address or a length; those that no file can have stay so large that they are refused. */
export function numberAt(view: DataView, offset: number): number {
  return Number(view.getBigUint64(offset, true));
}

/** The children of a B-tree's leaves, and the keys before them. Type 0 is that of groups, 1 that of chunks. */
export async function treeLeaves(parts: Parts, address: number, type: number, keySize: number, level?: number) {
  const { used, found } = await treeHeader(parts, address, type);
  if (level !== undefined && found !== level) throw parts.malformed(`the B-tree at ${address} is uneven`);
  const view = await parts.read(address + 24, used * (keySize + 8) + keySize);
  const leaves: { key: DataView; child: number }[] = [];
  for (let i = 0; i < used; i++) {
    const at = i * (keySize + 8);
    const child = numberAt(view, at + keySize);
    if (found === 0) leaves.push({ key: new DataView(view.buffer, at, keySize), child });
    else for (const leaf of await treeLeaves(parts, child, type, keySize, found - 1)) leaves.push(leaf);
  }
  return leaves;
}

async function treeHeader(parts: Parts, address: number, type: number) {
  const view = await parts.visit(address, 24, "TREE", type);
  return { found: view.getUint8(5), used: view.getUint16(6, true) };
}

/** The messages of an object, which go on in further blocks. */
export async function readMessages(parts: Parts, address: number): Promise<Message[]> {
  const header = await parts.visit(address, 16, "", 1);
  const count = header.getUint16(2, true);
  const blocks = [{ address: address + 16, length: header.getUint32(8, true) }];
  const messages: Message[] = [];
  let total = 0;
  for (const block of blocks) {
    total += block.length;
    if (total > MAX_BLOCK || blocks.length > 64)
      throw parts.malformed(`the object at ${address} has a header too long`);
    const view = await parts.read(block.address, block.length);
    for (let at = 0; at + 8 <= block.length && messages.length < count; ) {
      const [type, length] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
      if (at + 8 + length > block.length) throw parts.malformed(`a message of the object at ${address} is too long`);
      const data = new DataView(view.buffer, at + 8, length);
      messages.push({ type, shared: (view.getUint8(at + 4) & 2) !== 0, data });
      if (type === 0x10 && length >= 16) blocks.push({ address: numberAt(data, 0), length: numberAt(data, 8) });
      at += 8 + length;
    }
  }
  if (messages.length !== count) throw parts.malformed(`the object at ${address} has not its ${count} messages`);
  return messages;
}
