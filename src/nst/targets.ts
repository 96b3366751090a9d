/** Targets of the losses: content features, and Gram matrices of the styles, blended by their weights. */
import { compile } from "../autograd/compile.ts";
import type { Tensor } from "../autograd/graph.ts";
import type { Program } from "../autograd/program.ts";
import { gram } from "../autograd/reductions.ts";
import { variable } from "../autograd/runtime.ts";
import type { Device } from "../gpu/device.ts";
import type { Planes } from "../image/picture.ts";
import type { Network } from "../vgg/network.ts";
import { type ObjectiveSettings, type Target, type Targets, weightedFeatures } from "./objective.ts";

/**
 * A style image as planes, RGB in 0..255, and its share; shares add up to 1.
 *
 * @category Losses and optimizers
 */
export interface WeightedStyle {
  planes: Planes;
  weight: number;
}

/**
 * Computes the targets of one size: the content's features, and the Gram matrices of the styles, blended by their weights. Images may
 * differ in size: Gram matrices do not depend on it. They are what {@link objective} takes.
 *
 * @example
 * ```ts
 * import { computeTargets, loadImage, loadNetwork, openDevice, openNetworkWeights, resize, toPlanes } from "nst-gpu";
 *
 * const device = await openDevice();
 * const weights = await openNetworkWeights("slim");
 * const network = await loadNetwork(device, weights, ["relu2_1"]);
 * await weights.close();
 * const content = resize(toPlanes(await loadImage("photo.jpg")), 48, 32);
 * const planes = resize(toPlanes(await loadImage("painting.jpg")), 40, 40);
 * const targets = await computeTargets(device, network, content, [{ planes, weight: 1 }], {
 *   form: "gatys", pooling: "max", padding: "zero", tv: "l2", contentWeight: 1, styleWeight: 1e3, tvWeight: 0,
 *   contentLayers: { relu2_1: 1 }, styleLayers: { relu1_1: 1 },
 * });
 * console.log(targets.content.relu2_1.shape, targets.style.relu1_1.shape);
 * device.dispose();
 * ```
 * @throws {ShapeError} when an image is too small for the poolings before a layer.
 * @throws {OutOfMemoryError} when the device has no memory left.
 * @category Losses and optimizers
 */
export async function computeTargets(
  device: Device,
  network: Network,
  content: Planes,
  styles: readonly WeightedStyle[],
  settings: ObjectiveSettings,
): Promise<Targets> {
  const contentLayers = Object.keys(settings.contentLayers);
  const styleLayers = Object.keys(settings.styleLayers);
  const targets: Targets = { content: await measure(content, contentLayers, (feature) => feature), style: {} };
  for (const { planes, weight } of styles) {
    const grams = await measure(planes, styleLayers, gram);
    for (const layer of styleLayers) {
      const { shape, data } = grams[layer];
      const blended = targets.style[layer]?.data ?? new Float32Array(data.length);
      targets.style[layer] = { shape, data: blended.map((value, index) => value + weight * data[index]) };
    }
  }
  return targets;

  async function measure(
    planes: Planes,
    layers: readonly string[],
    statistic: (feature: Tensor) => Tensor,
  ): Promise<Record<string, Target>> {
    if (layers.length === 0) return {};
    const image = variable(device, [3, planes.height, planes.width], planes.data);
    let program: Program | undefined;
    try {
      program = await compile(
        device,
        () => {
          const all = weightedFeatures(network, image, layers, settings);
          return { results: Object.fromEntries(layers.map((layer) => [layer, statistic(all[layer])])) };
        },
        { label: "targets" },
      );
      program.run();
      const { results } = program;
      const read = layers.map(async (layer): Promise<[string, Target]> => {
        const { shape } = results[layer];
        return [layer, { shape, data: await results[layer].read() }];
      });
      return Object.fromEntries(await Promise.all(read));
    } finally {
      program?.dispose();
      image.dispose();
    }
  }
}
