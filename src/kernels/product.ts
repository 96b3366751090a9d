/**
 * Batches of matrix products, the inner part of Winograd convolution (winograd.ts) and of Gram matrices:
 *
 *   result[b, m, n] = sum over k of left[b, k, m] right[b, k, n]
 *
 * Both operands have the sum's index first, so that rows and columns are neighbours in memory. A lane computes `rows` rows
 * of `vectors` x 4 columns in named vec4 registers. Its rows come from the workgroup index alone: `left` is read at an
 * address that is the same for all lanes, which the compiler turns into scalar loads. No workgroup memory.
 */
import type { TileTarget } from "./convolution.ts";
import { bindings, formatShape, type Kernel, linearGrid, range } from "./kernel.ts";
import { epilogueBindings, type Pointwise, storeFunction } from "./pointwise.ts";

/** `left` is [batches, depth, rows], `right` [batches, depth, columns]; rows and columns are multiples of 4. */
export interface ProductShape {
  batches: number;
  rows: number;
  columns: number;
  depth: number;
  /** Whether `left` is [batches, blocks, depth, rows of the tile] instead, its last block filled up. */
  hasBlocks?: boolean;
}

/** How much one invocation computes: `rows` (a multiple of 4) of `vectors` vec4s of columns, each `lanes` from the last. */
export interface ProductTile {
  rows: number;
  vectors: number;
  lanes: number;
  /** Steps of the sum per turn of the loop. */
  unroll: number;
}

/** result [batches, rows, columns]. An epilogue needs `batches` to be 1; rows are its channels. */
export function productKernel(shape: ProductShape, tile: ProductTile, epilogue?: Pointwise): Kernel {
  const { batches, rows, columns, depth } = shape;
  const { vectors, lanes } = tile;
  const perRow = columns / 4;
  const perColumn = shape.hasBlocks ? tile.rows / 4 : rows / 4;
  const groups = linearGrid(Math.ceil(perRow / (lanes * vectors)));
  const blocks = Math.ceil(rows / tile.rows);
  const hasPartialRows = rows % tile.rows !== 0;
  const hasPartialColumns = groups.grid[0] * groups.grid[1] * lanes * vectors !== perRow;
  const unroll = Math.min(tile.unroll, depth);
  const sums = tile.rows * vectors;
  const leftAt = (i: number) =>
    hasPartialRows && !shape.hasBlocks ? `min(row + ${i}u, ${perColumn - 1}u)` : `row + ${i}u`;
  const rightAt = (v: number) =>
    hasPartialColumns ? `min(column + ${v * lanes}u, ${perRow - 1}u)` : `column + ${v * lanes}u`;
  return {
    label: `product ${batches} x ${formatShape([rows, depth])} * ${formatShape([depth, columns])}`,
    inputs: 1 + (epilogue?.operands.length ?? 1),
    grid: [groups.grid[0], groups.grid[1], blocks * batches],
    flops: 2 * batches * rows * columns * depth,
    bytes: 4 * batches * (rows * depth + depth * columns + rows * columns),
    wgsl: `alias T = vec4f;
${bindings([["left", "vec4f"], ["right", "vec4f"], ...epilogueBindings(epilogue, "vec4f")], "vec4f")}

${storeFunction(epilogue, "vec4f")}

@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let batch = group.z / ${blocks}u;
  let row = group.z % ${blocks}u * ${tile.rows / 4}u;
  let column = ${groups.index} * ${lanes * vectors}u + lane;
  let leftBatch = ${shape.hasBlocks ? `group.z * ${depth * perColumn}u - row` : `batch * ${depth * perColumn}u`};
  let rightBatch = batch * ${depth * perRow}u;
  ${range(tile.rows / 4, (i) => `let m${i} = leftBatch + ${leftAt(i)};`, " ")}
  ${range(vectors, (v) => `let n${v} = rightBatch + ${rightAt(v)};`, " ")}
  ${range(sums, (i) => `var sum${i} = vec4f();`, " ")}
  var p = 0u;
  var q = 0u;
  for (var k = 0u; k < ${Math.floor(depth / unroll)}u; k++) {
    ${range(unroll, multiply, "\n    ")}
  }
  ${range(depth % unroll, multiply, "\n  ")}
  let first = (batch * ${rows}u + row * 4u) * ${perRow}u + column;
  ${range(vectors, storeVector, "\n  ")}
}
`,
  };

  function multiply(): string {
    return `{
      ${range(vectors, (v) => `let b${v} = right[q + n${v}];`, " ")}
      ${range(tile.rows / 4, (i) => `let a${i} = left[p + m${i}];`, " ")}
      ${range(sums, (i) => multiplyAdd(i, Math.floor(i / vectors), i % vectors), "\n      ")}
      p += ${perColumn}u;
      q += ${perRow}u;
    }`;
  }

  function storeVector(v: number): string {
    const stores = range(tile.rows, (r) => {
      const isInside = hasPartialRows && r >= 4 ? `if (row + ${r >> 2}u < ${rows / 4}u) ` : "";
      return `${isInside}{ store(first + ${r * perRow + v * lanes}u, row * 4u + ${r}u, sum${r * vectors + v}); }`;
    });
    return hasPartialColumns ? `if (column + ${v * lanes}u < ${perRow}u) {\n${stores}\n  }` : stores;
  }
}

function multiplyAdd(sum: number, row: number, vector: number): string {
  return `sum${sum} = fma(vec4f(a${row >> 2}.${"xyzw"[row & 3]}), b${vector}, sum${sum});`;
}

/** A tile for the shape. */
export function chooseProductTile({ rows, columns }: ProductShape, target: TileTarget): ProductTile {
  if (target === "gpu") return { rows: rows % 8 === 0 ? 8 : 4, vectors: columns >= 512 ? 2 : 1, lanes: 64, unroll: 1 };
  const perRow = columns / 4;
  const height = [32, 28, 24, 20, 16, 12, 8, 4].find((count) => rows % count === 0 && count <= rows)!;
  const vectors = perRow >= 16 ? 4 : perRow >= 8 ? 2 : 1;
  const lanes = [32, 16, 8].find((count) => perRow % (count * vectors) === 0) ?? 8;
  return { rows: height, vectors, lanes, unroll: 1 };
}
