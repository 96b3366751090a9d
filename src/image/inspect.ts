/** What can be known of an image file before anything is decoded: its format and size, and whether it is whole. */
import { viewOf } from "../bytes.ts";
import { ImageError } from "../errors.ts";
import { readOrientation, swapsSides } from "./orientation.ts";
import { damaged, gifBlocks, jpegSegments, pngChunks, text, webpChunks } from "./parts.ts";

/** The formats that can be read. */
export type InputFormat = "png" | "jpeg" | "webp" | "gif" | "bmp";

/** What `inspect` finds. */
export interface Inspection {
  /** Size in pixels as shown, that is, after the EXIF orientation is applied. */
  width: number;
  height: number;
  format: InputFormat;
}

/** Longest side that is read, in pixels; it bounds the area at 268 megapixels, 1 GiB as RGBA. */
const MAX_SIDE = 16384;

const READABLE = "PNG, JPEG, WebP, GIF or BMP";

/**
 * Format and size of an encoded image. Nothing of the size of the picture is allocated.
 *
 * JPEG, WebP and GIF have no checksums: of these, a file is found damaged when it is cut off or its structure is
 * broken, not when single bytes of the pixel data have changed. The checksums of a PNG are for `verifyPng`.
 *
 * @param name what error messages call the image, such as `content image "photo.jpg"`.
 * @throws ImageError when it is empty, no image, of an unknown format, truncated, of size 0 or over {@link MAX_SIDE}.
 */
export function inspect(bytes: Uint8Array, name: string): Inspection {
  if (bytes.length === 0) throw new ImageError(`${name} is empty (0 bytes). Choose a ${READABLE} file.`);
  const format = formatOf(bytes);
  if (!format) throw unreadable(bytes, name);
  const { width, height } = storedSize(bytes, format, name);
  if (width === 0 || height === 0) {
    throw new ImageError(`${name} is ${width}x${height} pixels. Choose one of at least 1x1.`);
  }
  if (width > MAX_SIDE || height > MAX_SIDE) {
    throw new ImageError(
      `${name} is ${width}x${height} pixels, over the limit of ${MAX_SIDE} a side. Scale it down first.`,
    );
  }
  if (format === "bmp") checkBmp(bytes, name);
  else checkWhole(bytes, format, name);
  return swapsSides(readOrientation(bytes, format, name))
    ? { width: height, height: width, format }
    : { width, height, format };
}

/** The format by the first bytes. */
function formatOf(bytes: Uint8Array): InputFormat | undefined {
  const start = text(bytes, 0, 12);
  if (start.startsWith("\x89PNG\r\n\x1a\n")) return "png";
  if (start.startsWith("\xff\xd8\xff")) return "jpeg";
  if (/^RIFF.{4}WEBP/s.test(start)) return "webp";
  if (/^GIF8[79]a/.test(start)) return "gif";
  return start.startsWith("BM") ? "bmp" : undefined;
}

function unreadable(bytes: Uint8Array, name: string): ImageError {
  const type = foreignType(bytes);
  if (type) return new ImageError(`${name} is in the format ${type}, which cannot be read. Convert it to PNG or JPEG.`);
  const start = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return new ImageError(`${name} is not an image: it begins with the bytes ${start}. Choose a ${READABLE} file.`);
}

/** Image formats that are told by name, so that the remedy is clear; others have signatures too weak to believe. */
const FOREIGN: readonly (readonly [type: string, offset: number, signature: string])[] = [
  ["tiff", 0, "II*\0"],
  ["tiff", 0, "MM\0*"],
  ["avif", 4, "ftypavi"],
  ["heic", 4, "ftyphe"],
  ["heic", 4, "ftypmif1"],
  ["jxl", 0, "\xff\n"],
  ["jxl", 4, "JXL "],
  ["jp2", 4, "jP  "],
  ["psd", 0, "8BPS"],
  ["ico", 0, "\0\0\x01\0"],
];

function foreignType(bytes: Uint8Array): string | undefined {
  const start = text(bytes, 0, 2048);
  const found = FOREIGN.find(([, offset, signature]) => start.startsWith(signature, offset))?.[0];
  return (
    found ?? (/^(\xef\xbb\xbf)?\s*(<svg[\s>]|<(\?xml|!--|!DOCTYPE svg).*<svg[\s>])/s.test(start) ? "svg" : undefined)
  );
}

interface Size {
  width: number;
  height: number;
}

function storedSize(bytes: Uint8Array, format: InputFormat, name: string): Size {
  try {
    const size = SIZES[format](viewOf(bytes), bytes, name);
    if (size) return size;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // what a DataView throws at its end
  }
  throw damaged(name, `no size is found in its ${format} header (${bytes.length} bytes)`);
}

/** Where each format keeps its size. */
const SIZES: Record<InputFormat, (view: DataView, bytes: Uint8Array, name: string) => Size | undefined> = {
  png: (view) => ({ width: view.getUint32(16), height: view.getUint32(20) }),
  gif: (view) => ({ width: view.getUint16(6, true), height: view.getUint16(8, true) }),
  bmp: bmpSize,
  jpeg(view, bytes, name) {
    for (const { type, start } of jpegSegments(bytes, name)) {
      // Start of frame: c4, c8 and cc are tables and extensions.
      if (/^c[^48c]$/.test(type)) return { width: view.getUint16(start + 3), height: view.getUint16(start + 1) };
    }
  },
  webp(view, bytes, name) {
    for (const { type, start } of webpChunks(bytes, name)) {
      const uint24 = (at: number) => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
      if (type === "VP8X") return { width: uint24(start + 4) + 1, height: uint24(start + 7) + 1 };
      if (type === "VP8L") {
        const bits = view.getUint32(start + 1, true);
        return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
      }
      // A key frame: three bytes of tag and three of start code come first.
      if (type === "VP8 ") {
        return { width: view.getUint16(start + 6, true) & 0x3fff, height: view.getUint16(start + 8, true) & 0x3fff };
      }
    }
  },
};

function checkWhole(bytes: Uint8Array, format: Exclude<InputFormat, "bmp">, name: string): void {
  const { walk, pixels } = PARTS[format];
  const types = Array.from(walk(bytes, name), (part) => part.type); // to the end, which truncation cuts off
  if (types.some((type) => pixels.includes(type))) return;
  throw damaged(name, `there is no pixel data in its ${bytes.length} bytes`);
}

/** How to walk the parts of each format, and which of them hold pixels. */
const PARTS = {
  png: { walk: pngChunks, pixels: ["IDAT"] },
  jpeg: { walk: jpegSegments, pixels: ["da"] },
  webp: { walk: webpChunks, pixels: ["VP8 ", "VP8L", "ANMF"] },
  gif: { walk: gifBlocks, pixels: ["image"] },
};

/** The header of OS/2, of 12 bytes, has sizes of 16 bits. */
function isOs2(view: DataView): boolean {
  return view.getUint32(14, true) === 12;
}

function bmpSize(view: DataView): Size {
  if (isOs2(view)) return { width: view.getUint16(18, true), height: view.getUint16(20, true) };
  return { width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) };
}

/** A BMP has one table of pixels: uncompressed it follows from the size, else its length is in the header. */
function checkBmp(bytes: Uint8Array, name: string): void {
  const view = viewOf(bytes);
  const old = bytes.length >= 18 && isOs2(view);
  if (bytes.length < (old ? 26 : 54)) throw damaged(name, `its ${bytes.length} bytes are less than a BMP header`);
  const { width, height } = bmpSize(view);
  const [bitsPerPixel, compression] = old
    ? [view.getUint16(24, true), 0]
    : [view.getUint16(28, true), view.getUint32(30, true)];
  const runLength = compression === 1 || compression === 2;
  const size = runLength ? view.getUint32(34, true) : 4 * Math.ceil((width * bitsPerPixel) / 32) * height;
  const end = view.getUint32(10, true) + size;
  if (end > bytes.length) throw damaged(name, `it ends after ${bytes.length} of ${end} bytes`);
}
