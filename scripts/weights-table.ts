/**
 * Prints what weights in fewer bits cost: bytes, and how far the image's gradient is from that of float32 weights. The table in
 * weights/README.md.
 *
 *   NST_SHARED=FOLDER npm run --silent weights:table
 *
 * FOLDER has `weights/vgg19-conv1_1-conv3_4.safetensors`, the original VGG19's first layers. The gradient is that of the objective
 * of Gatys et al. with the weights of the preset `gatys`, content relu3_3 and style relu1_1, relu2_1 and relu3_1, for two
 * images of this repository at 96 pixels; its error is the relative root mean square.
 */
import { join } from "node:path";
import { compile } from "../src/autograd/compile.ts";
import { gradients } from "../src/autograd/gradient.ts";
import { variable } from "../src/autograd/runtime.ts";
import { type Device, openDevice } from "../src/gpu/device.ts";
import { toPlanes } from "../src/image/convert.ts";
import { loadImage } from "../src/image/load.ts";
import { fitSize, resize } from "../src/image/resize.ts";
import { type ObjectiveSettings, objective } from "../src/nst/objective.ts";
import { PRESET_TABLE } from "../src/nst/presets.ts";
import { computeTargets } from "../src/nst/targets.ts";
import { convertWeights, DTYPES } from "../src/vgg/convert.ts";
import { loadNetwork } from "../src/vgg/network.ts";
import { openNetworkWeights } from "../src/vgg/weights.ts";

const SIZE = 96;
const LAYERS = ["relu1_1", "relu2_1", "relu3_1", "relu3_3"];

const { form, contentWeight, styleWeight, tvWeight, tv, pooling, padding } = PRESET_TABLE.gatys;
const settings: ObjectiveSettings = {
  ...{ form, contentWeight, styleWeight, tvWeight, tv, pooling, padding },
  contentLayers: { relu3_3: 1 },
  styleLayers: { relu1_1: 1 / 3, relu2_1: 1 / 3, relu3_1: 1 / 3 },
};

async function planesOf(name: string) {
  const picture = await loadImage(`examples/images/${name}.png`, name);
  const { width, height } = fitSize(picture.width, picture.height, SIZE);
  return resize(toPlanes(picture), width, height);
}

/** The gradient at the content with half its contrast, where no term is 0. Targets are by the same weights, as in a run. */
async function gradientBy(device: Device, bytes: Uint8Array): Promise<Float32Array> {
  const weights = await openNetworkWeights(bytes);
  const network = await loadNetwork(device, weights, LAYERS);
  const [content, style] = [await planesOf("harbor"), await planesOf("swirls")];
  const targets = await computeTargets(device, network, content, [{ planes: style, weight: 1 }], settings);
  const faded = content.data.map((value) => value / 2 + 64);
  const image = variable(device, [3, content.height, content.width], faded);
  const { trace } = objective(device, network, targets, settings);
  const program = await compile(device, () => ({ results: { gradient: gradients(trace(image).total, [image])[0] } }));
  program.run();
  return program.results.gradient.read();
}

function relativeError(actual: Float32Array, expected: Float32Array): number {
  const [error, norm] = [0, 0].map((_, which) => {
    return expected.reduce((sum, value, i) => sum + (which === 0 ? actual[i] - value : value) ** 2, 0);
  });
  return Math.sqrt(error / norm);
}

const shared = process.env.NST_SHARED;
if (shared === undefined) {
  console.error("NST_SHARED does not name the folder that has VGG19's first layers.");
  process.exitCode = 2;
} else {
  const weights = await openNetworkWeights(join(shared, "weights/vgg19-conv1_1-conv3_4.safetensors"));
  const device = await openDevice();
  console.log(`| conv1_1 to ${weights.layers.at(-1)} | bytes | error of the gradient |\n|---|---|---|`);
  let exact: Float32Array | undefined;
  for (const dtype of DTYPES) {
    const bytes = await convertWeights(weights, { dtype });
    const gradient = await gradientBy(device, bytes);
    exact ??= gradient;
    const error = relativeError(gradient, exact);
    console.log(`| ${dtype} | ${bytes.length.toLocaleString("en")} | ${error === 0 ? 0 : error.toExponential(1)} |`);
  }
  device.dispose();
  await weights.close();
}
