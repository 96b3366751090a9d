/** Pixels in memory and the PNG file made of them (ISO/IEC 15948), so that drawing needs no image library. */
import { crc32, deflateSync } from "node:zlib";
import { clamp } from "./color.ts";

/** RGB interleaved, sRGB 0..1, row by row from the top: `data.length === 3 * width * height`. */
export interface Raster {
  width: number;
  height: number;
  data: Float32Array;
}

/** A black picture. */
export function createRaster(width: number, height: number): Raster {
  return { width, height, data: new Float32Array(3 * width * height) };
}

/** The mean of each block of `factor` x `factor` pixels; width and height must be multiples of it. */
export function shrink(raster: Raster, factor: number): Raster {
  const small = createRaster(raster.width / factor, raster.height / factor);
  const share = 1 / (factor * factor);
  for (let y = 0; y < raster.height; y++) {
    for (let x = 0; x < raster.width; x++) {
      const to = 3 * (Math.floor(y / factor) * small.width + Math.floor(x / factor));
      const from = 3 * (y * raster.width + x);
      for (let c = 0; c < 3; c++) small.data[to + c] += raster.data[from + c] * share;
    }
  }
  return small;
}

function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner;
  const dl = Math.abs(estimate - left);
  const du = Math.abs(estimate - up);
  const dc = Math.abs(estimate - corner);
  return dl <= du && dl <= dc ? left : du <= dc ? up : corner;
}

/** The row under each of the five filters of PNG, keeping the one whose signed bytes are smallest in sum. */
function filterRow(row: Uint8Array, above: Uint8Array, out: Uint8Array): void {
  let least = Number.POSITIVE_INFINITY;
  const trial = new Uint8Array(out.length);
  for (let filter = 0; filter < 5; filter++) {
    let sum = 0;
    trial[0] = filter;
    for (let i = 0; i < row.length; i++) {
      const left = i < 3 ? 0 : row[i - 3];
      const corner = i < 3 ? 0 : above[i - 3];
      const guess = [0, left, above[i], (left + above[i]) >> 1, 0][filter];
      const byte = (row[i] - (filter === 4 ? paeth(left, above[i], corner) : guess)) & 255;
      trial[i + 1] = byte;
      sum += byte < 128 ? byte : 256 - byte;
    }
    if (sum < least) {
      least = sum;
      out.set(trial);
    }
  }
}

function chunk(type: string, body: Uint8Array): Buffer {
  const out = Buffer.alloc(body.length + 12);
  out.writeUInt32BE(body.length, 0);
  out.write(type, 4, "latin1");
  out.set(body, 8);
  out.writeUInt32BE(crc32(out.subarray(4, body.length + 8)), body.length + 8);
  return out;
}

/**
 * Encodes a picture as 8-bit RGB PNG; values outside 0..1 are clamped. Each channel is rounded to multiples of
 * 1 / `levels`, 255 keeping all; among brush marks 64 look the same and save a third of the file.
 */
export function encodePng(raster: Raster, levels = 255): Buffer {
  const { width, height, data } = raster;
  const stride = 3 * width;
  const filtered = new Uint8Array((stride + 1) * height);
  let above = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    const row = new Uint8Array(stride);
    for (let i = 0; i < stride; i++) {
      row[i] = Math.round((255 / levels) * Math.round(levels * clamp(data[y * stride + i], 0, 1)));
    }
    filterRow(row, above, filtered.subarray(y * (stride + 1), (y + 1) * (stride + 1)));
    above = row;
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8); // 8 bits per channel, RGB, deflate, adaptive filters, not interlaced
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(filtered, { level: 9 })),
    chunk("IEND", new Uint8Array(0)),
  ]);
}
