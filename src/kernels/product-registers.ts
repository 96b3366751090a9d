/**
 * The text of a matrix product whose invocations read their operands themselves (product-tiles.ts), for adapters whose
 * invocations are SIMD lanes of a CPU.
 *
 * One invocation computes a tile of `rows` x 4 `vectors` results in named vec4 registers, and reads rows / 4 + vectors
 * vec4s per step of the sum. Software adapters read one lane at a time, so that reading costs them more than arithmetic:
 * the larger the tile the better, as long as it compiles soon. No workgroup memory.
 *
 * A block of neighbouring columns is computed for all rows before the next one, so that it is read from memory once. The loop
 * ends at an address and not at a count: Mesa's software Vulkan compiles a kernel again for each dispatch where uniforms alone
 * say how often a loop runs (nir_inline_uniforms).
 */
import { linearGrid, range } from "./kernel.ts";
import { multiplyAdd, type ProductShape, productSizes, type RegisterTile } from "./product-tiles.ts";

/** The grid, the uniforms, and the text of `main`. */
export function registerProduct(shape: ProductShape, tile: RegisterTile) {
  const { vectors, lanes } = tile;
  const known = productSizes(shape, tile);
  const { rowTiles, columnTiles } = known;
  const blocks = Math.ceil(columnTiles / lanes);
  const block = Math.ceil(columnTiles / blocks);
  const count = shape.batches * blocks * rowTiles * block;
  const { grid, index } = linearGrid(Math.ceil(count / lanes));
  const sums = tile.rows * vectors;
  return {
    grid,
    sizes: { count, blocks, block, ...known },
    main: `@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let id = ${index} * ${lanes}u + lane;
  let line = id / sizes.block;
  let major = line / sizes.rowTiles;
  let rowTile = line - major * sizes.rowTiles;
  let batch = major / sizes.blocks;
  let columnTile = (major - batch * sizes.blocks) * sizes.block + id - line * sizes.block;
  if (id >= sizes.count || columnTile >= sizes.columnTiles) { return; }
  var p = batch * sizes.leftBatch + rowTile * sizes.leftTile;
  var q = batch * sizes.rightBatch + columnTile * sizes.rightTile;
  ${range(sums, (i) => `var sum${i} = vec4f();`, " ")}
  let end = p + sizes.depth * sizes.leftStep;
  for (; p < end; p += sizes.leftStep) {
    ${range(vectors, (v) => `let b${v} = right[q + ${v}u];`, " ")}
    ${range(tile.rows / 4, (i) => `let a${i} = left[p + ${i}u];`, " ")}
    ${range(sums, (i) => multiplyAdd(i, Math.floor(i / vectors), i % vectors), "\n    ")}
    q += sizes.rightStep;
  }
  ${storeTile(tile)}
}
`,
  };
}

/**
 * Stores the sums of the tile at `rowTile` and `columnTile`, by a loop that hands them down one row per turn: a long epilogue for each of them
 * would take seconds to compile.
 */
export function storeTile({ rows, vectors }: { rows: number; vectors: number }): string {
  return `let row = rowTile * ${rows}u;
  let column = columnTile * ${vectors}u;
  var i = (batch * sizes.rows + row) * sizes.columns + column;
  let last = min(row + ${rows}u, sizes.rows);
  for (var channel = row; channel < last; channel++) {
    ${range(vectors, (v) => `if (column + ${v}u < sizes.columns) { store(i + ${v}u, channel, sum${v}); }`, "\n    ")}
    ${range((rows - 1) * vectors, (k) => `sum${k} = sum${k + vectors};`, " ")}
    i += sizes.columns;
  }`;
}
