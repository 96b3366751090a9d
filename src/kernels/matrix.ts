/**
 * result = A B, either operand transposed on request, for matrices of any size; one invocation computes 8 rows of one column
 * (or of four neighbouring ones). Where sizes allow, product.ts is faster.
 */
import { bindings, formatShape, type Kernel, linearGrid, range } from "./kernel.ts";
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
  const columnGroups = Math.ceil(perRow / 64);
  const { grid, index } = linearGrid(columnGroups * Math.ceil(rows / ROWS));
  const row = (r: number) => (rows % ROWS === 0 ? `row + ${r}u` : `min(row + ${r}u, ${rows - 1}u)`);
  const operands = epilogueBindings(epilogue, type);
  const a = (r: number) => (transposeA ? `a[k * ${rows}u + ${row(r)}]` : `a[(${row(r)}) * ${depth}u + k]`);
  return {
    label: `matmul ${formatShape([rows, depth])} * ${formatShape([depth, columns])}`,
    inputs: 2 + operands.length,
    grid,
    flops: 2 * rows * columns * depth,
    bytes: 4 * (rows * depth + depth * columns + rows * columns),
    wgsl: `alias T = ${type};
${bindings([["a", "f32"], ["b", type], ...operands], type)}

${storeFunction(epilogue, type)}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = ${index} / ${columnGroups}u * ${ROWS}u;
  let column = ${index} % ${columnGroups}u * 64u + lane;
  if (row >= ${rows}u || column >= ${perRow}u) { return; }
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
