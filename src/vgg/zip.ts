/**
 * Zip archives (PKWARE APPNOTE 6.3.10) as PyTorch and NumPy write them: the directory at the end is read and checked as a whole,
 * entries one by one, by range. ZIP64 is understood; encryption, several disks and methods but store and deflate are not.
 */
import { streamOf, viewOf } from "../bytes.ts";
import { crc32 } from "../crc32.ts";
import { WeightsError } from "../errors.ts";
import type { RandomAccess } from "./files.ts";

/** A directory of VGG19 has 3 kB. */
const MAX_DIRECTORY = 2 ** 22;

/** Deflate cannot make more bytes than these of one. */
const MAX_RATIO = 1032;

/** An entry that is inflated lies in memory. The largest convolution of VGG19 has 9.4 MB. */
const MAX_INFLATED = 2 ** 28;

/** The header before the data of an entry, with name and extra fields: PyTorch pads it to a multiple of 64 bytes. */
const MAX_HEADER = 1024;

interface Entry {
  deflated: boolean;
  checksum: number;
  /** Bytes in the archive. */
  stored: number;
  size: number;
  /** Of the header before the data, and of whatever follows the data. */
  begin: number;
  end: number;
}

/** An open archive. Its methods throw WeightsError for a name that it does not have. */
export interface Zip {
  readonly names: readonly string[];
  /** Bytes of an entry after inflation, as the directory says. */
  size(name: string): number;
  /** All bytes of an entry, their checksum verified. */
  read(name: string): Promise<Uint8Array>;
  /** Bytes from `offset` on, without a checksum unless they are all; only of an entry that is stored as it is. */
  readPart(name: string, offset: number, length: number): Promise<Uint8Array>;
  /** The first bytes of an entry, fewer if it has fewer. */
  readStart(name: string, length: number): Promise<Uint8Array>;
}

/**
 * Opens an archive.
 *
 * @throws WeightsError if its directory is malformed.
 */
export async function openZip(file: RandomAccess): Promise<Zip> {
  const entries = await readDirectory(file);

  function find(name: string): Entry {
    const entry = entries.get(name);
    if (entry === undefined) throw malformed(file, `it has no entry ${JSON.stringify(name)}`);
    return entry;
  }

  /** The first bytes of the data as they are stored, in one request with the header before them. */
  async function readStored(name: string, length: number): Promise<Uint8Array> {
    const entry = find(name);
    const bytes = await file.read(entry.begin, Math.min(entry.end - entry.begin, MAX_HEADER + length));
    const start = dataStart(entry, bytes, name);
    return bytes.subarray(start, start + length);
  }

  /** First byte of the data, told by the header before it: name and extra fields, which must fill it. */
  function dataStart(entry: Entry, bytes: Uint8Array, name: string): number {
    const view = viewOf(bytes);
    const nameEnd = 30 + view.getUint16(26, true);
    const start = nameEnd + view.getUint16(28, true);
    let at = nameEnd;
    while (at + 4 <= Math.min(start, bytes.length)) at += 4 + view.getUint16(at + 2, true);
    const named = new TextDecoder().decode(bytes.subarray(30, nameEnd)) === name;
    const fits = at === start && start <= MAX_HEADER && entry.begin + start + entry.stored <= entry.end;
    if (view.getUint32(0, true) === 0x04034b50 && named && fits) return start;
    throw malformed(file, `its directory and its data disagree about ${JSON.stringify(name)}`);
  }

  async function read(name: string): Promise<Uint8Array> {
    const entry = find(name);
    const stored = await readStored(name, entry.stored);
    const data = entry.deflated ? await inflate(stored, entry.size) : stored;
    if (data?.length === entry.size && crc32(data) === entry.checksum) return data;
    throw malformed(file, `${name} is damaged: its ${entry.size} bytes do not fit their checksum`);
  }

  return {
    names: [...entries.keys()],
    size: (name) => find(name).size,
    read,
    async readPart(name, offset, length) {
      const entry = find(name);
      if (length === entry.size) return read(name);
      if (entry.deflated || !(offset >= 0 && offset + length <= entry.size)) {
        throw malformed(file, `${name} has no ${length} bytes from ${offset} on that can be read alone`);
      }
      const header = await file.read(entry.begin, Math.min(entry.end - entry.begin, MAX_HEADER));
      const start = dataStart(entry, header, name);
      return file.read(entry.begin + start + offset, length);
    },
    async readStart(name, length) {
      const entry = find(name);
      const wanted = Math.min(length, entry.size);
      // No block is so unlucky that twice the bytes and a table of codes would not suffice.
      const stored = await readStored(name, entry.deflated ? Math.min(entry.stored, 2 * wanted + 1024) : wanted);
      const data = entry.deflated ? await inflate(stored, wanted) : stored;
      if (data?.length === wanted) return data;
      throw malformed(file, `${name} is damaged: it cannot be inflated`);
    },
  };
}

async function readDirectory(file: RandomAccess): Promise<Map<string, Entry>> {
  const { offset, length, count } = await findDirectory(file);
  if (length > MAX_DIRECTORY || count * 46 > length) {
    throw malformed(file, `its directory would have ${count} entries in ${length} bytes`);
  }
  const bytes = await file.read(offset, length);
  const view = viewOf(bytes);
  const entries = new Map<string, Entry>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    const fits = at + 46 <= length && view.getUint32(at, true) === 0x02014b50;
    const next = fits ? at + 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) : length + 1;
    const comment = fits ? view.getUint16(at + 32, true) : 0;
    if (next + comment > length) throw malformed(file, `entry ${i + 1} of ${count} in its directory is damaged`);
    const { name, entry } = readEntry(file, bytes.subarray(at, next));
    if (entries.has(name)) throw malformed(file, `it has two entries ${JSON.stringify(name)}`);
    entries.set(name, entry);
    at = next + comment;
  }
  // Each entry ends where the next one begins, or the directory: so none overlap.
  let end = offset;
  for (const entry of [...entries.values()].sort((a, b) => b.begin - a.begin)) {
    entry.end = end;
    if (entry.begin + 30 + entry.stored > end) throw malformed(file, `entries overlap at byte ${entry.begin}`);
    end = entry.begin;
  }
  return entries;
}

/** One entry of the directory. Sizes that need more than 32 bits are in an extra field (APPNOTE, 4.5.3), in this order. */
function readEntry(file: RandomAccess, bytes: Uint8Array): { name: string; entry: Entry } {
  const view = viewOf(bytes);
  const [flags, method] = [view.getUint16(8, true), view.getUint16(10, true)];
  const nameEnd = 46 + view.getUint16(28, true);
  const name = new TextDecoder().decode(bytes.subarray(46, nameEnd));
  let large = 0;
  let largeEnd = 0;
  for (let at = nameEnd; at + 4 <= bytes.length; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    large = at + 4;
    largeEnd = Math.min(bytes.length, large + view.getUint16(at + 2, true));
  }
  const [size, stored, begin] = [24, 20, 42].map((at) => {
    const value = view.getUint32(at, true);
    if (value !== 0xffffffff) return value;
    large += 8;
    return large <= largeEnd ? Number(view.getBigUint64(large - 8, true)) : Number.NaN;
  });
  const deflated = method === 8;
  const fits = deflated ? size <= Math.min(MAX_INFLATED, stored * MAX_RATIO) : size === stored;
  if (flags & 1 || !(method === 0 || deflated) || !fits || !Number.isSafeInteger(begin)) {
    const what = `${size} bytes from ${stored} by method ${method}${flags & 1 ? ", encrypted" : ""}`;
    throw malformed(file, `${JSON.stringify(name)} would have ${what}`);
  }
  return { name, entry: { deflated, checksum: view.getUint32(16, true), stored, size, begin, end: 0 } };
}

/** Finds the directory by the record at the end of the archive, or by its ZIP64 twin before it. */
async function findDirectory(file: RandomAccess) {
  // Rarely is there a comment, which would need a longer look.
  const found = (await findEnd(file, 22)) ?? (await findEnd(file, 22 + 0xffff));
  if (found === undefined) throw malformed(file, "its directory is missing: it may be truncated");
  const { view, at, address } = found;
  const [count, length, offset] = [
    view.getUint16(at + 10, true),
    view.getUint32(at + 12, true),
    view.getUint32(at + 16, true),
  ];
  if (count !== 0xffff && length !== 0xffffffff && offset !== 0xffffffff) return { count, length, offset };
  const locator = viewOf(await file.read(address - 20, 20));
  if (locator.getUint32(0, true) !== 0x07064b50) throw malformed(file, "its ZIP64 record is missing");
  const large = viewOf(await file.read(Number(locator.getBigUint64(8, true)), 56));
  if (large.getUint32(0, true) !== 0x06064b50) throw malformed(file, "its ZIP64 record is damaged");
  const [counted, bytes, start] = [32, 40, 48].map((place) => Number(large.getBigUint64(place, true)));
  return { count: counted, length: bytes, offset: start };
}

/** Looks for the record (22 bytes, then a comment that reaches to the end) in the last `length` bytes. */
async function findEnd(file: RandomAccess, length: number) {
  const read = Math.min(file.size, length);
  const view = viewOf(await file.read(file.size - read, read));
  for (let at = read - 22; at >= 0; at--) {
    if (view.getUint32(at, true) === 0x06054b50 && at + 22 + view.getUint16(at + 20, true) === read)
      return { view, at, address: file.size - read + at };
  }
  return undefined;
}

/** Inflates until there are `limit` bytes, whatever would still come; undefined if the data are damaged. */
async function inflate(bytes: Uint8Array, limit: number): Promise<Uint8Array | undefined> {
  const stream = streamOf([new Uint8Array(bytes)]).pipeThrough(new DecompressionStream("deflate-raw"));
  const reader = stream.getReader();
  const data = new Uint8Array(limit);
  let done = 0;
  try {
    while (done < limit) {
      const { value } = await reader.read();
      if (value === undefined) break;
      data.set(value.subarray(0, limit - done), done);
      done += Math.min(value.length, limit - done);
    }
  } catch {
    return undefined;
  } finally {
    reader.cancel().catch(() => {});
  }
  return done === limit ? data : undefined;
}

function malformed(file: RandomAccess, reason: string): WeightsError {
  return new WeightsError(`${file.name} is no zip archive that can be read: ${reason}. Download or convert it again.`);
}
