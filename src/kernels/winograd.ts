/**
 * Winograd's minimal filtering for 3x3 convolutions of stride 1 (Lavin and Gray 2016, section 4): the image is cut into
 * overlapping tiles of (m + 2) x (m + 2) pixels, each of which gives m x m results, as
 *
 *   Y = A^T [ (G g G^T) * (B^T d B) ] A       g filter, d tile, * the elementwise product
 *
 * so that the sum over input channels becomes (m + 2)^2 independent matrix products: F(2x2, 3x3) takes 4 multiplications
 * per result instead of 9, F(4x4, 3x3) 2.25. Four steps, one kernel each:
 *
 *   filters  G g G^T, once per network                         winograd-filters.ts   [(m + 2)^2, inputs, outputs]
 *   input    B^T d B of every tile, with the padding           winograd-input.ts     [(m + 2)^2, inputs, tiles]
 *   product  sums over the inputs                              product.ts            [(m + 2)^2, outputs, tiles]
 *   output   A^T m A of every tile, and the pointwise epilogue winograd-output.ts    [outputs, height, width]
 *
 * The two tensors in between take (m + 2)^2 / m^2 times the memory of the maps, so they exist for some rows of tiles at a
 * time, a chunk. Sizes and the index of the chunk are uniforms, so that all layers, at all image sizes, share a few shaders.
 */
import type { Padding } from "./pad.ts";

/** A 3x3 convolution of stride 1, and how it is cut up. */
export interface WinogradShape {
  /** m: a tile gives m x m results. */
  size: 2 | 4;
  inputs: number;
  inputHeight: number;
  inputWidth: number;
  outputs: number;
  height: number;
  width: number;
  padding: Padding;
  chunks: number;
  /** Whether the lanes of the product are output channels instead of tiles: better for maps of few tiles. */
  outputLanes: boolean;
}

/** What follows from a shape. Numbers of tiles are those of one chunk. */
export interface WinogradTiles {
  /** Products per tile, (m + 2)^2. */
  points: number;
  columns: number;
  rows: number;
  /** rows x columns, and that rounded up to a multiple of 4. */
  count: number;
  padded: number;
  /** Output channels rounded up to a multiple of 4. */
  outputs: number;
}

/** Counts tiles. */
export function winogradTiles({ size, height, width, outputs, chunks }: WinogradShape): WinogradTiles {
  const columns = Math.ceil(width / size);
  const rows = Math.ceil(Math.ceil(height / size) / chunks);
  const count = rows * columns;
  return { points: (size + 2) ** 2, columns, rows, count, padded: roundUp(count), outputs: roundUp(outputs) };
}

/** The next multiple of 4. */
export function roundUp(count: number): number {
  return Math.ceil(count / 4) * 4;
}

/** Names of 2 or more values, `name0`, `name1`, ... */
type Names = (index: number) => string;

/**
 * Statements that declare `to(0)`, ..., `to(m + 1)`, the product of B^T with the vector `from(0)`, ..., `from(m + 1)`.
 * `scratch` is a prefix of names that are free.
 */
export function inputTransform(size: 2 | 4, from: Names, to: Names, scratch: string): string {
  const [a, b, c, d, e, f] = [0, 1, 2, 3, 4, 5].map(from);
  if (size === 2) {
    return `let ${to(0)} = ${a} - ${c}; let ${to(1)} = ${b} + ${c}; let ${to(2)} = ${c} - ${b}; let ${to(3)} = ${b} - ${d};`;
  }
  return `let ${scratch}p = ${e} - 4.0f * ${c}; let ${scratch}q = ${d} - 4.0f * ${b}; let ${scratch}r = ${e} - ${c}; let ${scratch}s = 2.0f * (${d} - ${b});
  let ${to(0)} = 4.0f * ${a} - 5.0f * ${c} + ${e}; let ${to(1)} = ${scratch}p + ${scratch}q; let ${to(2)} = ${scratch}p - ${scratch}q;
  let ${to(3)} = ${scratch}r + ${scratch}s; let ${to(4)} = ${scratch}r - ${scratch}s; let ${to(5)} = 4.0f * ${b} - 5.0f * ${d} + ${f};`;
}

/** As {@link inputTransform}, the product of A^T: from m + 2 values to m. */
export function outputTransform(size: 2 | 4, from: Names, to: Names, scratch: string): string {
  const [a, b, c, d, e, f] = [0, 1, 2, 3, 4, 5].map(from);
  if (size === 2) return `let ${to(0)} = ${a} + ${b} + ${c}; let ${to(1)} = ${b} - ${c} - ${d};`;
  return `let ${scratch}p = ${b} + ${c}; let ${scratch}q = ${b} - ${c}; let ${scratch}r = ${d} + ${e}; let ${scratch}s = ${d} - ${e};
  let ${to(0)} = ${a} + ${scratch}p + ${scratch}r; let ${to(1)} = ${scratch}q + 2.0f * ${scratch}s;
  let ${to(2)} = ${scratch}p + 4.0f * ${scratch}r; let ${to(3)} = ${scratch}q + 8.0f * ${scratch}s + ${f};`;
}

/** G, row by row: (m + 2) x 3. */
export const FILTER_MATRIX: Record<2 | 4, readonly (readonly number[])[]> = {
  2: [
    [1, 0, 0],
    [1 / 2, 1 / 2, 1 / 2],
    [1 / 2, -1 / 2, 1 / 2],
    [0, 0, 1],
  ],
  4: [
    [1 / 4, 0, 0],
    [-1 / 6, -1 / 6, -1 / 6],
    [-1 / 6, 1 / 6, -1 / 6],
    [1 / 24, 1 / 12, 1 / 6],
    [1 / 24, -1 / 12, 1 / 6],
    [0, 0, 1],
  ],
};

/** Additions and multiplications of one transform of a vector: {@link inputTransform}, {@link outputTransform}. */
export const TRANSFORM_FLOPS = { 2: { input: 4, output: 4 }, 4: { input: 20, output: 15 } } as const;
