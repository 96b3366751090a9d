/**
 * Adding up gradients in place. A layer's gradient is the sum of that from the layer after it, which a convolution computes,
 * and that of its style loss, a matrix product. The convolution takes the product's buffer for its own result: an invocation
 * reads what is there just before it writes the same place. One map less is live where most memory is.
 */
import { type Pointwise, renumber } from "../kernels/pointwise.ts";
import { countUses, isContinuation, isLeaf, rewritten, Tensor } from "./graph.ts";
import type { Operation } from "./kinds.ts";
import { liveBytes } from "./plan.ts";

type Of<Kind> = Extract<Operation, { kind: Kind }>;

/** Rewrites the fused graph under `outputs`; returns what each of them has become. */
export function accumulate(outputs: readonly Tensor[]): Tensor[] {
  const uses = countUses(outputs);
  return rewritten(outputs, ({ operation, inputs: originals, shape }, inputs) => {
    const isConvolution = operation.kind === "convolve" || operation.kind === "winograd";
    const position = isConvolution ? productOf(operation, originals) : -1;
    if (position < 0) return new Tensor(operation, inputs, shape);
    const { epilogue } = operation as { epilogue: Pointwise };
    const others = inputs.filter((_, index) => index !== position);
    const inPlace = withOwn(epilogue, position - inputs.length + epilogue.operands.length);
    return new Tensor(
      { ...operation, inPlace: true, epilogue: inPlace } as Operation,
      [inputs[position], ...others],
      shape,
    );
  });

  /** Position among the inputs of a product that the epilogue alone reads, or -1. */
  function productOf({ epilogue }: Of<"convolve"> | Of<"winograd">, inputs: readonly Tensor[]): number {
    const first = inputs.length - (epilogue?.operands.length ?? 0);
    return inputs.findIndex((input, index) => {
      const isOperand = index > first && epilogue!.operands[index - first] === "element";
      return isOperand && !isLeaf(input) && input.operation.kind === "matmul" && uses.get(input) === 1;
    });
  }
}

/** The function with one operand read from where its value goes to; that operand comes last. */
function withOwn(pointwise: Pointwise, operand: number): Pointwise {
  const order = pointwise.operands.map((_, index) => index).filter((index) => index !== operand);
  const moved = renumber(pointwise, [...order, operand], (index) => [...order, operand].indexOf(index));
  return { ...moved, operands: [...moved.operands.slice(0, -1), "own"] };
}

/** Moves products that are added to in place to where least memory is live, between what they are made of and their use. */
export function postpone(order: readonly Tensor[]): readonly Tensor[] {
  const products = order.flatMap((tensor) => (isContinuation(tensor) ? [tensor.inputs[0]] : []));
  return products.filter(({ operation }) => operation.kind === "matmul").reduce(moveDown, order);
}

function moveDown(order: readonly Tensor[], tensor: Tensor): readonly Tensor[] {
  const from = order.indexOf(tensor);
  let best = order.findIndex(({ inputs }) => inputs.includes(tensor));
  const live = liveBytes(order, true);
  for (let position = best - 1; position > from; position--) if (live[position] < live[best]) best = position;
  return [...order.slice(0, from), ...order.slice(from + 1, best), tensor, ...order.slice(best)];
}

/** The most bytes that are live at once when nodes run in an order. */
export function peakBytes(order: readonly Tensor[]): number {
  return Math.max(...liveBytes(order, true));
}
