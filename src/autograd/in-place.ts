/**
 * Adding up gradients in place. A layer's gradient is the sum of that from the layer after it, which a convolution computes,
 * and that of its style loss, a matrix product. The convolution takes the product's buffer for its own result: an invocation
 * reads what is there just before it writes the same place. One map less is live where most memory is.
 */
import { type Pointwise, renumber } from "../kernels/pointwise.ts";
import { countUses, isLeaf, rewritten, Tensor } from "./graph.ts";
import type { Operation, OperationOf } from "./kinds.ts";

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
  function productOf(
    { epilogue }: OperationOf<"convolve"> | OperationOf<"winograd">,
    inputs: readonly Tensor[],
  ): number {
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
