/**
 * What a live preview costs: steps of a run in Chromium, every other one drawn into a visible canvas, and the time of those
 * against the others. `npm run bench:preview [-- SIZE]`.
 */
import { openPage } from "../test/browser/page.ts";
import { median } from "./statistics.ts";

const size = Number(process.argv[2] ?? 256);
const { page, close } = await openPage();
const { adapter, plain, drawn } = await page.evaluate(async (size) => {
  const canvas = document.createElement("canvas");
  document.body.append(canvas);
  const times = { plain: [] as number[], drawn: [] as number[] };
  const options = {
    content: "/examples/images/harbor.png",
    style: "/examples/images/swirls.png",
    size,
    scales: [size],
  };
  let adapter = "";
  let began = 0;
  let isDrawn = false;
  for await (const step of nst.styleTransfer.steps({ ...options, steps: 44 })) {
    // The time of a step is that until the next: what is drawn after it is done before the next begins. The first few warm up.
    if (step.step > 4) times[isDrawn ? "drawn" : "plain"].push(performance.now() - began);
    adapter = step.info.adapter;
    isDrawn = step.step % 2 === 0;
    began = performance.now();
    if (isDrawn) await step.draw(canvas);
  }
  return { adapter, ...times };
}, size);
await close();
const [without, with_] = [median(plain), median(drawn)];
console.log(
  `${adapter}, embedded network at ${size} px: ${without.toFixed(1)} ms a step, ${with_.toFixed(1)} ms with its drawing: ` +
    `${(100 * (with_ / without - 1)).toFixed(1)} % more (medians of ${plain.length} and ${drawn.length})`,
);
