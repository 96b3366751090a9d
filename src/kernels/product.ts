/**
 * Batches of matrix products, the inner part of Winograd convolution (winograd.ts), and single ones:
 *
 *   result[b, m, n] = sum over k of left[b, k, m] right[b, k, n]
 *
 * One invocation computes a tile of `rows` x 4 `vectors` results in named vec4 registers, and reads rows / 4 + vectors
 * vec4s per step of the sum. Software adapters read one lane at a time, so that reading costs them more than arithmetic:
 * the larger the tile the better, as long as it compiles soon. No workgroup memory.
 *
 * An operand is a matrix [depth, width], or cut into panels as wide as the tile, [panels, depth, tile], of which the last
 * is filled up with anything (Goto and van de Geijn 2008, section 4): a tile then reads its panel from one end to the
 * other, which is up to twice as fast as hopping from row to row. A block of neighbouring columns is computed for all rows
 * before the next one, so that it is read from memory once. Sizes are uniforms: all shapes share one text. The loop ends at
 * an address and not at a count: Mesa's software Vulkan compiles a kernel again for each dispatch where uniforms alone say
 * how often a loop runs (nir_inline_uniforms). The results are stored by a loop that hands the sums down one row per turn:
 * a long epilogue for each of them would take seconds to compile.
 */
import type { TileTarget } from "./convolution.ts";
import { bindings, formatShape, type Kernel, linearGrid, range, uniforms } from "./kernel.ts";
import { epilogueBindings, type Pointwise, storeFunction } from "./pointwise.ts";

/** The sizes of a product, rows and columns being multiples of 4, and which operands are in panels. */
export interface ProductShape {
  batches: number;
  rows: number;
  columns: number;
  depth: number;
  /** Whether `left` is [batches, panels, depth, rows of the tile] instead of [batches, depth, rows]. */
  leftPanels?: boolean;
  /** Whether `right` is [batches, panels, depth, columns of the tile] instead of [batches, depth, columns]. */
  rightPanels?: boolean;
}

/**
 * How much one invocation of a matrix product computes: `rows` (a multiple of 4) rows of `vectors` vec4s of columns.
 *
 * @category Kernels and algorithms
 */
export interface ProductTile {
  rows: number;
  vectors: number;
  /** Invocations per workgroup. */
  lanes: number;
  /**
   * Neighbouring invocations whose vec4s alternate, so that they read neighbouring addresses at a time: 1 on CPUs, whose
   * lanes read one after the other. A panel has the columns of all of them.
   */
  span: number;
}

/** Columns per panel of the right operand. */
export function panelColumns({ vectors, span }: ProductTile): number {
  return 4 * vectors * span;
}

/** result [batches, rows, columns]. An epilogue needs `batches` to be 1; rows are its channels. */
export function productKernel(shape: ProductShape, tile: ProductTile, epilogue?: Pointwise): Kernel {
  const { batches, rows, columns, depth, leftPanels, rightPanels } = shape;
  const { vectors, lanes, span } = tile;
  const rowTiles = Math.ceil(rows / tile.rows);
  const panels = Math.ceil(columns / panelColumns(tile));
  const columnTiles = panels * span;
  const blocks = Math.ceil(columnTiles / lanes);
  const block = Math.ceil(columnTiles / blocks);
  const count = batches * blocks * rowTiles * block;
  const { grid, index } = linearGrid(Math.ceil(count / lanes));
  const operands = epilogueBindings(epilogue, "vec4f");
  const inputs = 2 + operands.length;
  const sums = tile.rows * vectors;
  // All in vec4s. A step goes to the next k, a tile to the next tile.
  const leftStep = (leftPanels ? tile.rows : rows) / 4;
  const rightStep = (rightPanels ? panelColumns(tile) : columns) / 4;
  const sizes = {
    count,
    blocks,
    rowTiles,
    block,
    columnTiles,
    depth,
    leftStep,
    leftTile: leftPanels ? leftStep * depth : tile.rows / 4,
    leftBatch: leftStep * depth * (leftPanels ? rowTiles : 1),
    rightStep,
    rightTile: rightPanels ? rightStep * depth : panelColumns(tile) / 4,
    rightBatch: rightStep * depth * (rightPanels ? panels : 1),
    rows: rows / 4,
    columns: columns / 4,
  };
  return {
    label: `product ${batches} x ${formatShape([rows, depth])} * ${formatShape([depth, columns])}`,
    inputs,
    uniforms: Object.values(sizes),
    grid,
    flops: 2 * batches * rows * columns * depth,
    bytes: 4 * batches * (rows * depth + depth * columns + rows * columns),
    wgsl: `alias T = vec4f;
${bindings([["left", "vec4f"], ["right", "vec4f"], ...operands], "vec4f")}
${uniforms(sizes, inputs + 1)}

${storeFunction(epilogue, "vec4f")}

@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let id = ${index} * ${lanes}u + lane;
  let line = id / sizes.block;
  let major = line / sizes.rowTiles;
  let rowTile = line - major * sizes.rowTiles;
  let batch = major / sizes.blocks;
  let columnTile = (major - batch * sizes.blocks) * sizes.block + id - line * sizes.block;
  if (id >= sizes.count || columnTile >= sizes.columnTiles) { return; }
  var p = batch * sizes.leftBatch + rowTile * sizes.leftTile;
  var q = batch * sizes.rightBatch + columnTile / ${span}u * sizes.rightTile + columnTile % ${span}u;
  ${range(sums, (i) => `var sum${i} = vec4f();`, " ")}
  let end = p + sizes.depth * sizes.leftStep;
  for (; p < end; p += sizes.leftStep) {
    ${range(vectors, (v) => `let b${v} = right[q + ${v * span}u];`, " ")}
    ${range(tile.rows / 4, (i) => `let a${i} = left[p + ${i}u];`, " ")}
    ${range(sums, (i) => multiplyAdd(i, Math.floor(i / vectors), i % vectors), "\n    ")}
    q += sizes.rightStep;
  }
  let row = rowTile * ${tile.rows / 4}u;
  let column = columnTile / ${span}u * ${vectors * span}u + columnTile % ${span}u;
  var i = (batch * sizes.rows + row) * 4u * sizes.columns + column;
  let last = min(row * 4u + ${tile.rows}u, sizes.rows * 4u);
  for (var channel = row * 4u; channel < last; channel++) {
    ${range(vectors, (v) => `if (column + ${v * span}u < sizes.columns) { store(i + ${v * span}u, channel, sum${v}); }`, "\n    ")}
    ${range(sums - vectors, (k) => `sum${k} = sum${k + vectors};`, " ")}
    i += sizes.columns;
  }
}
`,
  };
}

function multiplyAdd(sum: number, row: number, vector: number): string {
  return `sum${sum} = fma(vec4f(a${row >> 2}.${"xyzw"[row & 3]}), b${vector}, sum${sum});`;
}

/** Most vec4s of columns per invocation, by trial on CPUs: SwiftShader's code, which is long, gets slower again past 2. */
const MOST_VECTORS: Record<TileTarget, number> = { cpu: 4, swiftshader: 2, gpu: 2 };

/** Reading the rows of a tile and storing them takes as long as this many vec4s of columns, by trial on CPUs. */
const FIXED_COST = 1.8;

/** The tile for a product: on CPUs the one that wastes least time on columns past the last. */
export function chooseProductTile({ rows, columns }: ProductShape, target: TileTarget): ProductTile {
  const perRow = columns / 4;
  if (target === "gpu") {
    const vectors = perRow < 128 ? 1 : MOST_VECTORS.gpu;
    const span = [64, 32, 16, 8, 4, 2, 1].find((count) => count === 1 || count * vectors < 2 * perRow)!;
    return { rows: Math.min(rows, 8), vectors, lanes: 64, span };
  }
  const costOf = (vectors: number) => Math.ceil(perRow / vectors) * (vectors + FIXED_COST);
  const candidates = Array.from({ length: MOST_VECTORS[target] }, (_, index) => index + 1);
  const vectors = candidates.reduce((best, each) => (costOf(each) <= costOf(best) ? each : best));
  return { rows: Math.min(rows, 16), vectors, lanes: 16, span: 1 };
}
