/**
 * PNG carries checksums, so damaged pixels can be told; Skia draws what comes before the damage and leaves the rest
 * transparent. Here the critical chunks are compared with their CRC and the pixel data are inflated once and counted.
 */
import { streamOf, viewOf } from "../bytes.ts";
import { crc32 } from "../crc32.ts";
import { damaged, type Part, pngChunks } from "./parts.ts";

/** Samples per pixel by color type (W3C PNG Third Edition, table 11.1). */
const SAMPLES: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** First column, first row, column step and row step of the seven passes of an interlaced PNG (Adam7, section 8). */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/**
 * Checks that all pixels of a PNG are there and unchanged.
 *
 * @throws ImageError when a checksum is wrong, or the pixel data do not inflate to the length that the size asks for.
 */
export async function verifyPng(bytes: Uint8Array, name: string): Promise<void> {
  const chunks = [...pngChunks(bytes, name)];
  for (const chunk of chunks) checkCrc(bytes, chunk, name);
  const data = chunks.filter(({ type }) => type === "IDAT").map(({ start, end }) => bytes.slice(start, end));
  const expected = pixelBytes(bytes, name);
  const actual = await inflatedLength(data, expected, name);
  if (actual < expected) throw damaged(name, `its pixel data hold ${actual} of ${expected} bytes`);
}

/** Only chunks with an upper-case initial are critical; decoders skip others when they are broken. */
function checkCrc(bytes: Uint8Array, { type, start, end }: Part, name: string): void {
  if (type[0] >= "a") return;
  if (viewOf(bytes).getUint32(end) === crc32(bytes.subarray(start - 4, end))) return;
  throw damaged(name, `the checksum of its ${type} chunk at byte ${start} is wrong`);
}

/** Bytes of the pixel data: rows of packed samples, each after one byte that names its filter. */
function pixelBytes(bytes: Uint8Array, name: string): number {
  const view = viewOf(bytes);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [depth, colorType, , , interlaced] = bytes.subarray(24, 29);
  if (!(colorType in SAMPLES)) throw damaged(name, `its color type ${colorType} does not exist`);
  const passes = interlaced ? ADAM7 : [[0, 0, 1, 1]];
  return passes.reduce((sum, [left, top, stepX, stepY]) => {
    const columns = Math.ceil((width - left) / stepX);
    const rows = Math.ceil((height - top) / stepY);
    return columns > 0 && rows > 0 ? sum + rows * (1 + Math.ceil((columns * depth * SAMPLES[colorType]) / 8)) : sum;
  }, 0);
}

/** Length of what `data` inflate to, at most a little over `limit`. The stream checks the Adler-32 sum at its end. */
async function inflatedLength(data: readonly Uint8Array<ArrayBuffer>[], limit: number, name: string): Promise<number> {
  const stream = streamOf(data).pipeThrough(new DecompressionStream("deflate"));
  const reader = stream.getReader();
  let length = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      length += part.value.length;
      if (length > limit) {
        await reader.cancel(); // more than fits into the picture, as decoders do, is ignored
        break;
      }
    }
  } catch (error) {
    throw damaged(name, `its pixel data cannot be inflated beyond byte ${length} of ${limit}`, error);
  }
  return length;
}
