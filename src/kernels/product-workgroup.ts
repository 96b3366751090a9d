/**
 * The text of a matrix product whose workgroups keep parts of their operands in workgroup memory (product-tiles.ts), for GPUs
 * (Volkov and Demmel 2008).
 *
 * A workgroup computes `rows` x `columns` results and goes through its operands in slabs of 8 steps of the sum. One invocation computes
 * 8 x 8 of them in named registers: two vec4s of rows and two of columns, half a tile apart, so that neighbouring invocations
 * read neighbouring vec4s, and store them. A number read from memory serves `rows` or `columns` multiplications, one read from
 * workgroup memory 8.
 *
 * There are two slabs of each operand: while one is used, the next comes from memory into registers, and is put into the other. One
 * barrier per slab will do. Past the last k a slab is zero; past the last row or column it has anything, which nobody stores.
 * Sizes are uniforms: all shapes share one text. The loop ends at an address, as in product-registers.ts.
 */
import { linearGrid, range } from "./kernel.ts";
import { multiplyAdd, type ProductShape, productSizes, type WorkgroupTile } from "./product-tiles.ts";

/** Steps of the sum per slab: two slabs of 128 rows and 128 columns take 16 KiB, the least that every device has. */
const SLAB = 8;

/** The grid, the uniforms, the workgroup memory and the text of `main`. */
export function workgroupProduct(shape: ProductShape, tile: WorkgroupTile) {
  const known = productSizes(shape, tile);
  const count = shape.batches * known.rowTiles * known.columnTiles;
  const { grid, index } = linearGrid(count);
  const lanes = (tile.rows * tile.columns) / 64;
  const [across, down] = [tile.columns / 8, tile.rows / 8];
  /** Text for each vec4 that an invocation moves from an operand into its slab, which is `width` vec4s wide. */
  const moves = (text: (name: string, l: number, width: number) => string) =>
    [["left", tile.rows / 4] as const, ["right", tile.columns / 4] as const]
      .map(([name, width]) => range((SLAB * width) / lanes, (l) => text(name, l, width), "\n    "))
      .join("\n    ");
  return {
    grid,
    sizes: { count, ...known },
    main: `var<workgroup> leftSlab: array<array<array<vec4f, ${tile.rows / 4}>, ${SLAB}>, 2>;
var<workgroup> rightSlab: array<array<array<vec4f, ${tile.columns / 4}>, ${SLAB}>, 2>;

@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let id = ${index};
  if (id >= sizes.count) { return; }
  let line = id / sizes.rowTiles;
  let rowTile = id - line * sizes.rowTiles;
  let batch = line / sizes.columnTiles;
  let columnTile = line - batch * sizes.columnTiles;
  let x = lane % ${across}u;
  let y = lane / ${across}u;
  let leftStart = batch * sizes.leftBatch + rowTile * sizes.leftTile;
  let rightStart = batch * sizes.rightBatch + columnTile * sizes.rightTile;
  let leftEnd = leftStart + sizes.depth * sizes.leftStep;
  let rightEnd = rightStart + sizes.depth * sizes.rightStep;
  // Each vec4 that this invocation moves: its place in the slab, and where it comes from.
  ${moves((name, l, width) => `let ${name}K${l} = (lane + ${l * lanes}u) / ${width}u; let ${name}J${l} = (lane + ${l * lanes}u) % ${width}u; var ${name}From${l} = ${name}Start + ${name}K${l} * sizes.${name}Step + ${name}J${l};`)}
  ${range(16, (i) => `var sum${i} = vec4f();`, " ")}
  var slab = 0u;
  let turn = ${SLAB}u * sizes.leftStep;
  // One turn more than there are slabs: the first has nothing to use yet, the last nothing to fetch.
  for (var p = leftStart; p < leftEnd + turn; p += turn) {
    ${moves((name, l) => `var ${name}Next${l} = vec4f(); if (${name}From${l} < ${name}End) { ${name}Next${l} = ${name}[${name}From${l}]; }`)}
    if (p > leftStart) {
      for (var step = 0u; step < ${SLAB}u; step++) {
        let a0 = leftSlab[slab][step][y]; let a1 = leftSlab[slab][step][y + ${down}u];
        let b0 = rightSlab[slab][step][x]; let b1 = rightSlab[slab][step][x + ${across}u];
        ${range(16, (i) => multiplyAdd(i, i >> 1, i & 1), "\n        ")}
      }
    }
    slab = 1u - slab;
    ${moves((name, l) => `${name}Slab[slab][${name}K${l}][${name}J${l}] = ${name}Next${l}; ${name}From${l} += ${SLAB}u * sizes.${name}Step;`)}
    workgroupBarrier();
  }
  let column = columnTile * ${tile.columns / 4}u + x;
  ${storeTile(tile.rows, across)}
}
`,
  };
}

/** Finishes and stores an invocation's 8 x 8 results. All that the epilogue reads is underway at once: branches would have it wait store by store. */
function storeTile(rows: number, across: number): string {
  const rowOf = (r: number) => (r >> 2) * (rows / 2) + (r & 3);
  const place = (r: number) => `let row${r} = rowTile * ${rows}u + y * 4u + ${rowOf(r)}u;
  let i${r} = (batch * sizes.rows + row${r}) * sizes.columns + column;`;
  const finish = (k: number) => `let v${k} = finish(i${k >> 1} + ${(k & 1) * across}u, row${k >> 1}, sum${k});`;
  const store = (k: number) =>
    `if (row${k >> 1} < sizes.rows && column + ${(k & 1) * across}u < sizes.columns) { result[i${k >> 1} + ${(k & 1) * across}u] = v${k}; }`;
  return [range(8, place, "\n  "), range(16, finish, "\n  "), range(16, store, "\n  ")].join("\n  ");
}
