/** Zip archives made by hand, for tests. */
import { crc32, deflateRawSync } from "node:zlib";

/** An entry of a zip archive, and what the directory says of it instead of the truth. */
export interface Member {
  name: string;
  data: Uint8Array;
  deflated?: boolean;
  size?: number;
  stored?: number;
  flags?: number;
  /** Where the directory says that it begins. */
  begin?: number;
}

/** An archive as APPNOTE has it; with `large`, sizes and places are in ZIP64's fields. */
export function zipOf(members: readonly Member[], large = false): Uint8Array {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, data, deflated = false, flags = 0, ...claims } of members) {
    const packed = deflated ? deflateRawSync(data) : data;
    const { size = data.length, stored = packed.length, begin = at } = claims;
    const local = Buffer.alloc(30 + name.length);
    local.writeUInt32LE(0x04034b50);
    local.writeUInt16LE(name.length, 26);
    local.write(name, 30);
    bodies.push(local, Buffer.from(packed));
    const extra = Buffer.alloc(large ? 28 : 0);
    if (large) {
      extra.writeUInt16LE(1);
      extra.writeUInt16LE(24, 2);
      [size, stored, begin].forEach((value, i) => extra.writeBigUInt64LE(BigInt(value), 4 + 8 * i));
    }
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50);
    entry.writeUInt16LE(flags, 8);
    entry.writeUInt16LE(deflated ? 8 : 0, 10);
    entry.writeUInt32LE(crc32(data), 16);
    [stored, size].forEach((value, i) => entry.writeUInt32LE(large ? 0xffffffff : value, 20 + 4 * i));
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt16LE(extra.length, 30);
    entry.writeUInt32LE(large ? 0xffffffff : begin, 42);
    directory.push(entry, Buffer.from(name), extra);
    at += local.length + packed.length;
  }
  const length = directory.reduce((sum, { length: bytes }) => sum + bytes, 0);
  const end = Buffer.alloc(large ? 98 : 22);
  if (large) {
    end.writeUInt32LE(0x06064b50);
    [members.length, length, at].forEach((value, i) => end.writeBigUInt64LE(BigInt(value), 32 + 8 * i));
    end.writeUInt32LE(0x07064b50, 56);
    end.writeBigUInt64LE(BigInt(at + length), 64);
  }
  const record = end.subarray(end.length - 22);
  record.writeUInt32LE(0x06054b50);
  record.writeUInt16LE(large ? 0xffff : members.length, 10);
  record.writeUInt32LE(large ? 0xffffffff : length, 12);
  record.writeUInt32LE(large ? 0xffffffff : at, 16);
  return new Uint8Array(Buffer.concat([...bodies, ...directory, end]));
}
