/**
 * Rewrites the operations users know into steps of one kernel each: a convolution becomes padding, weight packing and the
 * strip kernel; long sums and Gram matrices become slices and the sum of slices. Equal steps are made once.
 */
import { chooseTile, stripRowLength, type TileTarget } from "../kernels/convolution.ts";
import { sizeOf } from "../kernels/kernel.ts";
import { GRAM_SLICE } from "../kernels/matrix.ts";
import { packedSize } from "../kernels/pack-weights.ts";
import { type Padding, paddedSize } from "../kernels/pad.ts";
import { pointwiseOf } from "../kernels/pointwise.ts";
import { SUM_SLICE } from "../kernels/sum.ts";
import { isLeaf, type Operation, Tensor, topologicalOrder } from "./graph.ts";

type Of<Kind> = Extract<Operation, { kind: Kind }>;

/** Rewrites the graph under `outputs`; returns what each of them has become. `target` chooses the convolution tiles. */
export function expand(outputs: readonly Tensor[], target: TileTarget): Tensor[] {
  const expanded = new Map<Tensor, Tensor>();
  const steps = new Map<string, Tensor>();

  for (const tensor of topologicalOrder(outputs)) {
    const result = isLeaf(tensor) ? tensor : rewrite(tensor);
    if (!result.label) result.label = tensor.label;
    expanded.set(tensor, result);
  }
  return outputs.map((tensor) => expanded.get(tensor)!);

  function step(operation: Operation, inputs: readonly Tensor[], shape: readonly number[]): Tensor {
    const key = JSON.stringify([operation, inputs.map((input) => input.id), shape]);
    const known = steps.get(key);
    if (known) return known;
    const made = new Tensor(operation, inputs, shape);
    steps.set(key, made);
    return made;
  }

  function rewrite({ operation, inputs: originals, shape }: Tensor): Tensor {
    const inputs = originals.map((input) => expanded.get(input)!);
    switch (operation.kind) {
      case "conv2d":
        return convolution(operation, inputs, shape);
      case "conv2dWeightGradient": {
        const padded = padTo(inputs[0], operation.padding, 0, 0);
        return step({ kind: "weightGradient", stride: operation.stride }, [padded, inputs[1]], shape);
      }
      case "gram": {
        const [image] = inputs;
        const slices = Math.ceil(sizeOf(image.shape.slice(1)) / GRAM_SLICE);
        const partial = step({ kind: "gramSlices", slices }, [image], [slices, ...shape]);
        return step({ kind: "sumSlices" }, [partial], shape);
      }
      case "sum":
        return sumOf(inputs[0], operation.keep === "channels" ? inputs[0].shape[0] : 1, shape);
      case "pad":
        return padTo(inputs[0], operation.padding, 0, 0);
      default:
        return step(operation, inputs, shape);
    }
  }

  function convolution(operation: Of<"conv2d">, [image, weight]: Tensor[], shape: readonly number[]): Tensor {
    const { stride, padding, transposed } = operation;
    const kernel = weight.shape.slice(2);
    const [outputs, height, width] = shape;
    const tile = chooseTile(outputs, width, target);
    const [rows, columns] = paddedSize(image.shape[1], image.shape[2], padding);
    const rowLength = Math.ceil(Math.max(stripRowLength(width, kernel[1], stride, tile.pixels), columns) / 4) * 4;
    const neededRows = Math.max(rows, (height - 1) * stride + kernel[0]);
    const packed = step(
      { kind: "packWeights", block: tile.outputs, transposed },
      [weight],
      [packedSize(weight.shape, tile.outputs, transposed)],
    );
    const padded = padTo(image, padding, neededRows - rows, rowLength - columns);
    return step({ kind: "convolve", stride, kernel, tile }, [padded, packed], shape);
  }

  /** Pads unless there is nothing to add; a zero padding of a zero padding is one. */
  function padTo(image: Tensor, padding: Padding, extraRows: number, extraColumns: number): Tensor {
    const { mode, top, bottom, left, right } = padding;
    if (!top && !bottom && !left && !right && !extraRows && !extraColumns) return image;
    const [rows, columns] = paddedSize(image.shape[1], image.shape[2], { ...padding, extraRows, extraColumns });
    const all: Padding = { mode, top, bottom, left, right, extraRows, extraColumns };
    return step({ kind: "pad", padding: all }, [image], [image.shape[0], rows, columns]);
  }

  function sumOf(x: Tensor, rows: number, shape: readonly number[]): Tensor {
    const columns = x.size / rows;
    const slices = Math.ceil(columns / SUM_SLICE);
    const prologue = pointwiseOf("a", ["element"]);
    const operation: Operation = { kind: "sumRows", rows, columns, slices, prologue };
    if (slices === 1) return step(operation, [x], shape);
    return sumOf(step(operation, [x], [rows, slices]), rows, shape);
  }
}
