/**
 * Makes docs/presets.png: the bundled harbor in the bundled night sky by each preset, from left to right and top to bottom slim
 * with the embedded network, then gatys, johnson and crowson with VGG19.
 *
 *   npm run gallery -- VGG19_WEIGHTS
 *
 * The weights may end at relu3_4, so the layers are the presets' down to block 3, with content at relu3_3.
 */
import { encode, writeImage } from "../src/image/codec.node.ts";
import type { Picture } from "../src/image/picture.ts";
import { sideBySide } from "../src/image/sheet.ts";
import { openDevice, type StyleTransferOptions, styleTransfer } from "../src/index.ts";

const SIZE = 192;
const [network] = process.argv.slice(2);
if (!network) throw new Error("usage: npm run gallery -- VGG19_WEIGHTS");

const images = new URL("../examples/images/", import.meta.url).pathname;
const shallow = { contentLayers: ["relu3_3"], styleLayers: ["relu1_1", "relu2_1", "relu3_1"] };
const runs: Partial<StyleTransferOptions>[] = [
  {},
  { network, preset: "gatys", ...shallow, steps: 80 },
  // The preset gives each layer the weight 1.
  { network, preset: "johnson", ...shallow, styleLayers: { relu1_1: 1, relu2_1: 1, relu3_1: 1 }, steps: 120 },
  {
    network,
    preset: "crowson",
    ...shallow,
    styleLayers: { relu1_1: 256, relu2_1: 64, relu3_1: 16 },
    styleWeight: 1 / 341,
    steps: 80,
    scaleSteps: 100,
  },
];
const device = await openDevice();
const pictures: Picture[] = [];
for (const run of runs) {
  const result = await styleTransfer({
    content: `${images}harbor.png`,
    style: `${images}swirls.png`,
    size: SIZE,
    device: device.gpu,
    ...run,
  });
  console.log(`${result.preset}: ${result.steps} steps with ${result.network} in ${result.seconds.toFixed(1)} s`);
  pictures.push(result.image);
}
device.dispose();
const sheet = sideBySide(pictures, { height: (pictures[0].height * 3) / 2, gap: 8 });
await writeImage("docs/presets.png", await encode(sheet, "png"), { force: true });
