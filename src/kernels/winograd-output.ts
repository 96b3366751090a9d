/**
 * The last step of Winograd convolution (winograd.ts): result = A^T m A of every tile, then the pointwise epilogue. Writes
 * the rows of one chunk, and nothing of the others.
 *
 * One invocation takes four neighbouring tiles of one channel, one in each component of its vectors. Where a tile's rows are vectors of the result, it stores vectors.
 */
import { bindings, formatShape, type Kernel, linearGrid, quotient, range, uniforms } from "./kernel.ts";
import { epilogueBindings, type Pointwise, storeFunction } from "./pointwise.ts";
import { outputTransform, TRANSFORM_FLOPS, type WinogradShape, winogradTiles } from "./winograd.ts";

const LANES = 64;

/** The results of one chunk. Inputs: the products, then the epilogue's operands. */
export function winogradOutputKernel(shape: WinogradShape, chunk: number, epilogue?: Pointwise): Kernel {
  const { size, outputs, height, width, chunks } = shape;
  const tiles = winogradTiles(shape);
  const side = size + 2;
  const groups = tiles.padded / 4;
  const count = outputs * groups;
  const hasVectors = size === 4 && width % 4 === 0;
  const type = hasVectors ? "vec4f" : "f32";
  const inputs = 1 + epilogueBindings(epilogue, type).length;
  const { grid, index } = linearGrid(Math.ceil(count / LANES));
  const sizes = {
    count,
    groups,
    plane: (tiles.padded * tiles.outputs) / 4,
    tiles: tiles.count,
    columns: tiles.columns,
    firstRow: tiles.rows * chunk,
    height,
    width,
  };
  return {
    label: `winogradOutput F(${size}x${size}) ${formatShape([tiles.points, tiles.outputs, tiles.padded])} -> ${formatShape([outputs, height, width])}`,
    inputs,
    uniforms: Object.values(sizes),
    grid,
    flops: count * 4 * (side + size) * TRANSFORM_FLOPS[size].output,
    bytes: 4 * (tiles.points * tiles.outputs * tiles.padded + Math.ceil((outputs * height * width) / chunks)),
    wgsl: `alias T = ${type};
${bindings([["products", "vec4f"], ...epilogueBindings(epilogue, type)], type)}
${uniforms(sizes, inputs + 1)}

${storeFunction(epilogue, type)}

@compute @workgroup_size(${LANES})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let id = ${index} * ${LANES}u + lane;
  if (id >= sizes.count) { return; }
  let channel = ${quotient("id", "sizes.groups")};
  let tile0 = (id - channel * sizes.groups) * 4u;
  ${range(side, (c) => transformColumn(c, size), "\n  ")}
  ${range(
    size,
    (r) =>
      outputTransform(
        size,
        (c) => `n${r}_${c}`,
        (k) => `o${r}_${k}`,
        `o${r}`,
      ),
    "\n  ",
  )}
  ${range(4, (j) => storeTile(j, size, hasVectors), "\n  ")}
}
`,
  };
}

/** Column c of A^T m. */
function transformColumn(c: number, size: 2 | 4): string {
  const side = size + 2;
  return `${range(side, (r) => `let m${r}_${c} = products[${r * side + c}u * sizes.plane + id];`, " ")}
  ${outputTransform(
    size,
    (r) => `m${r}_${c}`,
    (k) => `n${k}_${c}`,
    `n${c}`,
  )}`;
}

/** Component j: its place, and stores of what lies inside the result. */
function storeTile(j: number, size: 2 | 4, hasVectors: boolean): string {
  const component = "xyzw"[j];
  const pixel = (r: number, c: number) => `{ store(i + ${c}u, channel, o${r}_${c}.${component}); }`;
  const stores = (r: number) =>
    hasVectors
      ? `store(i / 4u, channel, vec4f(${range(4, (c) => `o${r}_${c}.${component}`, ", ")}));`
      : range(size, (c) => (c === 0 ? pixel(r, c) : `if (x + ${c}u < sizes.width) ${pixel(r, c)}`), " ");
  return `{
    let tile = tile0 + ${j}u;
    let row = ${quotient("tile", "sizes.columns")};
    let x = (tile - row * sizes.columns) * ${size}u;
    let y = (row + sizes.firstRow) * ${size}u;
    let first = (channel * sizes.height + y) * sizes.width + x;
    let rows = select(min(sizes.height - y, ${size}u), 0u, tile >= sizes.tiles || y >= sizes.height);
    ${range(size, (r) => `if (rows > ${r}u) { let i = first + ${r}u * sizes.width; ${stores(r)} }`, "\n    ")}
  }`;
}
