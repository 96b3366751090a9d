/**
 * Pointwise functions: one output element from the elements at the same place of several operands.
 *
 * A function is a list of steps, each a WGSL formula over `a`, `b`, `c`, ... that holds for the type `T`, which is f32 or
 * vec4f as the kernel chooses. Two functions compose by concatenation, which is how the fusion pass joins chains of
 * operations, and how it hangs them onto the store of a convolution or the load of a sum.
 */
import { bindings, formatShape, type Kernel, linearGrid, sizeOf } from "./kernel.ts";

/**
 * How an operand is read: at the element itself, at the element's channel (its first index), always the one value, as the
 * element's bit in a mask (bits.ts), 0 or 1, or, as the last operand of an epilogue, from where the value will be stored.
 */
export type Broadcast = "element" | "channel" | "scalar" | "bit" | "own";

/** One formula. Its arguments are names: `x0`, `x1`, ... for operands, `t0`, `t1`, ... for results of earlier steps. */
export interface PointwiseStep {
  formula: string;
  arguments: readonly string[];
}

/** A pointwise function of `operands.length` operands; its value is that of the last step. */
export interface Pointwise {
  operands: readonly Broadcast[];
  steps: readonly PointwiseStep[];
}

/** An operand's letter in a formula, and neither the `f` of `2.f` nor the member `.b`. */
export const OPERAND = /(?<![\w.])[a-h]\b/g;

/** The function that a single formula over `a`, `b`, ... describes. */
export function pointwiseOf(formula: string, operands: readonly Broadcast[]): Pointwise {
  return { operands, steps: [{ formula, arguments: operands.map((_, index) => `x${index}`) }] };
}

/** `outer` with its operand `position` replaced by the value of `inner`; operands: those of outer but that one, then inner's. */
export function compose(outer: Pointwise, position: number, inner: Pointwise): Pointwise {
  const kept = outer.operands.length - 1;
  const innerName = (name: string) => (name[0] === "x" ? `x${kept + Number(name.slice(1))}` : name);
  const outerName = (name: string) => {
    const index = Number(name.slice(1));
    if (name[0] === "t") return `t${inner.steps.length + index}`;
    if (index === position) return `t${inner.steps.length - 1}`;
    return `x${index > position ? index - 1 : index}`;
  };
  return {
    operands: [...outer.operands.filter((_, index) => index !== position), ...inner.operands],
    steps: [
      ...inner.steps.map((step) => ({ ...step, arguments: step.arguments.map(innerName) })),
      ...outer.steps.map((step) => ({ ...step, arguments: step.arguments.map(outerName) })),
    ],
  };
}

/** The function whose operands are the old ones numbered `kept`, old operand i having become `renamed(i)`. */
export function renumber(pointwise: Pointwise, kept: readonly number[], renamed: (index: number) => number): Pointwise {
  const rename = (name: string) => (name[0] === "x" ? `x${renamed(Number(name.slice(1)))}` : name);
  return {
    operands: kept.map((index) => pointwise.operands[index]),
    steps: pointwise.steps.map((step) => ({ ...step, arguments: step.arguments.map(rename) })),
  };
}

/** The WGSL statements of a function whose operands are in `x0`, `x1`, ...; its value is then in {@link resultName}. */
export function statements(pointwise: Pointwise): string {
  return pointwise.steps
    .map((step, index) => {
      const text = step.formula.replace(OPERAND, (letter) => step.arguments[letter.charCodeAt(0) - 97]);
      return `let t${index} = ${text};`;
    })
    .join("\n  ");
}

/** The name that holds the value of a function after its {@link statements}. */
export function resultName(pointwise: Pointwise): string {
  return `t${pointwise.steps.length - 1}`;
}

/**
 * WGSL that reads operand buffer `name` at element index `index` (a name, in units of T) and channel index `channel`. `type`
 * is what T stands for.
 */
export function load(name: string, broadcast: Broadcast, index: string, channel: string, type: string): string {
  switch (broadcast) {
    case "element":
      return `${name}[${index}]`;
    case "channel":
      return `T(${name}[${channel}])`;
    case "scalar":
      return `T(${name}[0])`;
    case "own":
      return `result[${index}]`;
    case "bit":
      return type === "f32"
        ? `f32((${name}[${index} >> 5u] >> (${index} & 31u)) & 1u)`
        : `vec4f((vec4u(${name}[${index} >> 3u]) >> (vec4u(0u, 1u, 2u, 3u) + (${index} & 7u) * 4u)) & vec4u(1u))`;
  }
}

/** The element type of the buffer of an operand, where T stands for `type`. */
export function operandType(broadcast: Broadcast, type: string): string {
  if (broadcast === "bit") return "u32";
  return broadcast === "element" ? type : "f32";
}

/**
 * The end of another kernel: WGSL of `fn finish(index, channel, value) -> T`, which applies `epilogue` to the value (its operand 0).
 * Further operands are bindings `operand1`, ... Indices count elements of `T`, which stands for `type`.
 */
export function finishFunction(epilogue: Pointwise | undefined, type: string): string {
  const load0 = (broadcast: Broadcast, k: number) =>
    k ? load(`operand${k}`, broadcast, "index", "channel", type) : "value";
  return `fn finish(index: u32, channel: u32, value: T) -> T {
  ${(epilogue?.operands ?? []).map((broadcast, k) => `let x${k} = ${load0(broadcast, k)};`).join("\n  ")}
  ${epilogue ? statements(epilogue) : ""}
  return ${epilogue ? resultName(epilogue) : "value"};
}`;
}

/** WGSL of `fn store(index, channel, value)`, which also writes the result of {@link finishFunction}. */
export function storeFunction(epilogue: Pointwise | undefined, type: string): string {
  return `${finishFunction(epilogue, type)}
fn store(index: u32, channel: u32, value: T) { result[index] = finish(index, channel, value); }`;
}

/** The bindings that {@link storeFunction} reads. */
export function epilogueBindings(epilogue: Pointwise | undefined, type: string): [string, string][] {
  const operands = epilogue?.operands.slice(1).filter((broadcast) => broadcast !== "own") ?? [];
  return operands.map((broadcast, k) => [`operand${k + 1}`, operandType(broadcast, type)]);
}

/** Whether a tensor can be walked four elements at a time: its size allows it, and no vector spans two channels. */
export function vectorWidth(shape: readonly number[], operands: readonly Broadcast[]): 1 | 4 {
  const plane = sizeOf(shape.slice(1));
  return sizeOf(shape) % 4 === 0 && (plane % 4 === 0 || !operands.includes("channel")) ? 4 : 1;
}

/** WGSL of the channel of element `index`, in vectors of `width`; any value will do where no operand is read by channel. */
export function channelIndex(
  index: string,
  shape: readonly number[],
  width: number,
  operands: readonly Broadcast[] | undefined,
): string {
  return operands?.includes("channel") ? `${index} / ${sizeOf(shape.slice(1)) / width}u` : "0u";
}

/** One invocation per element, or per four of them. `shape` is that of the result. */
export function pointwiseKernel(pointwise: Pointwise, shape: readonly number[]): Kernel {
  const width = vectorWidth(shape, pointwise.operands);
  const count = sizeOf(shape) / width;
  const type = width === 4 ? "vec4f" : "f32";
  const { grid, index } = linearGrid(Math.ceil(count / 64));
  const elements = pointwise.operands.filter((broadcast) => broadcast === "element").length;
  const inputs = pointwise.operands.length;
  // Dividing by a number that the compiler does not know takes software adapters longer.
  const sizes = pointwise.operands.includes("channel") ? undefined : { count };
  return {
    label: `pointwise ${formatShape(shape)} [${pointwise.steps.map((step) => step.formula).join("; ")}]`,
    inputs,
    uniforms: sizes && Object.values(sizes),
    grid,
    flops: sizeOf(shape) * pointwise.steps.length,
    bytes: 4 * sizeOf(shape) * (elements + 1),
    wgsl: `alias T = ${type};
${bindings(
  pointwise.operands.map((broadcast, k) => [`operand${k}`, operandType(broadcast, type)]),
  type,
  sizes,
)}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = ${index} * 64u + lane;
  if (i >= ${sizes ? "sizes.count" : `${count}u`}) { return; }
  let channel = ${channelIndex("i", shape, width, pointwise.operands)};
  ${pointwise.operands.map((broadcast, k) => `let x${k} = ${load(`operand${k}`, broadcast, "i", "channel", type)};`).join("\n  ")}
  ${statements(pointwise)}
  result[i] = ${resultName(pointwise)};
}
`,
  };
}
