/**
 * The demo: paints the bundled harbor in the bundled night sky with the embedded network, and writes demo.png and, with
 * content and style beside it, demo-sheet.png. Needs nothing but Node: where there is no GPU it runs on the CPU.
 *
 *   npm run demo [-- CONTENT STYLE]
 */
import { basename } from "node:path";
import { createProgress } from "../src/cli/progress.ts";
import { openDevice } from "../src/gpu/open-device.ts";
import { encode, writeImage } from "../src/image/codec.node.ts";
import { loadImage } from "../src/image/load.ts";
import type { Picture } from "../src/image/picture.ts";
import { sideBySide } from "../src/image/sheet.ts";
import { styleTransfer } from "../src/index.ts";

/** What a software adapter on two cores paints in two minutes, and what a GPU does in seconds. */
const EFFORT = { software: { size: 256, scaleSteps: 36, steps: 20 }, gpu: { size: 768 } };

const images = new URL("../examples/images/", import.meta.url).pathname;
const [content = `${images}harbor.png`, style = `${images}swirls.png`] = process.argv.slice(2);

const progress = createProgress(process.stderr, false);
const device = await openDevice({ onWarning: progress.note });
const effort = EFFORT[device.isSoftware ? "software" : "gpu"];
progress.note(
  `painting ${basename(content)} in the style of ${basename(style)} at ${effort.size} pixels on ${device.name}`,
);
progress.begin("compiling shaders");
let painted: Picture | undefined;
let seconds = 0;
for await (const report of styleTransfer.steps({ content, style, ...effort, device: device.gpu })) {
  progress.step(report);
  seconds = report.seconds;
  if (report.step === report.steps) painted = await report.image();
}
progress.end();
device.dispose();
await write("demo.png", painted!);
const pictures = [await loadImage(content, "content image"), await loadImage(style, "style image"), painted!];
await write("demo-sheet.png", sideBySide(pictures, { height: 384, gap: 12 }));
progress.note(`wrote demo.png and demo-sheet.png after ${seconds.toFixed(1)} s`);

async function write(path: string, picture: Picture): Promise<void> {
  await writeImage(path, await encode(picture, "png"), { force: true });
}
