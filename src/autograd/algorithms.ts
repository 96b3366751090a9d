/** Which algorithm computes a convolution: chosen per layer and adapter when a program is compiled. */
import type { Device } from "../gpu/device.ts";
import { type ConvolutionTile, chooseTile } from "../kernels/convolution.ts";
import { roundUp, sizeOf } from "../kernels/kernel.ts";
import type { Padding } from "../kernels/pad.ts";
import { productTiles } from "../kernels/product.ts";
import { type ProductTile, panelColumns } from "../kernels/product-tiles.ts";
import { chunkBytes, type TileTarget, targetWithSubgroups } from "../kernels/target.ts";
import { TRANSFORM_FLOPS, type WinogradShape, winogradTiles } from "../kernels/winograd.ts";

/**
 * A convolution, forward or backward, as the choice sees it. Sizes are in pixels; `kernel` is [height, width].
 *
 * @category Kernels and algorithms
 */
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

/**
 * The direct kernel, or Winograd's (Lavin and Gray 2016) with its shape and the tile of its products.
 *
 * @category Kernels and algorithms
 */
export type ConvolutionAlgorithm =
  | { kind: "direct"; tile: ConvolutionTile }
  | { kind: "winograd"; shape: WinogradShape; tile: ProductTile };

/** What tiles are chosen for on a device. */
export function targetOf({ isSoftware, gpu }: Device): TileTarget {
  if (!isSoftware) return "gpu";
  const { architecture, subgroupMinSize, subgroupMaxSize } = gpu.adapterInfo;
  const target = architecture === "swiftshader" ? architecture : "cpu";
  return gpu.features.has("subgroups") ? targetWithSubgroups(target, subgroupMinSize, subgroupMaxSize) : target;
}

/**
 * Chooses for each layer of a program, see {@link CompileOptions.convolution}.
 *
 * @category Kernels and algorithms
 */
export type ChooseConvolution = (layer: ConvolutionLayer, target: TileTarget) => ConvolutionAlgorithm;

/** The direct kernel with the tile for this layer. */
export function direct({ outputs, width }: ConvolutionLayer, target: TileTarget): ConvolutionAlgorithm {
  return { kind: "direct", tile: chooseTile(outputs, width, target) };
}

/** Whether Winograd's algorithm can compute a layer. */
export function suitsWinograd({ kernel, stride }: ConvolutionLayer): boolean {
  return stride === 1 && kernel[0] === 3 && kernel[1] === 3;
}

/** F(size x size, 3x3) for a layer that suits, with each tile of its products that is worth trying, the best by an estimate first. */
export function winograd(
  layer: ConvolutionLayer,
  size: 2 | 4,
  target: TileTarget,
  bytes = chunkBytes(target),
): Extract<ConvolutionAlgorithm, { kind: "winograd" }>[] {
  const { inputs, outputs, height, width } = layer;
  const rows = Math.ceil(height / size);
  const perRow = 4 * (size + 2) ** 2 * (inputs + roundUp(outputs)) * Math.ceil(width / size);
  const most = Math.max(1, Math.floor(bytes / perRow));
  // As many chunks as there are rows to fill them all.
  const chunks = Math.ceil(rows / Math.ceil(rows / Math.ceil(rows / most)));
  const columns = roundUp(Math.ceil(rows / chunks) * Math.ceil(width / size));
  const product = { batches: (size + 2) ** 2, rows: roundUp(outputs), columns, depth: inputs };
  return productTiles(product, target).map((tile) => ({
    kind: "winograd",
    shape: { ...layer, size, chunks, panel: panelColumns(tile) },
    tile,
  }));
}

/** Estimated duration of a convolution, in operations of the product kernel: what is computed, and what is moved. */
function costOf(layer: ConvolutionLayer, algorithm: ConvolutionAlgorithm, target: TileTarget): number {
  const { inputs, inputHeight, inputWidth, outputs, height, width, kernel } = layer;
  const maps = inputs * inputHeight * inputWidth + outputs * height * width;
  // Operations that take as long as reading or writing a number; the benchmark measures both ceilings (docs/performance.md). For Mesa it is
  // less than their ratio, by trial: what lies between kernels is in part still in a cache.
  const move = target === "gpu" ? 32 : target.startsWith("cpu") ? 12 : 7;
  if (algorithm.kind === "direct") {
    const { tile } = algorithm;
    const weights = roundUp(outputs, tile.outputs) * inputs * sizeOf(kernel);
    return 2 * weights * height * roundUp(width, tile.pixels) + move * (weights + maps);
  }
  const { size, chunks } = algorithm.shape;
  const { points, padded, outputs: channels } = winogradTiles(algorithm.shape);
  const tiles = padded * chunks;
  const filters = points * inputs * channels;
  const between = 2 * points * (inputs + channels) * tiles;
  const { input, output } = TRANSFORM_FLOPS[size];
  const transforms = (size + 2) * (2 * input * inputs + 2 * output * channels) * tiles;
  return 2 * filters * tiles + transforms + move * (filters * chunks + between + maps);
}

/** The default choice: the cheapest by {@link costOf}. */
export function chooseConvolution(layer: ConvolutionLayer, target: TileTarget): ConvolutionAlgorithm {
  return candidates(layer, target).reduce((best, each) =>
    costOf(layer, each, target) < costOf(layer, best, target) ? each : best,
  );
}

/**
 * Every algorithm that can compute a layer: the direct kernel first, then Winograd's where they can, F(2x2, 3x3) and F(4x4, 3x3), on GPUs and
 * on software adapters with subgroups with several tiles each. Choose by `kind` and `shape.size`, not by the place in the list.
 *
 * @example
 * ```ts
 * import { compile, conv2d, convolutionAlgorithms, openDevice, variable } from "nst-gpu";
 *
 * const device = await openDevice();
 * const image = variable(device, [3, 16, 16]);
 * const weight = variable(device, [8, 3, 3, 3]);
 * const trace = () => ({ results: { features: conv2d(image, weight, { padding: 1 }) } });
 * const direct = await compile(device, trace, { convolution: (layer, target) => convolutionAlgorithms(layer, target)[0] });
 * console.log(direct.describe());
 * device.dispose();
 * ```
 * @throws {InvalidOptionError} for the target of a software adapter before a device on one was opened.
 * @category Kernels and algorithms
 */
export function candidates(layer: ConvolutionLayer, target: TileTarget): ConvolutionAlgorithm[] {
  const all = [direct(layer, target)];
  if (suitsWinograd(layer)) all.push(...winograd(layer, 2, target), ...winograd(layer, 4, target));
  return all;
}
