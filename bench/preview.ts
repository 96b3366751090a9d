/**
 * What a live preview costs, in Chromium: a step of a run, and drawing its result into a visible canvas, each drawing with a frame
 * of its own. The processor time of all of Chromium's processes counts: other programs do not disturb it as they do the clock.
 * Linux only: `npm run bench:preview [-- SIZE]`.
 */
import { readdirSync, readFileSync } from "node:fs";
import { openPage } from "../test/browser/page.ts";
import { median } from "./statistics.ts";

const STEPS = 15;
const DRAWINGS = 60;
const TICKS_PER_SECOND = 100;

/** What the page has for this. */
interface Preview {
  step(): Promise<string>;
  draw(times: number): Promise<void>;
}

declare global {
  var preview: Preview;
}

const size = Number(process.argv[2] ?? 256);
const { page, close } = await openPage();
await page.evaluate((size) => {
  const canvas = document.createElement("canvas");
  document.body.append(canvas);
  const options = {
    content: "/examples/images/harbor.png",
    style: "/examples/images/swirls.png",
    size,
    scales: [size],
  };
  const steps = nst.styleTransfer.steps(options);
  let last: import("../src/index.ts").StepReport | undefined;
  globalThis.preview = {
    async step() {
      last = (await steps.next()).value as typeof last;
      return last!.info.adapter;
    },
    async draw(times) {
      for (let drawing = 0; drawing < times; drawing++) {
        await last!.draw(canvas);
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
    },
  };
}, size);

// The first of both also compile.
const adapter = await page.evaluate(() => preview.step());
await page.evaluate(() => preview.draw(1));
const steps: number[] = [];
for (let step = 0; step < STEPS; step++) steps.push(await processorTimeOf(() => page.evaluate(() => preview.step())));
const drawings = await processorTimeOf(() => page.evaluate((times) => preview.draw(times), DRAWINGS));
await close();
const [step, drawing] = [median(steps), drawings / DRAWINGS];
console.log(
  `${adapter}, embedded network at ${size} px: ${step.toFixed(0)} ms a step, ${drawing.toFixed(1)} ms a drawing, ` +
    `${((100 * drawing) / step).toFixed(1)} % of a step`,
);

async function processorTimeOf(action: () => Promise<unknown>): Promise<number> {
  const before = processorMilliseconds();
  await action();
  return processorMilliseconds() - before;
}

/** Processor time of all processes that this one has started, and those that they have. */
function processorMilliseconds(): number {
  const processes = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statusOf(Number(name)));
  const family = new Set([process.pid]);
  let ticks = 0;
  // Parents have smaller numbers than their children, unless the numbers have begun anew.
  for (const { id, parent, ticks: own } of processes.sort((a, b) => a.id - b.id)) {
    if (!family.has(parent)) continue;
    family.add(id);
    ticks += own;
  }
  return (1000 * ticks) / TICKS_PER_SECOND;
}

function statusOf(id: number): { id: number; parent: number; ticks: number }[] {
  try {
    const fields = readFileSync(`/proc/${id}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return [{ id, parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) }];
  } catch {
    return []; // It has ended meanwhile.
  }
}
