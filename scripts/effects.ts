/**
 * Makes the pictures of docs/guide.md: the bundled harbor in the bundled night sky with the embedded network, and what one
 * option does to it, from left to right.
 *
 *   npm run effects [-- NAME...]
 *
 * docs/effect-of-size.jpg, -style-weight.jpg, -tv-weight.jpg, -views.jpg and -style-layers.jpg, all of them or those that are
 * named. Minutes without a GPU; one view shows what the other options do as well as four, in a quarter of the time.
 */
import { encode, writeImage } from "../src/image/codec.node.ts";
import type { Picture } from "../src/image/picture.ts";
import { sideBySide } from "../src/image/sheet.ts";
import { openDevice, presets, type StyleTransferOptions, styleTransfer } from "../src/index.ts";

const SIZE = 256;
/** Of a sheet of three, in pixels: as wide as a page of text shows it. */
const HEIGHT = 240;

const { styleWeight, tvWeight } = presets.slim;
const effects: Record<string, Partial<StyleTransferOptions>[]> = {
  size: [{ size: 128 }, { size: 256 }, { size: 512 }],
  "style-weight": [0.05, 1, 20].map((factor) => ({ styleWeight: factor * styleWeight })),
  "tv-weight": [0, 1, 10].map((factor) => ({ tvWeight: factor * tvWeight })),
  views: [1, 2, 4].map((views) => ({ views })),
  "style-layers": [["relu1_1"], ["relu1_1", "relu2_1"], ["relu3_1", "relu4_1"]].map((styleLayers) => ({ styleLayers })),
};

const images = new URL("../examples/images/", import.meta.url).pathname;
const device = await openDevice();
const names = process.argv.slice(2);
for (const [name, runs] of Object.entries(effects)) {
  if (names.length > 0 && !names.includes(name)) continue;
  const pictures: Picture[] = [];
  for (const run of runs) {
    const { image, seconds } = await styleTransfer({
      content: `${images}harbor.png`,
      style: `${images}swirls.png`,
      size: SIZE,
      views: 1,
      device: device.gpu,
      ...run,
    });
    console.log(`${name} ${JSON.stringify(run)}: ${seconds.toFixed(1)} s`);
    pictures.push(image);
  }
  const sheet = sideBySide(pictures, { height: HEIGHT, gap: 6 });
  await writeImage(`docs/effect-of-${name}.jpg`, await encode(sheet, "jpeg"), { force: true });
}
device.dispose();
