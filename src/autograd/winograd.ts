/**
 * Turns each Winograd convolution of a fused graph into its kernels: for every chunk the input transform, the product and
 * the output transform, which carries the epilogue. All chunks of a result write to the buffer of the first; each waits for
 * the one before it, so that their intermediate tensors share memory.
 */
import { winogradTiles } from "../kernels/winograd.ts";
import { isLeaf, type Operation, Tensor, topologicalOrder } from "./graph.ts";

/** Rewrites the graph under `outputs`; returns what each of them has become. */
export function unrollWinograd(outputs: readonly Tensor[]): Tensor[] {
  const unrolled = new Map<Tensor, Tensor>();
  for (const tensor of topologicalOrder(outputs)) {
    const result = isLeaf(tensor) ? tensor : rewrite(tensor);
    if (!result.label) result.label = tensor.label;
    unrolled.set(tensor, result);
  }
  return outputs.map((tensor) => unrolled.get(tensor)!);

  function rewrite(tensor: Tensor): Tensor {
    const { operation, shape } = tensor;
    const inputs = tensor.inputs.map((input) => unrolled.get(input)!);
    if (operation.kind === "winograd") return chunks(operation, inputs, shape);
    return inputs.every((input, index) => input === tensor.inputs[index])
      ? tensor
      : new Tensor(operation, inputs, shape);
  }
}

function chunks(
  { shape, tile, epilogue }: Extract<Operation, { kind: "winograd" }>,
  [image, filters, ...operands]: readonly Tensor[],
  resultShape: readonly number[],
): Tensor {
  const { points, padded, outputs } = winogradTiles(shape);
  let result: Tensor | undefined;
  for (let chunk = 0; chunk < shape.chunks; chunk++) {
    const tiles = new Tensor({ kind: "winogradInput", shape, chunk }, [image], [points, shape.inputs, padded]);
    const product = shape.outputLanes
      ? new Tensor({ kind: "product", tile, hasBlocks: false }, [tiles, filters], [points, padded, outputs])
      : new Tensor({ kind: "product", tile, hasBlocks: true }, [filters, tiles], [points, outputs, padded]);
    const before = result ? [result] : [];
    result = new Tensor(
      { kind: "winogradOutput", shape, chunk, epilogue },
      [...before, product, ...operands],
      resultShape,
    );
  }
  return result!;
}
