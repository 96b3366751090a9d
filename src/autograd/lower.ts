/** Chooses the kernel of each node of an expanded, fused graph. */
import { poolMaskKernel, signMaskKernel } from "../kernels/bits.ts";
import { convolutionKernel } from "../kernels/convolution.ts";
import { convolutionWeightGradientKernel } from "../kernels/convolution-weight-gradient.ts";
import { gramKernel, gramPanelsKernel } from "../kernels/gram.ts";
import { type Kernel, sizeOf } from "../kernels/kernel.ts";
import { matmulKernel } from "../kernels/matrix.ts";
import { packWeightsKernel } from "../kernels/pack-weights.ts";
import { padGradientKernel, padKernel } from "../kernels/pad.ts";
import { pointwiseKernel } from "../kernels/pointwise.ts";
import { poolGradientKernel, poolKernel } from "../kernels/pool.ts";
import { productKernel } from "../kernels/product.ts";
import { dilateKernel, transposeKernel, upsampleGradientKernel, upsampleKernel } from "../kernels/rearrange.ts";
import { sumKernel, sumSlicesKernel } from "../kernels/sum.ts";
import { winogradFiltersKernel } from "../kernels/winograd-filters.ts";
import { winogradInputKernel } from "../kernels/winograd-input.ts";
import { winogradOutputKernel } from "../kernels/winograd-output.ts";
import { kernelInputs, type Tensor } from "./graph.ts";

/** The kernel that computes a node from its inputs. Throws for operations that expand.ts should have rewritten. */
export function lower(tensor: Tensor): Kernel {
  const { operation, shape } = tensor;
  const inputs = kernelInputs(tensor);
  const from = inputs[0]?.shape;
  switch (operation.kind) {
    case "pointwise":
      return pointwiseKernel(operation.function, shape);
    case "convolve":
      return convolutionKernel(convolutionShape(from, shape, operation), operation.tile, operation.epilogue);
    case "packWeights":
      return packWeightsKernel(from, operation.block, operation.transposed);
    case "winogradFilters":
      return winogradFiltersKernel(from, operation);
    case "winogradInput":
      return winogradInputKernel(operation.shape, operation.chunk);
    case "product": {
      const [batches, rows, columns] = shape;
      const sizes = { batches, rows, columns, depth: from[2], leftPanels: true, rightPanels: true };
      return productKernel(sizes, operation.tile);
    }
    case "winogradOutput":
      return winogradOutputKernel(operation.shape, operation.chunk, operation.epilogue);
    case "weightGradient": {
      const kernel = { kernel: shape.slice(2), stride: operation.stride };
      return convolutionWeightGradientKernel(convolutionShape(from, inputs[1].shape, kernel));
    }
    case "pad":
      return padKernel(from, operation.padding, operation.epilogue);
    case "padGradient":
      return padGradientKernel(shape, operation.padding, operation.epilogue);
    case "pool":
      return poolKernel(from, operation.pooling, operation.epilogue);
    case "poolGradient":
      return poolGradientKernel(shape, operation.pooling, operation.epilogue);
    case "signMask":
      return signMaskKernel(from);
    case "poolMask":
      return poolMaskKernel(from, operation.positive);
    case "upsample":
      return upsampleKernel(from, operation.factor, operation.epilogue);
    case "upsampleGradient":
      return upsampleGradientKernel(shape, operation.factor, operation.epilogue);
    case "dilate":
      return dilateKernel(from, operation.factor, operation.epilogue);
    case "transpose":
      return transposeKernel(from, operation.epilogue);
    case "gramPanels":
      return gramPanelsKernel(operation.shape, operation.chunk);
    case "gramSlices":
      return gramKernel(operation.shape, operation.chunk);
    case "sumSlices":
      return sumSlicesKernel(shape, from[0], operation.epilogue, operation.parts);
    case "sumRows":
      return sumKernel(operation, operation.prologue, operation.epilogue);
    case "matmul": {
      const { transposeA, transposeB, tile, epilogue } = operation;
      const [b] = inputs.slice(1);
      const depth = transposeA ? from[0] : sizeOf(from.slice(1));
      const columns = transposeB ? b.shape[0] : sizeOf(b.shape.slice(1));
      const sizes = { rows: shape[0], columns, depth };
      if (tile) return productKernel({ batches: 1, ...sizes }, tile, epilogue);
      return matmulKernel({ ...sizes, transposeA, transposeB }, epilogue);
    }
    case "kernel": {
      const bytes = [...inputs, tensor].reduce((total, each) => total + each.bytes, 0);
      return { ...operation, inputs: inputs.length, bytes };
    }
    default:
      throw new Error(`No kernel computes ${operation.kind}.`);
  }
}

function convolutionShape(
  [inputs, inputRows, rowLength]: readonly number[],
  [outputs, height, width]: readonly number[],
  { kernel: [kernelHeight, kernelWidth], stride }: { kernel: readonly number[]; stride: number },
) {
  return { inputs, inputRows, rowLength, outputs, height, width, kernelHeight, kernelWidth, stride };
}
