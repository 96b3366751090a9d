/** A VGG on the GPU: its convolutions as constants, and the graph from an RGB image to the features of any layers. */
import { orFree } from "../autograd/compile.ts";
import type { Tensor } from "../autograd/graph.ts";
import { averagePool2d, conv2d, maxPool2d } from "../autograd/operations.ts";
import { add, divide, multiply, scale, subtract } from "../autograd/pointwise.ts";
import { tensor } from "../autograd/runtime.ts";
import { MissingLayerError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import type { PaddingMode } from "../kernels/pad.ts";
import type { Pooling } from "../kernels/pool.ts";
import { type Architecture, compareDepth, layersOf } from "./architecture.ts";
import type { Preprocessing } from "./preprocessing.ts";
import type { NetworkWeights } from "./weights.ts";

/**
 * How features are computed. Default: what the weights recommend; where they recommend nothing, VGG's own way, `"max"` and `"zero"`.
 *
 * @category Networks
 */
export interface FeatureOptions {
  pooling?: Pooling;
  padding?: PaddingMode;
  /** Padding of conv1_1, default that of all. */
  firstPadding?: PaddingMode;
}

/**
 * Weights on a device, from conv1_1 to the deepest layer asked for. Made by {@link loadNetwork}.
 *
 * @category Networks
 */
export interface Network {
  architecture: Architecture;
  preprocessing: Preprocessing;
  /** What the weights recommend. */
  pooling: Pooling;
  padding: PaddingMode;
  /** By name, such as `"conv1_1"`; conv1_1 takes RGB planes. */
  convolutions: ReadonlyMap<string, { weight: Tensor; bias: Tensor }>;
  /** Mean and standard deviation of the input in the order red, green, blue, [3] each. */
  mean: Tensor;
  std: Tensor;
  dispose(): void;
}

/**
 * Uploads the convolutions that `layers` need. Weights that a file stores in 16 or 8 bits are uploaded so, and expanded to float32
 * on the GPU.
 *
 * @example
 * ```ts
 * import { features, loadImage, loadNetwork, openDevice, openNetworkWeights, resize, tensor, toPlanes } from "nst-gpu";
 *
 * const device = await openDevice();
 * const weights = await openNetworkWeights("slim");
 * const network = await loadNetwork(device, weights, ["relu2_1"]);
 * await weights.close();
 * const { data } = resize(toPlanes(await loadImage("photo.jpg")), 48, 32);
 * const { relu2_1 } = features(network, tensor(device, [3, 32, 48], data), ["relu2_1"]);
 * console.log(relu2_1.shape, (await relu2_1.read()).length);
 * device.dispose();
 * ```
 * @throws {MissingLayerError} when the weights end before one of the layers.
 * @throws {InvalidOptionError} when the architecture has no such layer.
 * @throws {WeightsError} when the weights cannot be read.
 * @category Networks
 */
export async function loadNetwork(
  device: Device,
  weights: NetworkWeights,
  layers: readonly string[],
): Promise<Network> {
  const deepest = layers
    .map((layer) => weights.layer(layer))
    .sort(compareDepth)
    .at(-1)!;
  const owned: Tensor[] = [];
  return orFree(load(), owned);

  async function load(): Promise<Network> {
    const convolutions = new Map<string, { weight: Tensor; bias: Tensor }>();
    const { mean, std } = weights.preprocessing;
    for (const name of weights.layers) {
      if (compareDepth(name, deepest) > 0) break;
      const { weight, bias, outputs, inputs, kernel } = await weights.convolution(name, "compact");
      const shape = [outputs, inputs, kernel, kernel];
      const uploaded = {
        weight:
          weight instanceof Float32Array
            ? tensor(device, shape, weight)
            : (await import("./compact.ts")).uploadCompact(device, shape, weight),
        bias: tensor(device, [outputs], bias),
      };
      owned.push(...Object.values(uploaded));
      convolutions.set(name, uploaded);
    }
    const normalization = { mean: tensor(device, [3], mean), std: tensor(device, [3], std) };
    owned.push(...Object.values(normalization));
    return {
      architecture: weights.architecture,
      preprocessing: weights.preprocessing,
      pooling: weights.recommended?.pooling ?? "max",
      padding: weights.recommended?.padding ?? "zero",
      convolutions,
      ...normalization,
      dispose() {
        for (const part of owned) part.dispose();
      },
    };
  }
}

/**
 * From RGB in 0..255 [3, H, W] to the network's input of the same shape: `(image scale - mean) / std`.
 *
 * @example
 * ```ts
 * import { loadNetwork, openDevice, openNetworkWeights, preprocess, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const weights = await openNetworkWeights("slim");
 * const network = await loadNetwork(device, weights, ["relu1_1"]);
 * await weights.close();
 * const input = preprocess(network, tensor(device, [3, 1, 1], [255, 128, 0]));
 * console.log(weights.preprocessing, await input.read());
 * device.dispose();
 * ```
 * @category Networks
 */
export function preprocess({ preprocessing, mean, std }: Network, image: Tensor): Tensor {
  const scaled = preprocessing.scale === 1 ? image : scale(image, preprocessing.scale);
  const centered = subtract(scaled, mean);
  return preprocessing.std.every((value) => value === 1) ? centered : divide(centered, std);
}

/**
 * The reverse of {@link preprocess}: from the network's input [3, H, W] to RGB in 0..255.
 *
 * @example
 * ```ts
 * import { deprocess, loadNetwork, openDevice, openNetworkWeights, preprocess, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const weights = await openNetworkWeights("slim");
 * const network = await loadNetwork(device, weights, ["relu1_1"]);
 * await weights.close();
 * const image = tensor(device, [3, 1, 1], [255, 128, 0]);
 * const same = await deprocess(network, preprocess(network, image)).read();
 * console.log(same.map(Math.round)); // Float32Array(3) [ 255, 128, 0 ]
 * device.dispose();
 * ```
 * @category Networks
 */
export function deprocess({ preprocessing, mean, std }: Network, input: Tensor): Tensor {
  return scale(add(multiply(input, std), mean), 1 / preprocessing.scale);
}

/**
 * The features of layers, each [C, H, W], of an RGB image in 0..255 [3, H, W]. Only what they need is computed.
 * Every convolution is 3x3 with padding 1 and followed by a ReLU (Simonyan and Zisserman 2015, table 1).
 *
 * Called outside of `compile`, every layer on the way stays in memory until the device is disposed.
 *
 * @example
 * ```ts
 * import { compile, features, gram, loadNetwork, openDevice, openNetworkWeights, variable } from "nst-gpu";
 *
 * const device = await openDevice();
 * const weights = await openNetworkWeights("slim");
 * const network = await loadNetwork(device, weights, ["relu2_1"]);
 * await weights.close();
 * const image = variable(device, [3, 32, 48], new Float32Array(3 * 32 * 48).fill(127.5));
 * const program = await compile(device, () => {
 *   const { relu1_1, relu2_1 } = features(network, image, ["relu1_1", "relu2_1"]);
 *   return { results: { shallow: gram(relu1_1), deep: gram(relu2_1) } };
 * });
 * program.run();
 * console.log(program.results.deep.shape, await program.results.deep.read());
 * device.dispose();
 * ```
 * @throws {ShapeError} when the image is too small for the poolings before the deepest layer.
 * @throws {MissingLayerError} when the network was not loaded as far as a layer.
 * @category Networks
 */
export function features<Name extends string>(
  network: Network,
  image: Tensor,
  layers: readonly Name[],
  { pooling = network.pooling, padding = network.padding, firstPadding = padding }: FeatureOptions = {},
): Record<Name, Tensor> {
  const result: Partial<Record<string, Tensor>> = {};
  const wanted = new Set<string>(layers);
  let x = preprocess(network, image);
  for (const { kind, name } of layersOf(network.architecture)) {
    if (wanted.size === 0) break;
    if (kind === "pooling") {
      x = pooling === "max" ? maxPool2d(x) : averagePool2d(x);
      x.label = name;
      continue;
    }
    const convolution = network.convolutions.get(name);
    if (!convolution) break;
    const { weight, bias } = convolution;
    const mode = name === "conv1_1" ? firstPadding : padding;
    x = conv2d(x, weight, { bias, padding: 1, mode, activation: "relu" });
    const layer = name.replace("conv", "relu");
    x.label = layer;
    if (wanted.delete(layer)) result[layer] = x;
  }
  for (const layer of wanted) {
    const deepest = [...network.convolutions.keys()].at(-1)!.replace("conv", "relu");
    throw new MissingLayerError(
      `features: the network was loaded as far as ${deepest}, without "${layer}". Load it as far as that, or choose one of its relu layers.`,
      layer,
      deepest,
    );
  }
  return result as Record<Name, Tensor>;
}
