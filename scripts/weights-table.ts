/**
 * Prints what weights in fewer bits cost: bytes, how far the image's gradient is from that of float32 weights, and how much worse
 * the picture is; and draws the pictures, docs/compact-weights.png. weights/README.md shows both.
 *
 *   NST_SHARED=FOLDER npm run --silent weights:table
 *
 * FOLDER has `weights/vgg19-conv1_1-conv3_4.safetensors`, the original VGG19's first layers. The objective is that of the preset
 * `slim` for the embedded network, and for VGG19 that of `gatys` with content relu3_3, style relu1_1, relu2_1 and relu3_1, and
 * a style weight of 2e4.
 * Gradients are those of two images of this repository at 96 pixels; their error is the relative root mean square. Pictures have
 * 140 pixels, and their loss is computed with float32 weights, whichever painted them.
 */
import { join } from "node:path";
import { compile } from "../src/autograd/compile.ts";
import { gradients } from "../src/autograd/gradient.ts";
import { variable } from "../src/autograd/runtime.ts";
import type { Device } from "../src/gpu/device.ts";
import { openDevice } from "../src/gpu/open-device.ts";
import { encode, writeImage } from "../src/image/codec.node.ts";
import { toPlanes } from "../src/image/convert.ts";
import { loadImage } from "../src/image/load.ts";
import type { Picture, Planes } from "../src/image/picture.ts";
import { fitSize, resize } from "../src/image/resize.ts";
import { sideBySide } from "../src/image/sheet.ts";
import { styleTransfer } from "../src/index.ts";
import { type ObjectiveSettings, objective } from "../src/nst/objective.ts";
import type { PresetName } from "../src/nst/options.ts";
import { PRESET_TABLE } from "../src/nst/presets.ts";
import { computeTargets } from "../src/nst/targets.ts";
import { convertWeights, DTYPES } from "../src/vgg/convert.ts";
import { loadNetwork } from "../src/vgg/network.ts";
import { openNetworkWeights } from "../src/vgg/weights.ts";

const GRADIENT_SIZE = 96;
const PICTURE_SIZE = 140;
const GAP = 6;

/** A network, and the objective and number of steps by which its pictures are painted. */
interface Subject {
  name: string;
  source: string;
  preset: PresetName;
  settings: ObjectiveSettings;
  steps?: number;
}

/** The settings of a preset, with layers of its own where it names others. */
function settingsOf(preset: PresetName, layers: Partial<ObjectiveSettings> = {}): ObjectiveSettings {
  const { form, contentWeight, styleWeight, tvWeight, tv, pooling, padding, contentLayers, styleLayers } =
    PRESET_TABLE[preset];
  return { form, contentWeight, styleWeight, tvWeight, tv, pooling, padding, contentLayers, styleLayers, ...layers };
}

const imagePath = (name: string) => `examples/images/${name}.png`;

async function planesOf(name: string, size: number): Promise<Planes> {
  const picture = await loadImage(imagePath(name), name);
  const { width, height } = fitSize(picture.width, picture.height, size);
  return resize(toPlanes(picture), width, height);
}

/** The loss and its gradient at an image. Targets are by the same weights, as in a run. */
async function evaluate(
  device: Device,
  bytes: Uint8Array,
  settings: ObjectiveSettings,
  { width, height, data }: Planes,
) {
  const size = Math.max(width, height);
  const weights = await openNetworkWeights(bytes);
  const layers = [settings.contentLayers, settings.styleLayers].flatMap((each) => Object.keys(each));
  const network = await loadNetwork(device, weights, layers);
  const styles = [{ planes: await planesOf("swirls", size), weight: 1 }];
  const targets = await computeTargets(device, network, await planesOf("harbor", size), styles, settings);
  const image = variable(device, [3, height, width], data);
  const { trace } = objective(device, network, targets, settings);
  const program = await compile(device, () => {
    const loss = trace(image).total;
    return { results: { loss, gradient: gradients(loss, [image])[0] } };
  });
  program.run();
  const [[loss], gradient] = [await program.results.loss.read(), await program.results.gradient.read()];
  program.dispose();
  image.dispose();
  network.dispose();
  return { loss, gradient };
}

function relativeError(actual: Float32Array, expected: Float32Array): number {
  const [error, norm] = [0, 0].map((_, which) => {
    return expected.reduce((sum, value, i) => sum + (which === 0 ? actual[i] - value : value) ** 2, 0);
  });
  return Math.sqrt(error / norm);
}

/** Prints the rows of a network, and gives its pictures from left to right. */
async function compare(device: Device, { name, source, preset, settings, steps }: Subject): Promise<Picture> {
  const weights = await openNetworkWeights(source);
  const float32 = await convertWeights(weights);
  const content = await planesOf("harbor", GRADIENT_SIZE);
  // The content with half its contrast, where no term is 0.
  const faded = { ...content, data: content.data.map((value) => value / 2 + 64) };
  const exact = await evaluate(device, float32, settings, faded);
  const { contentLayers, styleLayers, styleWeight } = settings;
  // One view, or the loss that is compared would not be the one that was minimized.
  const run = {
    preset,
    contentLayers,
    styleLayers,
    styleWeight,
    steps,
    views: 1,
    size: PICTURE_SIZE,
    device: device.gpu,
  };
  const pictures: Picture[] = [];
  let least: number | undefined;
  for (const dtype of DTYPES) {
    const network = await convertWeights(weights, { dtype });
    const error = relativeError((await evaluate(device, network, settings, faded)).gradient, exact.gradient);
    const options = { ...run, content: imagePath("harbor"), style: imagePath("swirls"), network };
    const { image } = await styleTransfer(options);
    const { loss } = await evaluate(device, float32, settings, toPlanes(image));
    least ??= loss;
    const columns = [name, dtype, network.length.toLocaleString("en"), error === 0 ? 0 : error.toExponential(1)];
    console.log(`| ${columns.join(" | ")} | ${(loss / least).toFixed(3)} |`);
    pictures.push(image);
  }
  await weights.close();
  return sideBySide(pictures, { height: pictures[0].height, gap: GAP });
}

/** One sheet above another of the same width. */
function stacked(above: Picture, below: Picture): Picture {
  const { width } = above;
  const height = above.height + GAP + below.height;
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  data.set(above.data);
  data.set(below.data, 4 * width * (above.height + GAP));
  return { width, height, data };
}

const shared = process.env.NST_SHARED;
if (shared === undefined) {
  console.error("NST_SHARED does not name the folder that has VGG19's first layers.");
  process.exitCode = 2;
} else {
  const layers = {
    contentLayers: { relu3_3: 1 },
    styleLayers: { relu1_1: 1 / 3, relu2_1: 1 / 3, relu3_1: 1 / 3 },
    // At this size the preset's own leaves little of the harbor.
    styleWeight: 2e4,
  };
  const slim: Subject = { name: "embedded", source: "slim", preset: "slim", settings: settingsOf("slim") };
  const vgg19: Subject = {
    name: "VGG19 to conv3_4",
    source: join(shared, "weights/vgg19-conv1_1-conv3_4.safetensors"),
    preset: "gatys",
    settings: settingsOf("gatys", layers),
    steps: 80,
  };
  const device = await openDevice();
  console.log("| network | dtype | bytes | error of the gradient | loss of the picture |\n|---|---|---|---|---|");
  const sheet = stacked(await compare(device, slim), await compare(device, vgg19));
  device.dispose();
  await writeImage("docs/compact-weights.png", await encode(sheet, "png"), { force: true });
}
