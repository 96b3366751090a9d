/**
 * Matrix products. `matmulKernel`: result = A B, either operand transposed on request; one invocation computes 8 rows of
 * one column (or of four neighbouring ones), the rows coming from the workgroup index, as in convolution.ts.
 *
 * `gramKernel`: the Gram matrix F F^T / N of N pixels in C channels (Gatys et al. 2016, eq. 3). Few results, long sums: the
 * pixels are cut into slices, each invocation sums a 4x4 tile over one slice, and sumSlicesKernel adds the slices in
 * fixed order (no atomics). Only tiles on and below the diagonal are computed, and mirrored. Each slice's sum is
 * divided by N before the slices are added.
 */
import { bindings, formatShape, type Kernel, linearGrid, literal, range } from "./kernel.ts";
import { epilogueBindings, type Pointwise, storeFunction } from "./pointwise.ts";

const ROWS = 8;

/** The matrices are [M, K] (or [K, M] transposed) and [K, N] (or [N, K] transposed). */
export interface MatmulShape {
  rows: number;
  columns: number;
  depth: number;
  transposeA: boolean;
  transposeB: boolean;
}

/** result [M, N] = A B. */
export function matmulKernel(shape: MatmulShape, epilogue?: Pointwise): Kernel {
  const { rows, columns, depth, transposeA, transposeB } = shape;
  const width = columns % 4 === 0 && !transposeB ? 4 : 1;
  const type = width === 4 ? "vec4f" : "f32";
  const perRow = columns / width;
  const groups = linearGrid(Math.ceil(perRow / 64));
  const row = (r: number) => (rows % ROWS === 0 ? `row + ${r}u` : `min(row + ${r}u, ${rows - 1}u)`);
  const a = (r: number) => (transposeA ? `a[k * ${rows}u + ${row(r)}]` : `a[(${row(r)}) * ${depth}u + k]`);
  return {
    label: `matmul ${formatShape([rows, depth])} * ${formatShape([depth, columns])}`,
    inputs: 1 + (epilogue?.operands.length ?? 1),
    grid: [groups.grid[0], groups.grid[1], Math.ceil(rows / ROWS)],
    flops: 2 * rows * columns * depth,
    bytes: 4 * (rows * depth + depth * columns + rows * columns),
    wgsl: `alias T = ${type};
${bindings([["a", "f32"], ["b", type], ...epilogueBindings(epilogue, type)], type)}

${storeFunction(epilogue, type)}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let column = ${groups.index} * 64u + lane;
  if (column >= ${perRow}u) { return; }
  let row = group.z * ${ROWS}u;
  ${range(ROWS, (r) => `var sum${r} = T();`, " ")}
  for (var k = 0u; k < ${depth}u; k++) {
    let value = b[${transposeB ? `column * ${depth}u + k` : `k * ${perRow}u + column`}];
    ${range(ROWS, (r) => `sum${r} = fma(T(${a(r)}), value, sum${r});`, "\n    ")}
  }
  ${range(ROWS, (r) => `${rows % ROWS ? `if (row + ${r}u < ${rows}u) ` : ""}{ store((row + ${r}u) * ${perRow}u + column, row + ${r}u, sum${r}); }`, "\n  ")}
}
`,
  };
}

/** Pixels that one invocation of the Gram kernel sums. */
export const GRAM_SLICE = 1024;

/** result [slices, C, C] from features [C, N]: each slice's share of the Gram matrix, already divided by N. */
export function gramKernel(channels: number, pixels: number, slices: number): Kernel {
  const width = pixels % 4 === 0 ? 4 : 1;
  const type = width === 4 ? "vec4f" : "f32";
  const length = pixels / width;
  const sliceLength = Math.ceil(length / slices);
  const tiles = Math.ceil(channels / 4);
  const pairs = (tiles * (tiles + 1)) / 2;
  const { grid, index } = linearGrid(Math.ceil((pairs * slices) / 64));
  const channel = (name: string, r: number) =>
    channels % 4 === 0 ? `(${name} + ${r}u)` : `min(${name} + ${r}u, ${channels - 1}u)`;
  const total = (i: number, j: number) => (width === 4 ? `dot(sum${i}${j}, vec4f(1.0f))` : `sum${i}${j}`);
  return {
    label: `gram ${formatShape([channels, pixels])} in ${slices} slices`,
    inputs: 1,
    grid,
    flops: channels * channels * pixels,
    bytes: 4 * channels * (pixels + channels * slices),
    wgsl: `alias T = ${type};
${bindings([["features", type]], "f32")}

fn storeBoth(slice: u32, i: u32, j: u32, sum: f32) {
  if (i >= ${channels}u || j >= ${channels}u) { return; }
  let mean = sum * ${literal(1 / pixels)};
  result[(slice * ${channels}u + i) * ${channels}u + j] = mean;
  result[(slice * ${channels}u + j) * ${channels}u + i] = mean;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let id = ${index} * 64u + lane;
  if (id >= ${pairs * slices}u) { return; }
  let slice = id / ${pairs}u;
  // The pair-th entry of the lower triangle, counted row by row.
  let pair = id % ${pairs}u;
  var i = u32(sqrt(2.0f * f32(pair)));
  while (i * (i + 1u) / 2u > pair) { i--; }
  while ((i + 1u) * (i + 2u) / 2u <= pair) { i++; }
  let j = (pair - i * (i + 1u) / 2u) * 4u;
  i *= 4u;
  ${range(4, (r) => `let a${r} = ${channel("i", r)} * ${length}u; let b${r} = ${channel("j", r)} * ${length}u;`, "\n  ")}
  ${range(16, (k) => `var sum${k >> 2}${k & 3} = T();`, " ")}
  let last = min((slice + 1u) * ${sliceLength}u, ${length}u);
  for (var p = slice * ${sliceLength}u; p < last; p++) {
    ${range(4, (r) => `let f${r} = features[a${r} + p]; let g${r} = features[b${r} + p];`, "\n    ")}
    ${range(16, (k) => `sum${k >> 2}${k & 3} = fma(f${k >> 2}, g${k & 3}, sum${k >> 2}${k & 3});`, "\n    ")}
  }
  ${range(16, (k) => `storeBoth(slice, i + ${k >> 2}u, j + ${k & 3}u, ${total(k >> 2, k & 3)});`, "\n  ")}
}
`,
  };
}
