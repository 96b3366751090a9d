/**
 * Memory for the backward pass: of most layers it needs no more than one bit per element (bits.ts).
 *
 * ReLU's gradient reads only the sign of ReLU's result. Where nothing else reads that result any more, a mask of signs made
 * forward takes its place, and its buffer is free until then: 1/32 of the memory. Layers that the gradient of a loss reads
 * again are kept for that, and get a mask only if it is done with them earlier. Maximum pooling always has one (expand.ts).
 */
import { signMaskShape } from "../kernels/bits.ts";
import type { Pointwise } from "../kernels/pointwise.ts";
import { isLeaf, rewritten, Tensor, topologicalOrder } from "./graph.ts";
import type { Operation } from "./kinds.ts";

/** ReLU's gradient over a = the gradient of its result, b = its result. */
export const RELU_GRADIENT = "select(T(0.0f), a, b > T(0.0f))";

/** The inputs of a gradient of maximum pooling, if `tensor` is that of the ReLU before it: one mask serves both. */
export function pooledReluGradient({ operation, inputs: [gradient, image] }: Tensor): readonly Tensor[] | undefined {
  const isRelu = operation.kind === "pointwise" && operation.function.steps[0].formula === RELU_GRADIENT;
  if (!isRelu || gradient.operation.kind !== "poolGradient") return undefined;
  return gradient.operation.pooling === "max" && gradient.inputs[1] === image ? gradient.inputs : undefined;
}

/** Puts masks in place of signs in the fused graph under `outputs`; returns what each of them has become. */
export function packMasks(outputs: readonly Tensor[]): Tensor[] {
  const order = topologicalOrder(outputs);
  const isPacked = packedTensors(order, outputs);
  const masks = new Map<Tensor, Tensor>();
  return rewritten(outputs, (tensor, plain) => {
    const result = withMasks(tensor, plain);
    if (isPacked.has(tensor))
      masks.set(tensor, new Tensor({ kind: "signMask" }, [result], signMaskShape(tensor.shape)));
    return result;
  });

  function withMasks(tensor: Tensor, plain: Tensor[]): Tensor {
    const inputs = tensor.inputs.map((input, index) =>
      isPacked.has(input) && readsSign(tensor, index) ? masks.get(input)! : plain[index],
    );
    if (inputs.every((input, index) => input === tensor.inputs[index])) return tensor;
    const bits = tensor.inputs.flatMap((input, index) => (masks.get(input) === inputs[index] ? [index] : []));
    return new Tensor(
      bits.reduce((operation, index) => withBit(tensor, operation, index), tensor.operation),
      inputs,
      tensor.shape,
    );
  }
}

/** Tensors that something is computed between the last use of their values and the last use of their signs. */
function packedTensors(order: readonly Tensor[], outputs: readonly Tensor[]): Set<Tensor> {
  const lastValue = new Map<Tensor, number>(order.map((tensor, position) => [tensor, position]));
  const lastSign = new Map<Tensor, number>();
  order.forEach((tensor, position) => {
    if (isLeaf(tensor)) return;
    tensor.inputs.forEach((input, index) => (readsSign(tensor, index) ? lastSign : lastValue).set(input, position));
  });
  for (const output of outputs) lastValue.set(output, Infinity);
  const pays = (tensor: Tensor) => !isLeaf(tensor) && lastValue.get(tensor)! + 1 < (lastSign.get(tensor) ?? 0);
  return new Set(order.filter((tensor) => tensor.size > 32 && pays(tensor)));
}

/** Whether a fused node reads of its input number `index` no more than the sign. */
function readsSign(tensor: Tensor, index: number): boolean {
  const { pointwise, operand } = reader(tensor, index);
  if (pointwise?.operands[operand] !== "element") return false;
  const isSign = (formula: string, place: number) => formula === RELU_GRADIENT && place === 1;
  return pointwise.steps.every((step) =>
    step.arguments.every((name, place) => name !== `x${operand}` || isSign(step.formula, place)),
  );
}

/** The pointwise function that reads input number `index` of a node, if one does, and as which operand. */
function reader({ operation, inputs }: Tensor, index: number): { pointwise?: Pointwise; operand: number } {
  if (operation.kind === "pointwise") return { pointwise: operation.function, operand: index };
  const { epilogue } = operation as { epilogue?: Pointwise };
  // Operand 0 of an epilogue is the kernel's own value; the others are the last inputs, but for one added to in place.
  const bound = epilogue?.operands.filter((broadcast) => broadcast !== "own").length ?? 0;
  const operand = index - inputs.length + bound;
  return operand > 0 ? { pointwise: epilogue, operand } : { operand };
}

/** The operation of a node, its input number `index` having become a mask. */
function withBit(tensor: Tensor, operation: Operation, index: number): Operation {
  const { operand } = reader(tensor, index);
  const masked = (pointwise: Pointwise): Pointwise => ({
    ...pointwise,
    operands: pointwise.operands.map((broadcast, each) => (each === operand ? "bit" : broadcast)),
  });
  if (operation.kind === "pointwise") return { ...operation, function: masked(operation.function) };
  return { ...operation, epilogue: masked((operation as { epilogue: Pointwise }).epilogue) } as Operation;
}
