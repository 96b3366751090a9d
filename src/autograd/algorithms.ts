/** Which algorithm computes a convolution: chosen per layer and adapter when a program is compiled. */
import { type ConvolutionTile, chooseTile, type TileTarget } from "../kernels/convolution.ts";
import type { Padding } from "../kernels/pad.ts";
import { chooseProductTile, type ProductTile } from "../kernels/product.ts";
import { roundUp, type WinogradShape, winogradTiles } from "../kernels/winograd.ts";

/** A convolution, forward or backward, as the choice sees it. */
export interface ConvolutionLayer {
  inputs: number;
  inputHeight: number;
  inputWidth: number;
  outputs: number;
  height: number;
  width: number;
  kernel: readonly number[];
  stride: number;
  padding: Padding;
}

/** The direct kernel, or Winograd's with its shape and the tile of its products. */
export type ConvolutionAlgorithm =
  | { kind: "direct"; tile: ConvolutionTile }
  | { kind: "winograd"; shape: WinogradShape; tile: ProductTile };

/** Chooses for each layer of a program. */
export type ChooseConvolution = (layer: ConvolutionLayer, target: TileTarget) => ConvolutionAlgorithm;

/** Most that the two tensors between the steps of Winograd's algorithm may take, in bytes: larger layers are cut into chunks. */
export const WINOGRAD_BYTES = 24 * 2 ** 20;

/** The direct kernel with the tile for this layer. */
export function direct({ outputs, width }: ConvolutionLayer, target: TileTarget): ConvolutionAlgorithm {
  return { kind: "direct", tile: chooseTile(outputs, width, target) };
}

/** Whether Winograd's algorithm can compute a layer. */
export function suitsWinograd({ kernel, stride }: ConvolutionLayer): boolean {
  return stride === 1 && kernel[0] === 3 && kernel[1] === 3;
}

/** F(size x size, 3x3) for a layer that suits. Few tiles go to lanes by output channels. */
export function winograd(
  layer: ConvolutionLayer,
  size: 2 | 4,
  target: TileTarget,
  bytes = WINOGRAD_BYTES,
): ConvolutionAlgorithm {
  const { inputs, inputHeight, inputWidth, outputs, height, width, padding } = layer;
  const rows = Math.ceil(height / size);
  const perRow = 4 * (size + 2) ** 2 * (inputs + roundUp(outputs)) * Math.ceil(width / size);
  const chunks = Math.ceil(rows / Math.max(1, Math.floor(bytes / perRow)));
  const all = rows * Math.ceil(width / size);
  const shape: WinogradShape = {
    size,
    inputs,
    inputHeight,
    inputWidth,
    outputs,
    height,
    width,
    padding,
    // As many chunks as there are rows to fill them all.
    chunks: Math.ceil(rows / Math.ceil(rows / chunks)),
    outputLanes: all < outputs,
  };
  const { points, padded, outputs: channels } = winogradTiles(shape);
  const [productRows, columns] = shape.outputLanes ? [padded, channels] : [channels, padded];
  const product = { batches: points, rows: productRows, columns, depth: inputs };
  return { kind: "winograd", shape, tile: chooseProductTile(product, target) };
}

/** The default choice: F(4x4, 3x3) wherever there are channels enough to pay for the transforms. */
export function chooseConvolution(layer: ConvolutionLayer, target: TileTarget): ConvolutionAlgorithm {
  const { inputs, outputs, height, width } = layer;
  const pays = suitsWinograd(layer) && inputs >= 16 && outputs >= 16 && height >= 4 && width >= 4;
  return pays ? winograd(layer, 4, target) : direct(layer, target);
}
