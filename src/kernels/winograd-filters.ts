/**
 * Transforms 3x3 filters [O, I, 3, 3] for Winograd convolution (winograd.ts): result[point, block, i, o] = G g G^T, in blocks
 * of outputs, the last one filled up by zeros. For the input gradient, `transposed` exchanges inputs and outputs and turns the filter
 * by 180 degrees. Filters that are constants are transformed once, when a program is compiled.
 */
import { bindings, formatShape, type Kernel, linearGrid, literal, range } from "./kernel.ts";
import { FILTER_MATRIX } from "./winograd.ts";

/** How filters are transformed: for which tiles, whether for the input gradient, and the outputs per block. */
export interface WinogradFilters {
  size: 2 | 4;
  transposed: boolean;
  block: number;
}

/** Shape of the transformed filters. */
export function winogradFiltersShape(
  shape: readonly number[],
  { size, transposed, block }: WinogradFilters,
): [points: number, blocks: number, inputs: number, block: number] {
  const [outputs, inputs] = transposed ? [shape[1], shape[0]] : shape;
  return [(size + 2) ** 2, Math.ceil(outputs / block), inputs, block];
}

/** One invocation per filter. `shape` is that of the weights, [O, I, 3, 3]. */
export function winogradFiltersKernel(shape: readonly number[], filters: WinogradFilters): Kernel {
  const { size, transposed } = filters;
  const [points, blocks, inputs, block] = winogradFiltersShape(shape, filters);
  const outputs = transposed ? shape[1] : shape[0];
  const count = blocks * inputs * block;
  const { grid, index } = linearGrid(Math.ceil(count / 64));
  const sizes = { count, block, inputs, outputs };
  const side = size + 2;
  const matrix = FILTER_MATRIX[size];
  /** A row of G times three values. */
  const combine = (row: number, values: (k: number) => string) =>
    [0, 1, 2]
      .filter((k) => matrix[row][k] !== 0)
      .map((k) => `${literal(matrix[row][k])} * ${values(k)}`)
      .join(" + ");
  return {
    label: `winogradFilters ${formatShape(shape)}${transposed ? " transposed" : ""} F(${size}x${size})`,
    inputs: 1,
    uniforms: Object.values(sizes),
    grid,
    flops: 0,
    bytes: 4 * count * (9 + points),
    wgsl: `${bindings([["weights", "f32"]], "f32", sizes)}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = ${index} * 64u + lane;
  if (i >= sizes.count) { return; }
  let line = i / sizes.block;
  let input = line % sizes.inputs;
  let output = line / sizes.inputs * sizes.block + i % sizes.block;
  let inside = output < sizes.outputs;
  let first = 9u * select(0u, ${transposed ? "input * sizes.outputs + output" : "output * sizes.inputs + input"}, inside);
  ${range(9, (tap) => `let g${tap} = select(0.0f, weights[first + ${transposed ? 8 - tap : tap}u], inside);`, "\n  ")}
  ${range(3 * side, (k) => `let h${k} = ${combine(Math.floor(k / 3), (tap) => `g${3 * tap + (k % 3)}`)};`, "\n  ")}
  ${range(points, (p) => `result[${p}u * sizes.count + i] = ${combine(p % side, (k) => `h${3 * Math.floor(p / side) + k}`)};`, "\n  ")}
}
`,
  };
}
