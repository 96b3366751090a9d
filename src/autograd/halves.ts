/** Which tensors of a program are stored in 16 bits: feature maps and their gradients. All else stays float32. */
import { canStoreHalves } from "../kernels/half.ts";
import { isLeaf, type Operation, ownerOf, type Tensor, topologicalOrder } from "./graph.ts";
import { lower } from "./lower.ts";

/** What computes feature maps. What lies between the steps of Winograd's algorithm is not among them: it cancels later. */
const FEATURES: ReadonlySet<Operation["kind"]> = new Set<Operation["kind"]>([
  "convolve",
  "winogradOutput",
  "matmul",
  "pointwise",
  "pool",
  "poolGradient",
  "pad",
  "padGradient",
]);

/** Images of up to three channels stay float32: the picture, its gradient, and what an optimiser makes of them. */
const IMAGE_CHANNELS = 3;

/** Marks the tensors under `outputs`, which themselves stay float32. */
export function markHalves(outputs: readonly Tensor[]): void {
  const kept = new Set(outputs.map(ownerOf));
  for (const tensor of topologicalOrder(outputs)) {
    if (isLeaf(tensor) || kept.has(ownerOf(tensor))) continue;
    const { operation, shape } = tensor;
    const isMap = FEATURES.has(operation.kind) && shape.length === 3 && shape[0] > IMAGE_CHANNELS;
    tensor.isHalf = isMap && canStoreHalves(lower(tensor));
  }
}
