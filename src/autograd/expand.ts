/**
 * Rewrites the operations users know into steps of one kernel each: a convolution becomes padding, weight packing and the
 * strip kernel, or transformed filters and Winograd's algorithm (three kernels, see winograd.ts); long sums and Gram matrices become slices and the sum of slices. Equal steps are made once.
 */
import { poolMaskShape } from "../kernels/bits.ts";
import { type ConvolutionTile, stripRowLength } from "../kernels/convolution.ts";
import { gramPanelsShape, gramShape } from "../kernels/gram.ts";
import { sizeOf } from "../kernels/kernel.ts";
import { packedSize } from "../kernels/pack-weights.ts";
import { type Padding, paddedSize } from "../kernels/pad.ts";
import { pointwiseOf } from "../kernels/pointwise.ts";
import { productTiles } from "../kernels/product.ts";
import type { ProductTile } from "../kernels/product-tiles.ts";
import { slicesParts, sumSlice } from "../kernels/sum.ts";
import type { TileTarget } from "../kernels/target.ts";
import { winogradFiltersShape } from "../kernels/winograd-filters.ts";
import { memoized } from "../once-per.ts";
import { type ChooseConvolution, chooseConvolution } from "./algorithms.ts";
import { rewritten, Tensor } from "./graph.ts";
import type { Operation, OperationOf } from "./kinds.ts";
import { pooledReluGradient } from "./masks.ts";

/** Rewrites the graph under `outputs`; returns what each of them has become. `choose` picks the algorithm of convolutions. */
export function expand(
  outputs: readonly Tensor[],
  target: TileTarget,
  choose: ChooseConvolution = chooseConvolution,
): Tensor[] {
  const steps = new Map<string, Tensor>();
  return rewritten(outputs, rewrite);

  function step(operation: Operation, inputs: readonly Tensor[], shape: readonly number[]): Tensor {
    const key = JSON.stringify([operation, inputs.map((input) => input.id), shape]);
    return memoized(steps, key, () => new Tensor(operation, inputs, shape));
  }

  function rewrite(tensor: Tensor, inputs: Tensor[], became: (tensor: Tensor) => Tensor): Tensor {
    const { operation, shape } = tensor;
    const pooled = pooledReluGradient(tensor);
    if (pooled) return maximumGradient(pooled.map(became), true);
    switch (operation.kind) {
      case "conv2d":
        return convolution(operation, inputs, shape);
      case "conv2dWeightGradient": {
        const padded = padTo(inputs[0], operation.padding, 0, 0);
        return step({ kind: "weightGradient", stride: operation.stride }, [padded, inputs[1]], shape);
      }
      case "gram":
        return gramOf(inputs[0], shape);
      case "matmul":
        return step({ ...operation, tile: productTile(operation, inputs) }, inputs, shape);
      case "sum":
        return sumOf(inputs[0], operation.keep === "channels" ? inputs[0].shape[0] : 1, shape);
      case "pad":
        return padTo(inputs[0], operation.padding, 0, 0);
      case "poolGradient":
        return operation.pooling === "max" ? maximumGradient(inputs) : step(operation, inputs, shape);
      default:
        return step(operation, inputs, shape);
    }
  }

  /** The tile of the fast kernel, for operands that have it read whole vectors. */
  function productTile(
    { transposeA, transposeB }: OperationOf<"matmul">,
    [a, b]: readonly Tensor[],
  ): ProductTile | undefined {
    const [depth, rows, columns] = [a.shape[0], a.size / a.shape[0], b.size / b.shape[0]];
    const suits = transposeA && !transposeB && rows % 4 === 0 && columns % 4 === 0;
    return suits ? productTiles({ batches: 1, rows, columns, depth }, target)[0] : undefined;
  }

  function convolution(operation: OperationOf<"conv2d">, [image, weight]: Tensor[], shape: readonly number[]): Tensor {
    const { stride, padding, transposed } = operation;
    const [inputs, inputHeight, inputWidth] = image.shape;
    const [outputs, height, width] = shape;
    const kernel = weight.shape.slice(2);
    const layer = { inputs, inputHeight, inputWidth, outputs, height, width, kernel, stride, padding };
    const algorithm = choose(layer, target);
    if (algorithm.kind === "direct") return directly(operation, algorithm.tile, image, weight, shape);
    const filters = { size: algorithm.shape.size, transposed, block: algorithm.tile.rows };
    const transformed = step(
      { kind: "winogradFilters", ...filters },
      [weight],
      winogradFiltersShape(weight.shape, filters),
    );
    return step({ ...algorithm }, [image, transformed], shape);
  }

  function directly(
    { stride, padding, transposed }: OperationOf<"conv2d">,
    tile: ConvolutionTile,
    image: Tensor,
    weight: Tensor,
    shape: readonly number[],
  ): Tensor {
    const kernel = weight.shape.slice(2);
    const [, height, width] = shape;
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

  /** The gradient of maximum pooling; with `positive` followed by that of the ReLU before the pooling. */
  function maximumGradient([gradient, image]: readonly Tensor[], positive = false): Tensor {
    const mask = step({ kind: "poolMask", positive }, [image], poolMaskShape(image.shape));
    return step({ kind: "poolGradient", pooling: "max" }, [gradient, mask], image.shape);
  }

  /** The slices' shares, chunk by chunk in one buffer, each after the one before it, so that their panels share memory. */
  function gramOf(image: Tensor, matrix: readonly number[]): Tensor {
    const shape = gramShape(matrix[0], sizeOf(image.shape.slice(1)), target);
    let shares: Tensor[] = [];
    for (let chunk = 0; chunk * shape.chunk < shape.slices; chunk++) {
      const panels = step({ kind: "gramPanels", shape, chunk }, [image], gramPanelsShape(shape, chunk));
      shares = [step({ kind: "gramSlices", shape, chunk }, [...shares, panels], [shape.slices, ...matrix])];
    }
    return step({ kind: "sumSlices", parts: slicesParts(shape.slices, target) }, shares, matrix);
  }

  function sumOf(x: Tensor, rows: number, shape: readonly number[]): Tensor {
    const columns = x.size / rows;
    const slices = Math.ceil(columns / sumSlice(target));
    const prologue = pointwiseOf("a", ["element"]);
    const operation: Operation = { kind: "sumRows", rows, columns, slices, unrolled: target === "gpu", prologue };
    if (slices === 1) return step(operation, [x], shape);
    return sumOf(step(operation, [x], [rows, slices]), rows, shape);
  }
}
