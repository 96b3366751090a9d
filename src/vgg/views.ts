/**
 * Views of a network: the same weights, as if pictures were turned, mirrored, made negative or had their colors exchanged
 * before the network sees them. Each sees what matters, but makes errors of its own; a loss that is averaged over views leaves
 * fewer of them to an optimizer, which otherwise finds patterns that only the network takes for the style (compare the
 * transformations of Olah, Mordvintsev and Schubert 2017, "Feature Visualization").
 *
 * Features come out turned as the picture is: Gram matrices and distances of features do not change by that. So it is the 3x3
 * kernels that are turned back, and the first convolution that takes the colors in another order.
 */
import { tensor } from "../autograd/runtime.ts";
import type { Device } from "../gpu/device.ts";
import type { Network } from "./network.ts";
import type { NetworkWeights } from "./weights.ts";

/** What is done to a picture before the network sees it. */
export interface View {
  /** Where the network takes red, green and blue from: `[1, 2, 0]` gives it the green as red. */
  colors: readonly [number, number, number];
  /** Whether it sees 255 minus the colors. */
  negative?: boolean;
  /** Whether left and right are exchanged. */
  mirrored?: boolean;
  /** Quarter turns, clockwise, after that. */
  turns: 0 | 1 | 2 | 3;
}

/** The views besides that of the picture itself, the first ones first. */
export const VIEWS: readonly View[] = [
  { colors: [1, 2, 0], turns: 1 },
  { colors: [2, 0, 1], mirrored: true, turns: 0 },
  { colors: [2, 1, 0], mirrored: true, turns: 1 },
  { colors: [0, 1, 2], negative: true, turns: 3 },
  { colors: [2, 0, 1], turns: 2 },
  { colors: [1, 2, 0], negative: true, mirrored: true, turns: 3 },
  { colors: [2, 1, 0], negative: true, turns: 2 },
];

/**
 * The first `count` views of a network, of which the network itself is the first, for the same layers. They share its biases.
 * @throws {WeightsError} when the weights cannot be read.
 */
export async function loadViews(
  device: Device,
  weights: NetworkWeights,
  network: Network,
  count: number,
): Promise<Network[]> {
  const all = await Promise.all(
    [...network.convolutions].map(async ([name, { weight, bias }]) => {
      const { weight: values } = await weights.convolution(name);
      return { name, shape: weight.shape, values, bias };
    }),
  );
  const others = VIEWS.slice(0, count - 1).map((view): Network => {
    const { mean, std, scale } = network.preprocessing;
    const inColors = (values: readonly number[]) => values.map((_, color) => values[view.colors.indexOf(color)]);
    const convolutions = new Map(
      all.map(({ name, shape, values, bias }) => {
        const seen = turnedBack(name === "conv1_1" ? inputsOf(values, view) : values, view);
        return [name, { weight: tensor(device, shape, seen), bias }];
      }),
    );
    const center = view.negative ? mean.map((value) => 255 * scale - value) : mean;
    const parts = { mean: tensor(device, [3], inColors(center)), std: tensor(device, [3], inColors(std)) };
    return {
      ...network,
      ...parts,
      convolutions,
      dispose() {
        for (const { weight } of convolutions.values()) weight.dispose();
        for (const part of Object.values(parts)) part.dispose();
      },
    };
  });
  return [network, ...others];
}

/** Weights of the first convolution, [O, 3, 3, 3], for colors that come in the picture's order. */
function inputsOf(weight: Float32Array, { colors, negative }: View): Float32Array {
  return weight.map((_, index) => {
    const [output, color, tap] = [Math.floor(index / 27), Math.floor(index / 9) % 3, index % 9];
    const value = weight[output * 27 + colors.indexOf(color) * 9 + tap];
    return negative ? -value : value;
  });
}

/** 3x3 kernels as they are for a picture that is not turned. */
function turnedBack(weight: Float32Array, { mirrored, turns }: View): Float32Array {
  const places = Array.from({ length: 9 }, (_, tap) => {
    let [y, x] = [Math.floor(tap / 3), tap % 3];
    if (mirrored) x = 2 - x;
    for (let turn = 0; turn < turns; turn++) [y, x] = [x, 2 - y];
    return 3 * y + x;
  });
  return weight.map((_, index) => weight[index - (index % 9) + places[index % 9]]);
}
