/**
 * What a kernel is: WGSL text made from numbers alone, and the grid to run it on. No GPU object appears in this folder,
 * so every kernel can be printed, compared with a snapshot and read without a device.
 *
 * Every kernel reads `inputs` storage buffers (bindings 0, 1, ...) and writes one more, the binding after them; the uniforms, if
 * there are any, come last. It writes every element, or those of its chunk of the result (gram.ts, winograd-output.ts), and may
 * add to what is there (operands of kind "own", pointwise.ts). Tensors are dense, in row-major order, and float32 but for masks
 * (bits.ts), weights as files store them (expand-weights.ts), and what half.ts stores in 16 bits; images are planes,
 * [channels, height, width].
 */

/**
 * A compute kernel for fixed shapes, as a program runs it.
 *
 * @category Kernels and algorithms
 */
export interface Kernel {
  /** Name and shapes, as the plan prints and the debugger shows them. */
  label: string;
  wgsl: string;
  /** Number of storage buffers read; the output is the binding after them. */
  inputs: number;
  /** Values of the uniforms declared in its text, the binding after the output. */
  uniforms?: readonly number[];
  /** Workgroups in x, y and z. */
  grid: readonly [number, number, number];
  /** Floating-point operations: a multiplication and an addition count two. */
  flops: number;
  /** Bytes that must cross the memory bus if everything is read and written once. */
  bytes: number;
}

/** WebGPU's limit on workgroups in one dimension, the same on every device that did not ask for more. */
export const MAX_WORKGROUPS = 65535;

/** Text repeated for 0, 1, ... n - 1: how kernels unroll. */
export function range(n: number, text: (index: number) => string, separator = "\n"): string {
  return Array.from({ length: n }, (_, index) => text(index)).join(separator);
}

/**
 * Declares the storage buffers `inputs` (read) and `result` (written), each an array of the given type, and numbers, whole and not
 * negative, that the text reads as `sizes.name`: kernels that differ only in them share their text, which is compiled once.
 */
export function bindings(
  inputs: readonly (readonly [name: string, type: string])[],
  result: string,
  sizes?: Readonly<Record<string, number>>,
): string {
  const binding = (index: number, variable: string) => `@group(0) @binding(${index}) var<${variable};`;
  const lines = inputs.map(([name, type], index) => binding(index, `storage, read> ${name}: array<${type}>`));
  lines.push(binding(inputs.length, `storage, read_write> result: array<${result}>`));
  if (sizes) {
    lines.push(`struct Sizes { ${Object.keys(sizes).join(": u32, ")}: u32 }`);
    lines.push(binding(inputs.length + 1, "uniform> sizes: Sizes"));
  }
  return lines.join("\n");
}

/** WGSL of `a / b` for a < 2^20 by a float division, which WGSL allows to be off by 2.5 units: that of integers goes lane by lane on CPUs. */
export function quotient(a: string, b: string): string {
  return `u32((f32(${a}) + 0.5f) / f32(${b}))`;
}

/**
 * A grid of at least `workgroups` workgroups, folded into two dimensions past 65535, and the WGSL expression of the
 * linear index of a workgroup whose `@builtin(workgroup_id)` is `group`. Surplus workgroups must check their index.
 */
export function linearGrid(workgroups: number): { grid: [number, number, number]; index: string } {
  const rows = Math.ceil(workgroups / MAX_WORKGROUPS);
  const columns = Math.ceil(workgroups / rows);
  return { grid: [columns, rows, 1], index: rows === 1 ? "group.x" : `(group.y * ${columns}u + group.x)` };
}

/** What {@link imageGrid} makes. */
export interface ImageGrid {
  grid: [number, number, number];
  sizes: { gridHeight: number; gridWidth: number };
  main: string;
}

/**
 * A grid with one invocation per element of an image [C, H, W], and the start of its `main`, which defines `x`, `y`,
 * `channel` and the linear index `i`. Three dimensions, because dividing a linear index costs more than most of what
 * these kernels do: software adapters divide one lane at a time. Where a dimension is too long for that, it is divided.
 * The kernel's uniforms include `sizes`.
 */
export function imageGrid(shape: readonly number[]): ImageGrid {
  const [channels, gridHeight, gridWidth] = shape;
  const sizes = { gridHeight, gridWidth };
  const grid: [number, number, number] = [Math.ceil(gridWidth / 16), Math.ceil(gridHeight / 4), channels];
  if (Math.max(...grid) > MAX_WORKGROUPS) return { ...dividedGrid(shape), sizes };
  return {
    grid,
    sizes,
    main: `@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) position: vec3u) {
  let x = position.x;
  let y = position.y;
  let channel = position.z;
  if (x >= sizes.gridWidth || y >= sizes.gridHeight) { return; }
  let i = (channel * sizes.gridHeight + y) * sizes.gridWidth + x;`,
  };
}

/** As {@link imageGrid}, for images of any proportions. */
function dividedGrid(shape: readonly number[]): Omit<ImageGrid, "sizes"> {
  const { grid, index } = linearGrid(Math.ceil(sizeOf(shape) / 64));
  return {
    grid,
    main: `@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = ${index} * 64u + lane;
  if (i >= ${sizeOf(shape)}u) { return; }
  let row = i / sizes.gridWidth;
  let x = i - row * sizes.gridWidth;
  let channel = row / sizes.gridHeight;
  let y = row - channel * sizes.gridHeight;`,
  };
}

/** The shape as it is written: `3x4x5`. */
export function formatShape(shape: readonly number[]): string {
  return shape.join("x") || "scalar";
}

/** Product of the dimensions. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

/** The least multiple of `multiple` that is no less than `count`. */
export function roundUp(count: number, multiple = 4): number {
  return Math.ceil(count / multiple) * multiple;
}

/** A number as a WGSL f32 literal. */
export function literal(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`${value} cannot be written in WGSL.`);
  const text = String(Math.fround(value));
  return /[.e]/.test(text) ? `${text}f` : `${text}.0f`;
}
