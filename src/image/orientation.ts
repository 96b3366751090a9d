/**
 * EXIF orientation (CIPA DC-008, tag 0x0112), which says how a camera was held. Decoders differ in which formats they
 * heed it for (Skia: JPEG and WebP, not PNG), so it is taken out of the file and applied here, everywhere alike.
 */
import { viewOf } from "../bytes.ts";
import { crc32 } from "../crc32.ts";
import type { InputFormat } from "./inspect.ts";
import { jpegSegments, type Part, pngChunks, text, webpChunks } from "./parts.ts";
import type { Picture } from "./picture.ts";

const ORIENTATION_TAG = 0x0112;
const SHORT = 3;

/** Orientation 1 to 8; 1 (upright) where the file says nothing that is valid. */
export function readOrientation(bytes: Uint8Array, format: InputFormat, name: string): number {
  const field = findField(bytes, format, name);
  return field ? viewOf(bytes).getUint16(field.offset, field.littleEndian) : 1;
}

/** Whether an orientation turns the picture by 90 degrees, so that width becomes height. */
export function swapsSides(orientation: number): boolean {
  return orientation >= 5;
}

/** A copy of the file that says upright, so that no decoder turns it. The file itself if it says so already. */
export function withoutOrientation(bytes: Uint8Array, format: InputFormat, name: string): Uint8Array {
  const field = findField(bytes, format, name);
  if (!field) return bytes;
  const copy = new Uint8Array(bytes);
  const view = viewOf(copy);
  view.setUint16(field.offset, 1, field.littleEndian);
  const { type, start, end } = field.part;
  if (format === "png") view.setUint32(end, crc32(copy.subarray(start - type.length, end)));
  return copy;
}

/** The picture turned and mirrored so that a picture stored with `orientation` is upright. */
export function orient(picture: Picture, orientation: number): Picture {
  if (orientation === 1) return picture;
  const swap = swapsSides(orientation);
  const mirrorX = [2, 3, 7, 8].includes(orientation);
  const mirrorY = [3, 4, 6, 7].includes(orientation);
  const width = swap ? picture.height : picture.width;
  const height = swap ? picture.width : picture.height;
  const data = new Uint8ClampedArray(4 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v] = swap ? [y, x] : [x, y];
      const sourceX = mirrorX ? picture.width - 1 - u : u;
      const sourceY = mirrorY ? picture.height - 1 - v : v;
      const from = 4 * (sourceY * picture.width + sourceX);
      const to = 4 * (y * width + x);
      for (let c = 0; c < 4; c++) data[to + c] = picture.data[from + c];
    }
  }
  return { width, height, data };
}

/** Where the file stores an orientation of 2 to 8. */
interface Field {
  offset: number;
  littleEndian: boolean;
  part: Part;
}

function findField(bytes: Uint8Array, format: InputFormat, name: string): Field | undefined {
  const part = exifPart(bytes, format, name);
  if (!part) return undefined;
  const prefix = text(bytes, part.start, part.start + 6) === "Exif\0\0" ? 6 : 0;
  const tiff = bytes.subarray(part.start + prefix, part.end);
  try {
    const field = findInTiff(viewOf(tiff));
    return field && { ...field, offset: field.offset + part.start + prefix, part };
  } catch (error) {
    if (error instanceof RangeError) return undefined; // broken metadata does not spoil the picture
    throw error;
  }
}

function exifPart(bytes: Uint8Array, format: InputFormat, name: string): Part | undefined {
  if (format === "png") return first(pngChunks(bytes, name), ({ type }) => type === "eXIf");
  if (format === "webp") return first(webpChunks(bytes, name), ({ type }) => type === "EXIF");
  if (format !== "jpeg") return undefined;
  return first(
    jpegSegments(bytes, name),
    ({ type, start }) => type === "e1" && text(bytes, start, start + 6) === "Exif\0\0",
  );
}

function first(parts: Iterable<Part>, matches: (part: Part) => boolean): Part | undefined {
  for (const part of parts) if (matches(part)) return part;
  return undefined;
}

/** Searches the first directory of a TIFF structure: 12 bytes an entry (tag, type, count, value). */
function findInTiff(tiff: DataView): Omit<Field, "part"> | undefined {
  const littleEndian = tiff.getUint16(0) === 0x4949; // "II", else "MM"
  const directory = tiff.getUint32(4, littleEndian);
  const entries = tiff.getUint16(directory, littleEndian);
  for (let i = 0; i < entries; i++) {
    const entry = directory + 2 + 12 * i;
    if (tiff.getUint16(entry, littleEndian) !== ORIENTATION_TAG) continue;
    const value = tiff.getUint16(entry + 8, littleEndian);
    const valid = tiff.getUint16(entry + 2, littleEndian) === SHORT && value >= 2 && value <= 8;
    return valid ? { offset: entry + 8, littleEndian } : undefined;
  }
  return undefined;
}
