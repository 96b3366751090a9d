/**
 * Winograd's minimal filtering for 3x3 convolutions of stride 1 (Lavin and Gray 2016, section 4): the image is cut into
 * overlapping tiles of (m + 2) x (m + 2) pixels, each of which gives m x m results, as
 *
 *   Y = A^T [ (G g G^T) * (B^T d B) ] A       g filter, d tile, * the elementwise product
 *
 * so that the sum over input channels becomes (m + 2)^2 independent matrix products: F(2x2, 3x3) takes 4 multiplications
 * per result instead of 9, F(4x4, 3x3) 2.25. Four steps, one kernel each:
 *
 *   filters  G g G^T, once per network                         winograd-filters.ts   [(m + 2)^2, panels, inputs, outputs]
 *   input    B^T d B of every tile, with the padding           winograd-input.ts     [(m + 2)^2, panels, inputs, tiles]
 *   product  sums over the inputs                              product.ts            [(m + 2)^2, outputs, tiles]
 *   output   A^T m A of every tile, and the pointwise epilogue winograd-output.ts    [outputs, height, width]
 *
 * The two tensors in between take (m + 2)^2 / m^2 times the memory of the maps, so they exist for some rows of tiles at a
 * time, a chunk. Sizes and the index of the chunk are uniforms, so that all layers, at all image sizes, share a few shaders.
 */
import { literal, range, roundUp } from "./kernel.ts";
import type { Padding } from "./pad.ts";

/**
 * A 3x3 convolution of stride 1, and how Winograd's algorithm cuts it up.
 *
 * @category Kernels and algorithms
 */
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
  /** Parts, of some rows of tiles each, that are computed one after the other. */
  chunks: number;
  /** Tiles per panel of the product's right operand (product-tiles.ts), a multiple of 4. */
  panel: number;
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
  /** Panels of the transformed tiles, of which the last is filled up. */
  panels: number;
  /** Output channels rounded up to a multiple of 4. */
  outputs: number;
}

/** Counts tiles. */
export function winogradTiles({ size, height, width, outputs, chunks, panel }: WinogradShape): WinogradTiles {
  const columns = Math.ceil(width / size);
  const rows = Math.ceil(Math.ceil(height / size) / chunks);
  const count = rows * columns;
  return {
    points: (size + 2) ** 2,
    columns,
    rows,
    count,
    padded: roundUp(count),
    panels: Math.ceil(count / panel),
    outputs: roundUp(outputs),
  };
}

/**
 * The tiles are evaluated at the points 0, a, -a, b, -b and infinity (Toom-Cook). The usual 1 and 2 lose a digit: numbers of
 * different size are combined. These keep the growth of errors near its least (Barabasz et al. 2020, section 5), and all
 * products of them that occur are exact in float32.
 */
const [a, b] = [5 / 8, 3 / 2];

/** Names of a vector's elements, such as `x0`, `x1`, ... */
type Names = (index: number) => string;

/**
 * Statements that declare `to(0)`, ..., `to(m + 1)`, the product of B^T with the vector `from(0)`, ..., `from(m + 1)`.
 * `scratch` is a prefix of names that are free.
 */
export function inputTransform(size: 2 | 4, from: Names, to: Names, scratch: string): string {
  const d = range(6, from, " ").split(" ");
  if (size === 2) {
    return `let ${to(0)} = ${d[0]} - ${d[2]}; let ${to(1)} = ${d[1]} + ${d[2]}; let ${to(2)} = ${d[2]} - ${d[1]}; let ${to(3)} = ${d[1]} - ${d[3]};`;
  }
  const ends = (first: string, middle: string, last: string) =>
    `${literal(a * a * b * b)} * ${first} - ${literal(a * a + b * b)} * ${middle} + ${last}`;
  const [p, q, r, s] = ["p", "q", "r", "s"].map((name) => scratch + name);
  return `let ${p} = ${d[4]} - ${literal(b * b)} * ${d[2]}; let ${q} = ${literal(a)} * ${d[3]} - ${literal(a * b * b)} * ${d[1]};
  let ${r} = ${d[4]} - ${literal(a * a)} * ${d[2]}; let ${s} = ${literal(b)} * ${d[3]} - ${literal(a * a * b)} * ${d[1]};
  let ${to(0)} = ${ends(d[0], d[2], d[4])}; let ${to(1)} = ${p} + ${q}; let ${to(2)} = ${p} - ${q};
  let ${to(3)} = ${r} + ${s}; let ${to(4)} = ${r} - ${s}; let ${to(5)} = ${ends(d[1], d[3], d[5])};`;
}

/** As {@link inputTransform}, the product of A^T: from m + 2 values to m. */
export function outputTransform(size: 2 | 4, from: Names, to: Names, scratch: string): string {
  const m = range(6, from, " ").split(" ");
  if (size === 2) return `let ${to(0)} = ${m[0]} + ${m[1]} + ${m[2]}; let ${to(1)} = ${m[1]} - ${m[2]} - ${m[3]};`;
  const [p, q, r, s] = ["p", "q", "r", "s"].map((name) => scratch + name);
  const weighted = (power: number, x: string, y: string) =>
    `${literal(a ** power)} * ${x} + ${literal(b ** power)} * ${y}`;
  return `let ${p} = ${m[1]} + ${m[2]}; let ${q} = ${m[1]} - ${m[2]}; let ${r} = ${m[3]} + ${m[4]}; let ${s} = ${m[3]} - ${m[4]};
  let ${to(0)} = ${m[0]} + ${p} + ${r}; let ${to(1)} = ${weighted(1, q, s)};
  let ${to(2)} = ${weighted(2, p, r)}; let ${to(3)} = ${weighted(3, q, s)} + ${m[5]};`;
}

const [fa, fb] = [2 * a * a * (a * a - b * b), 2 * b * b * (b * b - a * a)];

/** G, row by row: (m + 2) x 3. */
export const FILTER_MATRIX: Record<2 | 4, readonly (readonly number[])[]> = {
  2: [
    [1, 0, 0],
    [1 / 2, 1 / 2, 1 / 2],
    [1 / 2, -1 / 2, 1 / 2],
    [0, 0, 1],
  ],
  4: [
    [1 / (a * a * b * b), 0, 0],
    [1 / fa, a / fa, (a * a) / fa],
    [1 / fa, -a / fa, (a * a) / fa],
    [1 / fb, b / fb, (b * b) / fb],
    [1 / fb, -b / fb, (b * b) / fb],
    [0, 0, 1],
  ],
};

/** Additions and multiplications of one transform of a vector: {@link inputTransform}, {@link outputTransform}. */
export const TRANSFORM_FLOPS = { 2: { input: 4, output: 4 }, 4: { input: 22, output: 16 } } as const;
