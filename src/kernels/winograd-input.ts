/**
 * Transforms the tiles of an image for Winograd convolution (winograd.ts): result[point, panel, channel, tile] = B^T d B. Padding
 * happens here, while pixels are read: nothing is copied.
 *
 * One invocation takes four neighbouring tiles of one channel, one in each component of its vectors. Where the rows of the
 * image start at vectors, a tile's row of 4 + 2 pixels is read as a vector and its two neighbours.
 */
import { bindings, formatShape, type Kernel, linearGrid, quotient, range } from "./kernel.ts";
import { type PaddingMode, sourceFunction } from "./pad.ts";
import { inputTransform, TRANSFORM_FLOPS, type WinogradShape, winogradTiles } from "./winograd.ts";

const LANES = 64;

/** How a tile's pixels are read: one by one; its rows as vectors; or those of four tiles that are always in one row. */
type Access = "pixels" | "vectors" | "strips";

/** The tiles of one chunk. */
export function winogradInputKernel(shape: WinogradShape, chunk: number): Kernel {
  const { size, inputs, inputHeight, inputWidth, padding, chunks, panel } = shape;
  const { points, columns, rows, panels } = winogradTiles(shape);
  const side = size + 2;
  const groups = (panels * panel) / 4;
  const hasVectors = size === 4 && inputWidth % 4 === 0 && columns * 4 === inputWidth && padding.left === 1;
  const access = hasVectors ? (columns % 4 === 0 ? "strips" : "vectors") : "pixels";
  const { grid, index } = linearGrid(Math.ceil((inputs * groups) / LANES));
  const sizes = {
    count: inputs * groups,
    panel: panel / 4,
    channels: inputs,
    columns,
    firstRow: rows * chunk,
    height: inputHeight,
    width: inputWidth,
    top: padding.top,
    left: padding.left,
    // Tiles below the image, which only fill up the last chunk, read its last row; tiles of partial width its last column.
    lastRow: inputHeight + padding.bottom - 1,
    lastColumn: inputWidth + padding.right - 1,
  };
  return {
    label: `winogradInput F(${size}x${size}) ${formatShape([inputs, inputHeight, inputWidth])} -> ${formatShape([points, panels, inputs, panel])}`,
    inputs: 1,
    uniforms: Object.values(sizes),
    grid,
    flops: inputs * 4 * groups * 2 * side * TRANSFORM_FLOPS[size].input,
    bytes: 4 * (Math.ceil((inputs * inputHeight * inputWidth) / chunks) + points * inputs * 4 * groups),
    wgsl: `${bindings([["image", hasVectors ? "vec4f" : "f32"]], "vec4f", sizes)}

${sourceFunction(padding.mode)}

@compute @workgroup_size(${LANES})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let id = ${index} * ${LANES}u + lane;
  if (id >= sizes.count) { return; }
  let row = ${quotient("id", "sizes.panel")};
  let panel = ${quotient("row", "sizes.channels")};
  let channel = row - panel * sizes.channels;
  let tile = (panel * sizes.panel + id - row * sizes.panel) * 4u;
  let row0 = ${quotient("tile", "sizes.columns")};
  let column0 = tile - row0 * sizes.columns;
  let y0 = i32((row0 + sizes.firstRow) * ${size}u) - i32(sizes.top);
  let plane = channel * sizes.height;
  ${range(3, (j) => placeTile(j + 1, size, access), "\n  ")}
  ${access === "pixels" ? pixelColumns(side, size, padding.mode) : ""}
  ${range(side, (r) => readRow(r, access, padding.mode, side), "\n  ")}
  ${range(side, (c) => transformColumn(c, size), "\n  ")}
}
`,
  };
}

/** The column of tile j, and its first row of pixels, from those of the tile before. */
function placeTile(j: number, size: number, access: Access): string {
  if (access === "strips") return `let column${j} = column0 + ${j}u;`;
  return `let wraps${j} = column${j - 1} + 1u == sizes.columns; let column${j} = select(column${j - 1} + 1u, 0u, wraps${j}); let y${j} = y${j - 1} + select(0, ${size}, wraps${j});`;
}

/** Where column c of each tile is read. */
function pixelColumns(side: number, size: number, mode: PaddingMode): string {
  const column = (c: number) => {
    const at = (j: number) =>
      `source(min(i32(column${j} * ${size}u + ${c}u) - i32(sizes.left), i32(sizes.lastColumn)), i32(sizes.width))`;
    const inside = mode === "zero" ? ` let inColumn${c} = x${c} >= vec4i();` : "";
    return `let x${c} = vec4i(${range(4, at, ", ")});${inside}`;
  };
  return range(side, column, "\n  ");
}

/** Row r of all tiles, times B. */
function readRow(r: number, access: Access, mode: PaddingMode, side: number): string {
  const at = (j: number) => `source(min(y${j} + ${r}, i32(sizes.lastRow)), i32(sizes.height))`;
  const places = range(access === "strips" ? 1 : 4, (j) => `let s${r}_${j} = ${at(j)};`, " ");
  const from = (j: number) => `s${r}_${access === "strips" ? 0 : j}`;
  const isZero = mode === "zero";
  const inside = isZero ? `let inRow${r} = vec4<bool>(${range(4, (j) => `${from(j)} >= 0`, ", ")});` : "";
  const start = (j: number) => `(plane + u32(${isZero ? `max(${from(j)}, 0)` : from(j)})) * sizes.width`;
  const read = access === "pixels" ? readPixels : readVectors;
  return `${places} ${inside}
  ${read(r, access, mode, side, start)}
  ${inputTransform(
    (side - 2) as 2 | 4,
    (c) => `d${r}_${c}`,
    (k) => `e${r}_${k}`,
    `e${r}`,
  )}`;
}

type StartOf = (j: number) => string;

function readPixels(r: number, _: Access, mode: PaddingMode, side: number, start: StartOf): string {
  const isZero = mode === "zero";
  const column = (c: number) => {
    const at = (j: number) => `image[a${r}_${j} + u32(${isZero ? `max(x${c}[${j}], 0)` : `x${c}[${j}]`})]`;
    const all = `vec4f(${range(4, at, ", ")})`;
    return `let d${r}_${c} = ${isZero ? `select(vec4f(), ${all}, inRow${r} & inColumn${c})` : all};`;
  };
  return `${range(4, (j) => `let a${r}_${j} = ${start(j)};`, " ")}
  ${range(side, column, "\n  ")}`;
}

/** Each tile's row as a vector and the pixels on both sides of it. */
function readVectors(r: number, access: Access, mode: PaddingMode, side: number, start: StartOf): string {
  const row = (j: number) => `a${r}_${access === "strips" ? 0 : j}`;
  const read = (j: number) => `let b${r}_${j} = ${row(j)} + column${j}; let p${r}_${j} = image[b${r}_${j}];`;
  const edge = {
    zero: () => ["0.0f", "0.0f"],
    replicate: (j: number) => [`p${r}_${j}.x`, `p${r}_${j}.w`],
    reflect: (j: number) => [`p${r}_${j}.y`, `p${r}_${j}.z`],
    circular: (j: number) => [`image[${row(j)} + sizes.columns - 1u].w`, `image[${row(j)}].x`],
  }[mode];
  const left = (j: number) =>
    access === "strips" && j > 0
      ? `p${r}_${j - 1}.w`
      : `select(image[max(b${r}_${j}, 1u) - 1u].w, ${edge(j)[0]}, column${j} == 0u)`;
  const right = (j: number) =>
    access === "strips" && j < 3
      ? `p${r}_${j + 1}.x`
      : `select(image[b${r}_${j} + 1u].x, ${edge(j)[1]}, column${j} + 1u == sizes.columns)`;
  const column = (c: number) => {
    const of = (j: number) => (c === 0 ? left(j) : c === 5 ? right(j) : `p${r}_${j}.${"xyzw"[c - 1]}`);
    const all = `vec4f(${range(4, of, ", ")})`;
    return `let d${r}_${c} = ${mode === "zero" ? `select(vec4f(), ${all}, inRow${r})` : all};`;
  };
  return `${range(access === "strips" ? 1 : 4, (j) => `let a${r}_${j} = ${start(j)} / 4u;`, " ")}
  ${range(4, read, " ")}
  ${range(side, column, "\n  ")}`;
}

/** Column c of B^T d B, and its stores. */
function transformColumn(c: number, size: 2 | 4): string {
  const side = size + 2;
  return `${inputTransform(
    size,
    (r) => `e${r}_${c}`,
    (k) => `f${k}_${c}`,
    `f${c}`,
  )}
  ${range(side, (r) => `result[${r * side + c}u * sizes.count + id] = f${r}_${c};`, " ")}`;
}
