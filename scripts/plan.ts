/**
 * Prints the plan of one step of style transfer: every dispatch with its operations and buffer, the largest tensors that
 * are live where most bytes are, and the bytes planned against the bytes naive. Nothing is computed; the weights are zeros.
 *
 *   npm run --silent plan -- [SIZE] [slim|vgg19] [float32|float16]
 */
import { compile } from "../src/autograd/compile.ts";
import { gradients } from "../src/autograd/gradient.ts";
import { variable } from "../src/autograd/runtime.ts";
import { type DeviceOptions, openDevice } from "../src/gpu/device.ts";
import { objective, type Targets } from "../src/nst/objective.ts";
import { lbfgs } from "../src/nst/optimizers/lbfgs.ts";
import { PRESET_TABLE } from "../src/nst/presets.ts";
import { convolutionNames } from "../src/vgg/architecture.ts";
import { loadNetwork } from "../src/vgg/network.ts";
import { type TensorData, writeSafetensors } from "../src/vgg/safetensors.ts";
import { openNetworkWeights } from "../src/vgg/weights.ts";

const [size = "512", name = "slim", storage = "float32"] = process.argv.slice(2);
const side = Number(size);
const widths = name === "slim" ? [16, 32, 64, 128, 128] : [64, 128, 256, 512, 512];
const { form, contentLayers, styleLayers, tv } = PRESET_TABLE[name === "slim" ? "slim" : "gatys"];

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
const device = await openDevice({ storage: storage as DeviceOptions["storage"] });
const layers = [...Object.keys(contentLayers), ...Object.keys(styleLayers)];
const network = await loadNetwork(device, await openNetworkWeights(writeSafetensors(zeros, {})), layers);
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
const loss = objective(device, network, targets, { ...weights, pooling: "max", padding: "zero" });
const image = variable(device, [3, side, side]);
const optimizer = lbfgs(device, [3, side, side], { history: 10, learningRate: 1 });
const program = await compile(
  device,
  () => {
    const { total } = loss.trace(image);
    return { results: { total }, assign: optimizer.trace(image, gradients(total, [image])[0]) };
  },
  { rings: optimizer.rings },
);
console.log(program.describe());
const perPixel = (bytes: number) => (bytes / side ** 2).toFixed(0);
const { lives } = program.plan;
const liveAt = (step: number) => lives.filter(({ first, last }) => first <= step && step <= last);
const total = (step: number) => liveAt(step).reduce((sum, { bytes }) => sum + bytes, 0);
const peak = program.steps.reduce((largest, _, step) => (total(step) > total(largest) ? step : largest), 0);
console.log(`${perPixel(total(peak))} bytes per pixel live at dispatch ${peak}, among them:`);
for (const { tensor, bytes, first, last } of liveAt(peak).sort((a, b) => b.bytes - a.bytes)) {
  if (bytes < side ** 2) break;
  const made = `${tensor.operation.kind} ${tensor.shape.join("x")} ${tensor.label}`;
  console.log(`${perPixel(bytes).padStart(6)}  ${made}, from dispatch ${first} to ${last}`);
}
console.log(
  `${perPixel(program.bytes.planned)} bytes per pixel planned, ${perPixel(program.bytes.naive)} naive; ${perPixel(device.allocated.bytes)} with image, optimiser, targets and weights`,
);
device.dispose();
