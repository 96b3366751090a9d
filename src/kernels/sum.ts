/**
 * Sums along rows: result[row, slice] = sum over the columns of that slice of f(operands[row, column]).
 *
 * A workgroup of 64 invocations sums one slice of one row: each adds every 64th element, then a tree in workgroup memory
 * (256 bytes) adds the 64 partial sums. A long row is cut into slices, whose sums a second dispatch adds. The order is
 * fixed, so the same device gives the same bits every time; the tree keeps the rounding error near sqrt(log n).
 * f is a pointwise function (the fused prologue), an epilogue may follow the last sum.
 */
import { bindings, formatShape, type Kernel, linearGrid, range, roundUp, sizeOf } from "./kernel.ts";
import {
  type Broadcast,
  channelIndex,
  epilogueBindings,
  load,
  operandType,
  type Pointwise,
  resultName,
  statements,
  storeFunction,
  vectorWidth,
} from "./pointwise.ts";
import type { TileTarget } from "./target.ts";

/** Longest run of elements that one workgroup sums: GPUs want many workgroups, and software adapters few, for barriers are slow there. */
export function sumSlice(target: TileTarget): number {
  return target === "gpu" ? 4096 : 16384;
}

/** The shape of a sum. Operands are [rows, columns], or broadcast as in a pointwise function with rows as channels. */
export interface SumShape {
  rows: number;
  columns: number;
  /** Number of slices each row is cut into; the result is [rows, slices]. */
  slices: number;
  /** Whether four terms are read at once: GPUs would wait for each, software adapters compile twice as long. */
  unrolled?: boolean;
}

/** Adds the terms at `index` and every `step`-th place after it before `end`, one after the other, `unrolled` reading four at once. */
function inOrder(
  index: string,
  end: string,
  step: string,
  term: (place: string) => string,
  unrolled: boolean | undefined,
): string {
  const four = `for (; ${index} + 3u * ${step} < ${end}; ${index} += 4u * ${step}) {
      ${range(4, (k) => `let t${k} = ${term(`${index} + ${k}u * ${step}`)};`, " ")}
      sum = sum + t0 + t1 + t2 + t3;
    }
    `;
  return `${unrolled ? four : ""}for (; ${index} < ${end}; ${index} += ${step}) { sum += ${term(index)}; }`;
}

/** Sums rows, or slices of rows. `epilogue` needs `slices` to be 1. */
export function sumKernel(shape: SumShape, prologue: Pointwise, epilogue?: Pointwise): Kernel {
  const { rows, columns, slices, unrolled } = shape;
  const perSlice = roundUp(columns / slices);
  const width = columns % 4 === 0 ? 4 : 1;
  const type = width === 4 ? "vec4f" : "f32";
  const rowLength = columns / width;
  const sizes = { rows, slices, rowLength, sliceLength: Math.ceil(perSlice / width) };
  const inputs = prologue.operands.length + (epilogue?.operands.length ?? 1) - 1;
  const { grid, index } = linearGrid(rows * slices);
  const read = (broadcast: Broadcast, k: number) => `let x${k} = ${load(`input${k}`, broadcast, "i", "row", type)};`;
  // Formulas are written over the alias T, which the store function needs for itself: here it is spelt out.
  const prologueText = `${prologue.operands.map(read).join("\n  ")}
  ${statements(prologue)}`.replace(/\bT\(/g, `${type}(`);
  return {
    label: `sum ${formatShape([rows, columns])} -> ${formatShape([rows, slices])}`,
    inputs,
    uniforms: Object.values(sizes),
    grid,
    flops: rows * columns * prologue.steps.length,
    bytes: 4 * rows * columns * prologue.operands.filter((operand) => operand === "element").length,
    wgsl: `${bindings(
      [
        ...prologue.operands.map((operand, k): [string, string] => [`input${k}`, operandType(operand, type)]),
        ...epilogueBindings(epilogue, "f32"),
      ],
      "f32",
      sizes,
    )}
var<workgroup> partial: array<f32, 64>;

fn term(i: u32, row: u32) -> f32 {
  ${prologueText}
  return ${width === 4 ? `dot(${resultName(prologue)}, vec4f(1.0f))` : resultName(prologue)};
}

alias T = f32;
${storeFunction(epilogue, "f32")}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let slice = ${index};
  let row = slice / sizes.slices;
  let first = (slice % sizes.slices) * sizes.sliceLength;
  let last = min(first + sizes.sliceLength, sizes.rowLength);
  var sum = 0.0f;
  if (row < sizes.rows) {
    let start = row * sizes.rowLength;
    var i = first + lane;
    ${inOrder("i", "last", "64u", (place) => `term(start + ${place}, row)`, unrolled)}
  }
  partial[lane] = sum;
  for (var stride = 32u; stride > 0u; stride /= 2u) {
    workgroupBarrier();
    if (lane < stride) { partial[lane] += partial[lane + stride]; }
  }
  if (lane == 0u && row < sizes.rows) { store(slice, row, partial[0]); }
}
`,
  };
}

/**
 * Invocations that share the slices of a result: on GPUs, which have few results and many slices, each of them waited for. Software
 * adapters would wait at barriers.
 */
export function slicesParts(slices: number, target: TileTarget): number {
  if (target !== "gpu" || slices < 16) return 1;
  return slices < 512 ? 16 : 64;
}

/**
 * Adds `slices` tensors of a shape that lie one after another: the second pass of split sums, in fixed order. Of `parts` invocations, a
 * power of 2 up to 64, each adds every so many-th slice, and a tree adds their sums.
 */
export function sumSlicesKernel(shape: readonly number[], slices: number, epilogue?: Pointwise, parts = 1): Kernel {
  const size = sizeOf(shape);
  const width = vectorWidth(shape, epilogue?.operands ?? []);
  const type = width === 4 ? "vec4f" : "f32";
  const count = size / width;
  const columns = 64 / parts;
  const sizes = { count, all: slices * count, step: parts * count };
  const operands = epilogueBindings(epilogue, type);
  const { grid, index } = linearGrid(Math.ceil(count / columns));
  const tree = `partial[lane] = sum;
  for (var stride = 32u; stride >= ${columns}u; stride /= 2u) {
    workgroupBarrier();
    if (lane < stride) { partial[lane] += partial[lane + stride]; }
  }
  sum = partial[lane];`;
  return {
    label: `sumSlices ${formatShape([slices, size])}`,
    inputs: 1 + operands.length,
    uniforms: Object.values(sizes),
    grid,
    flops: slices * size,
    bytes: 4 * (slices + 1) * size,
    wgsl: `alias T = ${type};
${bindings([["slices", type], ...operands], type, sizes)}

${storeFunction(epilogue, type)}

${parts > 1 ? "var<workgroup> partial: array<T, 64>;" : ""}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = ${index} * ${columns}u + lane % ${columns}u;
  var sum = T();
  if (i < sizes.count) {
    var p = lane / ${columns}u * sizes.count + i;
    ${inOrder("p", "sizes.all", "sizes.step", (place) => `slices[${place}]`, parts > 1)}
  }
  ${parts > 1 ? tree : ""}
  if (lane < ${columns}u && i < sizes.count) { store(i, ${channelIndex("i", shape, width, epilogue?.operands)}, sum); }
}
`,
  };
}
