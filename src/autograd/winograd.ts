/**
 * Turns each Winograd convolution of a fused graph into its kernels: for every chunk the input transform, the product and
 * the output transform, which carries the epilogue. All chunks of a result write to the buffer of the first; each waits for
 * the one before it, so that their intermediate tensors share memory.
 */
import { winogradTiles } from "../kernels/winograd.ts";
import { rewritten, Tensor } from "./graph.ts";
import type { OperationOf } from "./kinds.ts";

/** Rewrites the graph under `outputs`; returns what each of them has become. */
export function unrollWinograd(outputs: readonly Tensor[]): Tensor[] {
  return rewritten(outputs, (tensor, inputs) => {
    const { operation, shape } = tensor;
    if (operation.kind === "winograd") return chunks(operation, inputs, shape);
    return inputs.every((input, index) => input === tensor.inputs[index])
      ? tensor
      : new Tensor(operation, inputs, shape);
  });
}

function chunks(
  { shape, tile, inPlace, epilogue }: OperationOf<"winograd">,
  inputs: readonly Tensor[],
  resultShape: readonly number[],
): Tensor {
  const [image, filters, ...operands] = inPlace ? inputs.slice(1) : inputs;
  const { points, padded, panels, outputs } = winogradTiles(shape);
  const tilesShape = [points, panels, shape.inputs, shape.panel];
  let result = inPlace ? inputs[0] : undefined;
  for (let chunk = 0; chunk < shape.chunks; chunk++) {
    const tiles = new Tensor({ kind: "winogradInput", shape, chunk }, [image], tilesShape);
    const product = new Tensor({ kind: "product", tile }, [filters, tiles], [points, outputs, padded]);
    const before = result ? [result] : [];
    result = new Tensor(
      { kind: "winogradOutput", shape, chunk, inPlace, epilogue },
      [...before, product, ...operands],
      resultShape,
    );
  }
  return result!;
}
