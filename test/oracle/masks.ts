/** Masks as the GPU has them: bits in u32 words, given as the float32 numbers of the same bits, which is how they are uploaded. */
import type { Array64 } from "./arrays.ts";

/** Bit i % 32 of word i / 32: whether element i is positive. */
export function signMask(x: Array64): Float32Array {
  const words = new Uint32Array(Math.ceil(x.data.length / 32));
  x.data.forEach((value, i) => {
    if (value > 0) words[i >> 5] |= 1 << (i & 31);
  });
  return new Float32Array(words.buffer);
}

/**
 * From an image of ones and zeros [C, H, W]: those of each 2x2 window, from left to right and from top to bottom, are 4 bits;
 * 8 windows of a row are a word.
 */
export function poolMask({ shape: [channels, height, width], data }: Array64): Float32Array {
  const [rows, columns] = [Math.floor(height / 2), Math.floor(width / 2)];
  const perRow = Math.ceil(columns / 8);
  const words = new Uint32Array(channels * rows * perRow);
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < 2 * rows; y++) {
      for (let x = 0; x < 2 * columns; x++) {
        const window = Math.floor(x / 2);
        const bit = 4 * (window % 8) + 2 * (y % 2) + (x % 2);
        const word = (c * rows + Math.floor(y / 2)) * perRow + Math.floor(window / 8);
        if (data[(c * height + y) * width + x] === 1) words[word] |= 1 << bit;
      }
    }
  }
  return new Float32Array(words.buffer);
}
