/**
 * Fusion: pointwise functions join the kernel that makes their input, or the sum that consumes them.
 *
 *   chain     pointwise after pointwise becomes one function
 *   epilogue  pointwise after a convolution, pooling, product, ... is applied before the store (bias, ReLU, the ReLU's
 *             mask, adding up gradients)
 *   prologue  pointwise before a sum is applied after the load (squared differences, dot products)
 *
 * A value that several nodes use is computed once, unless it is so cheap that computing it again beats storing it.
 */
import { formatShape } from "../kernels/kernel.ts";
import { compose, type Pointwise, pointwiseOf, renumber } from "../kernels/pointwise.ts";
import { countUses, isLeaf, rewritten, Tensor } from "./graph.ts";
import type { Operation, OperationOf, Shape } from "./kinds.ts";

/** WebGPU's default number of storage buffers per shader stage, the result included. */
const MAX_BUFFERS = 8;

/** A pointwise function and the tensors it is applied to. */
interface Applied {
  function: Pointwise;
  operands: readonly Tensor[];
}

/** Kernels that can apply a pointwise function before they store. */
const HOSTS: ReadonlySet<Operation["kind"]> = new Set<Operation["kind"]>([
  "convolve",
  "winograd",
  "matmul",
  "sumSlices",
  "sumRows",
  "pool",
  "poolGradient",
  "pad",
  "padGradient",
  "upsample",
  "upsampleGradient",
  "dilate",
  "transpose",
]);

/** Fuses the expanded graph under `outputs`; returns what each of them has become. */
export function fuse(outputs: readonly Tensor[]): Tensor[] {
  const uses = countUses(outputs);
  return rewritten(outputs, (tensor, inputs) => {
    const result = fused(tensor, inputs);
    uses.set(result, uses.get(tensor)!);
    return result;
  });

  function fused({ operation, shape }: Tensor, inputs: Tensor[]): Tensor {
    if (operation.kind === "pointwise") {
      const applied = absorbOperands({ function: operation.function, operands: inputs }, uses, MAX_BUFFERS - 1, {
        accepts: (operand) => formatShape(operand.shape) === formatShape(shape),
      });
      return hangOntoHost(applied, shape, uses) ?? pointwiseNode(operation, applied, shape);
    }
    if (operation.kind === "sumRows") {
      const applied = absorbOperands({ function: operation.prologue, operands: inputs }, uses, MAX_BUFFERS - 1, {
        accepts: ({ shape: [channels = 1] }) => operation.rows === channels || operation.rows === 1,
        channels: operation.rows !== 1,
      });
      return new Tensor({ ...operation, prologue: applied.function }, applied.operands, shape);
    }
    return new Tensor(operation, inputs, shape);
  }
}

function pointwiseNode(operation: OperationOf<"pointwise">, applied: Applied, shape: Shape): Tensor {
  return new Tensor({ ...operation, function: applied.function }, applied.operands, shape);
}

/** Which operands may be absorbed: those of a fitting shape; `channels: false` forbids functions of channel operands. */
interface Absorption {
  accepts: (operand: Tensor) => boolean;
  channels?: boolean;
}

/** Replaces operands that are pointwise functions themselves by those functions, as long as the buffers suffice. */
function absorbOperands(start: Applied, uses: Map<Tensor, number>, maxOperands: number, rule: Absorption): Applied {
  let applied = start;
  for (let position = 0; position < applied.operands.length; ) {
    const next = absorbOne(applied, position, uses, rule);
    if (next && next.operands.length <= maxOperands) {
      applied = next;
      position = 0;
    } else {
      position++;
    }
  }
  return applied;
}

function absorbOne(
  applied: Applied,
  position: number,
  uses: Map<Tensor, number>,
  rule: Absorption,
): Applied | undefined {
  const operand = applied.operands[position];
  const { operation } = operand;
  if (isLeaf(operand) || operation.kind !== "pointwise") return undefined;
  const { operands, steps } = operation.function;
  const isCheap = operands.length <= 2 && steps.length <= 2;
  if (uses.get(operand) !== 1 && !isCheap) return undefined;
  const broadcast = applied.function.operands[position];
  if (broadcast === "channel") return undefined;
  if (broadcast === "element") {
    if (!rule.accepts(operand) || (rule.channels === false && operands.includes("channel"))) return undefined;
    return merge(compose(applied.function, position, operation.function), position, applied.operands, operand.inputs);
  }
  // A scalar is computed again for every element: worth it only for constants and factors.
  if (operands.length > 1 || steps.length > 3) return undefined;
  const inner = { ...operation.function, operands: operands.map(() => "scalar" as const) };
  return merge(compose(applied.function, position, inner), position, applied.operands, operand.inputs);
}

/** The operands of a composed function; the same tensor read twice in the same way becomes one operand. */
function merge(composed: Pointwise, position: number, outer: readonly Tensor[], inner: readonly Tensor[]): Applied {
  const operands = [...outer.filter((_, index) => index !== position), ...inner];
  const keys = operands.map((operand, index) => `${operand.id} ${composed.operands[index]}`);
  const kept = operands.map((_, index) => index).filter((index) => keys.indexOf(keys[index]) === index);
  return {
    operands: kept.map((index) => operands[index]),
    function: renumber(composed, kept, (index) => kept.indexOf(keys.indexOf(keys[index]))),
  };
}

function isConvolution({ operation: { kind } }: Tensor): boolean {
  return kind === "convolve" || kind === "winograd";
}

/** Makes the function the epilogue of the kernel behind one of its operands, if that kernel's result has no other use. */
function hangOntoHost(applied: Applied, shape: Shape, uses: Map<Tensor, number>): Tensor | undefined {
  const fits = (operand: Tensor, index: number) =>
    !isLeaf(operand) &&
    HOSTS.has(operand.operation.kind) &&
    (operand.operation.kind !== "sumRows" || operand.operation.slices === 1) &&
    uses.get(operand) === 1 &&
    applied.function.operands[index] === "element" &&
    formatShape(operand.shape) === formatShape(shape) &&
    operand.inputs.length + applied.operands.length <= MAX_BUFFERS;
  const candidates = applied.operands.map((_, index) => index).filter((index) => fits(applied.operands[index], index));
  // Where a convolution's gradient is added to a matrix product's, the convolution: it adds to the product in place (in-place.ts).
  const position = candidates.find((index) => isConvolution(applied.operands[index])) ?? candidates[0];
  if (position === undefined) return undefined;
  const host = applied.operands[position];
  const { epilogue = pointwiseOf("a", ["element"]) } = host.operation as { epilogue?: Pointwise };
  const composed = compose(applied.function, position, epilogue);
  // compose() puts the value, operand 0 of the old epilogue, after the function's other operands: bring it to the front.
  const others = applied.operands.filter((_, index) => index !== position);
  const order = composed.operands.map((_, index) => index);
  const front = [others.length, ...order.filter((index) => index > others.length), ...order.slice(0, others.length)];
  const moved = renumber(composed, front, (index) => front.indexOf(index));
  return new Tensor({ ...host.operation, epilogue: moved } as Operation, [...host.inputs, ...others], shape);
}
