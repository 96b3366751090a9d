/**
 * One step of style transfer, compiled with weights of zeros and targets of zeros: the same dispatches as with any others. What
 * plan.ts prints and profile.ts times.
 */
import { compile } from "../src/autograd/compile.ts";
import { gradients } from "../src/autograd/gradient.ts";
import type { Program } from "../src/autograd/program.ts";
import { variable } from "../src/autograd/runtime.ts";
import type { Device } from "../src/gpu/device.ts";
import type { Targets } from "../src/nst/objective.ts";
import { lbfgs } from "../src/nst/optimizers/lbfgs.ts";
import { PRESET_TABLE } from "../src/nst/presets.ts";
import { objectiveOfViews } from "../src/nst/views.ts";
import { convolutionNames } from "../src/vgg/architecture.ts";
import { loadNetwork, type Network } from "../src/vgg/network.ts";
import { type TensorData, writeSafetensors } from "../src/vgg/safetensors.ts";
import { openNetworkWeights } from "../src/vgg/weights.ts";

/**
 * Compiles the step of VGG19, or of the embedded network's widths, at a square size; the optimiser is L-BFGS with a history of 10. As many
 * views as the preset has, unless told otherwise.
 */
export async function compileStep(device: Device, side: number, name: string, count?: number): Promise<Program> {
  const widths = name === "slim" ? [16, 32, 64, 128, 128] : [64, 128, 256, 512, 512];
  const { form, contentLayers, styleLayers, tv, pooling, padding, ...preset } =
    PRESET_TABLE[name === "slim" ? "slim" : "gatys"];
  const views = count ?? preset.views;

  const zeros: Record<string, TensorData> = {};
  let inputs = 3;
  for (const convolution of convolutionNames("vgg19")) {
    const outputs = widths[Number(convolution[4]) - 1];
    zeros[`${convolution}.weight`] = {
      dtype: "F32",
      shape: [outputs, inputs, 3, 3],
      data: new Float32Array(outputs * inputs * 9),
    };
    zeros[`${convolution}.bias`] = { dtype: "F32", shape: [outputs], data: new Float32Array(outputs) };
    inputs = outputs;
  }
  const layers = [...Object.keys(contentLayers), ...Object.keys(styleLayers)];
  const file = await openNetworkWeights(writeSafetensors(zeros, {}));
  // Each view has tensors of its own, or a program would compute them once.
  const networks: Network[] = [];
  while (networks.length < views) networks.push(await loadNetwork(device, file, layers));
  const channels = (layer: string) => widths[Number(layer[4]) - 1];
  const target = (shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b)) });
  const targets: Targets = {
    content: Object.fromEntries(
      Object.keys(contentLayers).map((layer) => {
        const reduced = side >> (Number(layer[4]) - 1);
        return [layer, target([channels(layer), reduced, reduced])];
      }),
    ),
    style: Object.fromEntries(
      Object.keys(styleLayers).map((layer) => [layer, target([channels(layer), channels(layer)])]),
    ),
  };
  const weights = { contentLayers, styleLayers, contentWeight: 1, styleWeight: 1, tvWeight: 1, tv, form };
  const loss = objectiveOfViews(device, networks, Array(views).fill(targets), { ...weights, pooling, padding });
  const image = variable(device, [3, side, side]);
  const optimizer = lbfgs(device, [3, side, side], { history: 10, learningRate: 1 });
  return compile(
    device,
    () => {
      const { total } = loss.trace(image);
      return { results: { total }, assign: optimizer.trace(image, gradients(total, [image])[0]) };
    },
    { rings: optimizer.rings },
  );
}
