/**
 * The text of a matrix product whose right operand a subgroup reads together (product-tiles.ts), for software adapters that shuffle
 * in one instruction.
 *
 * The invocations of a subgroup compute tiles of `rows` x 4 `vectors` results below one another. Each reads the rows of its own, and of
 * the columns, which are the same for all, one vec4 where product-registers.ts reads all of them: the others get it by a shuffle. Reading is
 * what takes most time there. Several steps of the sum may share a turn of the loop, which copies all sums at its end.
 *
 * Not by a broadcast: Mesa's software Vulkan makes a shuffle one instruction, and a broadcast a loop over lanes.
 */
import { linearGrid, range } from "./kernel.ts";
import { storeTile } from "./product-registers.ts";
import { type ProductShape, productSizes, type SubgroupTile } from "./product-tiles.ts";

/** The grid, the uniforms, and the text of `main`. */
export function subgroupProduct(shape: ProductShape, tile: SubgroupTile) {
  const { vectors, lanes } = tile;
  const known = productSizes(shape, tile);
  const blocks = Math.ceil(known.rowTiles / lanes);
  const count = shape.batches * known.columnTiles * blocks;
  const { grid, index } = linearGrid(count);
  const steps = shape.depth % tile.steps ? 1 : tile.steps;
  const shared = steps * vectors;
  /** The vec4s of the right operand that an invocation reads per turn. */
  const reads = Math.ceil(shared / lanes);
  const multiplyAdd = (sum: number) => {
    const [row, vector] = [Math.floor(sum / vectors), sum % vectors];
    let text = `sum${sum}`;
    for (let step = 0; step < steps; step++) {
      text = `fma(vec4f(a${(step * tile.rows) / 4 + (row >> 2)}.${"xyzw"[row & 3]}), b${step * vectors + vector}, ${text})`;
    }
    return `sum${sum} = ${text};`;
  };
  return {
    grid,
    sizes: { count, blocks, ...known },
    main: `@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let id = ${index};
  if (id >= sizes.count) { return; }
  let line = id / sizes.blocks;
  let rowTile = (id - line * sizes.blocks) * ${lanes}u + lane;
  let batch = line / sizes.columnTiles;
  let columnTile = line - batch * sizes.columnTiles;
  var p = batch * sizes.leftBatch + min(rowTile, sizes.rowTiles - 1u) * sizes.leftTile;
  var q = batch * sizes.rightBatch + columnTile * sizes.rightTile;
  ${range(reads, (i) => `let own${i} = (lane + ${i * lanes}u) / ${vectors}u * sizes.rightStep + (lane + ${i * lanes}u) % ${vectors}u;`, " ")}
  ${range(tile.rows * vectors, (i) => `var sum${i} = vec4f();`, " ")}
  let end = q + sizes.depth * sizes.rightStep;
  for (; q < end; q += ${steps}u * sizes.rightStep) {
    ${range(reads, (i) => `let read${i} = right[q + own${i}];`, " ")}
    ${range((steps * tile.rows) / 4, (i) => `let a${i} = left[p + ${Math.floor((4 * i) / tile.rows)}u * sizes.leftStep + ${i % (tile.rows / 4)}u];`, " ")}
    ${range(shared, (i) => `let b${i} = subgroupShuffle(read${Math.floor(i / lanes)}, ${i % lanes}u);`, " ")}
    ${range(tile.rows * vectors, multiplyAdd, "\n    ")}
    p += ${steps}u * sizes.leftStep;
  }
  ${storeTile(tile)}
}
`,
  };
}
