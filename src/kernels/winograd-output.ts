/**
 * The last step of Winograd convolution (winograd.ts): result = A^T m A of every tile, then the pointwise epilogue. Writes
 * the rows of one chunk, and nothing of the others.
 *
 * One invocation takes four neighbouring tiles of one channel, one in each component of its vectors. Where a tile's rows are vectors of the result, it stores vectors.
 */
import { bindings, formatShape, type Kernel, linearGrid, quotient, range } from "./kernel.ts";
import { epilogueBindings, finishFunction, type Pointwise } from "./pointwise.ts";
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
${bindings([["products", "vec4f"], ...epilogueBindings(epilogue, type)], type, sizes)}

${finishFunction(epilogue, type)}

// The first pixel of a tile in the result, and how many rows and columns lie inside.
fn locate(tile: u32, channel: u32) -> vec3u {
  let row = ${quotient("tile", "sizes.columns")};
  let x = (tile - row * sizes.columns) * ${size}u;
  let y = (row + sizes.firstRow) * ${size}u;
  let rows = select(sizes.height - y, 0u, tile >= sizes.tiles || y >= sizes.height);
  return vec3u((channel * sizes.height + y) * sizes.width + x, rows, sizes.width - x);
}

@compute @workgroup_size(${LANES})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let id = ${index} * ${LANES}u + lane;
  if (id >= sizes.count) { return; }
  let channel = ${quotient("id", "sizes.groups")};
  let tile = (id - channel * sizes.groups) * 4u;
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
  ${range(4, (j) => finishTile(j, size, hasVectors), "\n  ")}
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

/**
 * The values of component j, also of what lies outside the result, for which anything is read: all reads of an invocation are underway at
 * once, where branches would have them wait for each other.
 */
function finishTile(j: number, size: 2 | 4, hasVectors: boolean): string {
  const value = (r: number, c: number) => `o${r}_${c}.${"xyzw"[j]}`;
  const finish = (r: number, c: number) => {
    const all = hasVectors ? `vec4f(${range(4, (k) => value(r, k), ", ")})` : value(r, c);
    return `let v${j}_${r}_${c} = finish(${indexOf(j, r, c, hasVectors)}, channel, ${all});`;
  };
  return `let t${j} = locate(tile + ${j}u, channel);
  ${range(size, (r) => range(hasVectors ? 1 : size, (c) => finish(r, c), " "), "\n  ")}`;
}

/** Stores those values of component j that lie inside the result. */
function storeTile(j: number, size: 2 | 4, hasVectors: boolean): string {
  const store = (r: number, c: number) =>
    `if (t${j}.y > ${r}u${c ? ` && t${j}.z > ${c}u` : ""}) { result[${indexOf(j, r, c, hasVectors)}] = v${j}_${r}_${c}; }`;
  return range(size, (r) => range(hasVectors ? 1 : size, (c) => store(r, c), " "), "\n  ");
}

/** The place of pixel (r, c) of a tile in the result, in vectors or pixels. */
function indexOf(j: number, r: number, c: number, hasVectors: boolean): string {
  const start = `t${j}.x + ${r}u * sizes.width`;
  return hasVectors ? `(${start}) / 4u` : `${start} + ${c}u`;
}
