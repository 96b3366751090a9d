/**
 * The parts that image files are made of: PNG chunks, JPEG segments, RIFF (WebP) chunks, GIF blocks. Walking them tells
 * whether a file is whole, which decoders do not: Skia shows a truncated file with its missing rows transparent.
 *
 * PNG: W3C PNG (Third Edition), section 5. JPEG: ITU-T T.81, annex B. WebP: RFC 9649. GIF: GIF89a, section 18 on.
 */
import { viewOf } from "../bytes.ts";
import { ImageError } from "../errors.ts";

/** A part of a file: `type` is the name of the chunk, or the JPEG marker in hexadecimal; its payload is [start, end). */
export interface Part {
  type: string;
  start: number;
  end: number;
}

/** The error for a file that is cut off or contradicts itself. */
export function damaged(name: string, reason: string, cause?: unknown): ImageError {
  return new ImageError(`${name} is damaged: ${reason}. Download or save it again.`, { cause });
}

/** The bytes [start, end) as Latin-1 text. */
export function text(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end));
}

/** Chunks of a PNG in order, IEND last. Bytes after it are ignored. */
export function* pngChunks(bytes: Uint8Array, name: string): Generator<Part> {
  const view = viewOf(bytes);
  let at = 8;
  while (at + 8 <= bytes.length) {
    const type = text(bytes, at + 4, at + 8);
    const part = { type, start: at + 8, end: at + 8 + view.getUint32(at) };
    at = part.end + 4; // after the checksum
    if (at > bytes.length) throw endsEarly(name, bytes, at);
    yield part;
    if (type === "IEND") return;
  }
  throw damaged(name, `its ${bytes.length} bytes end without the IEND chunk that closes a PNG`);
}

/**
 * Segments of a JPEG in order, up to the marker EOI (`d9`). Bytes after it, which some cameras add, are ignored, as are
 * stray bytes between segments.
 */
export function* jpegSegments(bytes: Uint8Array, name: string): Generator<Part> {
  let at = nextMarker(bytes, 2); // after SOI
  while (at + 1 < bytes.length) {
    const type = bytes[at + 1].toString(16);
    const start = at + 4;
    if (type === "d9") return yield { type, start: at + 2, end: at + 2 };
    if (start > bytes.length) break;
    const end = at + 2 + ((bytes[at + 2] << 8) | bytes[at + 3]);
    if (end > bytes.length) throw endsEarly(name, bytes, end);
    yield { type, start, end };
    at = nextMarker(bytes, end);
  }
  throw damaged(name, `its ${bytes.length} bytes end without the EOI marker that closes a JPEG`);
}

/** Position of the next marker, past the entropy-coded data of a scan: stuffed zeros, fill bytes and restarts are none. */
function nextMarker(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1];
    const restart = next >= 0xd0 && next <= 0xd7;
    if (next !== 0x00 && next !== 0xff && !restart) return at;
  }
  return bytes.length;
}

/** Chunks of a WebP in order. */
export function* webpChunks(bytes: Uint8Array, name: string): Generator<Part> {
  const view = viewOf(bytes);
  const total = bytes.length < 8 ? 8 : view.getUint32(4, true) + 8;
  if (total > bytes.length) throw endsEarly(name, bytes, total);
  let at = 12;
  while (at + 8 <= total) {
    const part = { type: text(bytes, at, at + 4), start: at + 8, end: at + 8 + view.getUint32(at + 4, true) };
    if (part.end > total) throw endsEarly(name, bytes, part.end);
    yield part;
    at = part.end + (part.end & 1); // payloads are padded to an even length
  }
}

/** Blocks of a GIF up to its first image, which is the only one that is used. */
export function* gifBlocks(bytes: Uint8Array, name: string): Generator<Part> {
  const colorTable = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  let at = 13 + colorTable(bytes[10]);
  while (at < bytes.length) {
    const start = at;
    const type = bytes[at];
    if (type === 0x2c) at += 11 + colorTable(bytes[at + 9]);
    else if (type === 0x21) at += 2;
    else break;
    while (bytes[at] > 0) at += 1 + bytes[at]; // sub-blocks, each led by its length, until one of length 0
    at++;
    if (at > bytes.length) throw endsEarly(name, bytes, at);
    yield { type: type === 0x2c ? "image" : "extension", start, end: at };
    if (type === 0x2c) return;
  }
}

function endsEarly(name: string, bytes: Uint8Array, expected: number): ImageError {
  return damaged(name, `it ends after ${bytes.length} of at least ${expected} bytes`);
}
