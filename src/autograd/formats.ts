/**
 * Which tensors of a program are stored in 16 bits: feature maps as float16, their gradients, which may be of any size, as
 * bfloat16. All else stays float32. Loaded only for a device that stores halves.
 */
import { canStoreHalves, withFormats } from "../kernels/half.ts";
import type { Kernel } from "../kernels/kernel.ts";
import { isLeaf, kernelInputs, ownerOf, type Tensor, topologicalOrder } from "./graph.ts";
import type { Operation } from "./kinds.ts";
import { lower } from "./lower.ts";

/** What computes maps. What lies between the steps of Winograd's algorithm is not among them: it cancels later. */
const MAPS: ReadonlySet<Operation["kind"]> = new Set<Operation["kind"]>([
  "convolve",
  "winogradOutput",
  "matmul",
  "pointwise",
  "pool",
  "poolGradient",
  "pad",
  "padGradient",
]);

/** What features are computed by, from the image and constants alone. */
const FORWARD: ReadonlySet<Operation["kind"]> = new Set<Operation["kind"]>([
  "convolve",
  "winogradInput",
  "product",
  "winogradOutput",
  "pool",
  "pad",
]);

/** Images of up to three channels stay float32: the picture, its gradient, and what an optimiser makes of them. */
const IMAGE_CHANNELS = 3;

/** Chooses the formats of the tensors under `outputs`, which themselves stay float32, as do inputs of kernels of the caller's own. */
export function chooseFormats(outputs: readonly Tensor[]): void {
  const order = topologicalOrder(outputs);
  // Kernels of the caller's own read what they were written for.
  const own = order.flatMap(({ operation, inputs }) => (operation.kind === "kernel" ? inputs : []));
  const kept = new Set([...outputs, ...own].map(ownerOf));
  const forward = new Set<Tensor>();
  for (const tensor of order) {
    const { operation, shape, inputs } = tensor;
    const isImage = shape.length === 3 && shape[0] <= IMAGE_CHANNELS;
    if (isLeaf(tensor) || isImage || (FORWARD.has(operation.kind) && inputs.every((input) => forward.has(input)))) {
      forward.add(tensor);
    }
    const owner = ownerOf(tensor);
    const isMap = MAPS.has(operation.kind) && shape.length === 3 && !isImage;
    if (!isLeaf(tensor) && isMap && !kept.has(owner) && canStoreHalves(lower(tensor))) {
      tensor.format = forward.has(tensor) ? "float16" : "bfloat16";
    }
    // What shares a buffer has one format.
    if (tensor.format !== owner.format) tensor.format = owner.format = "float32";
  }
}

/** The kernel of a node, which loads and stores in the formats that were chosen. */
export function lowerWithFormats(tensor: Tensor): Kernel {
  const inputs = kernelInputs(tensor);
  return withFormats(lower(tensor), (binding) => (inputs[binding] ?? tensor).format);
}
