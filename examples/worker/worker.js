/** The worker: one run at a time, drawn into the page's canvas step by step. Messages: see main.js. */
import { encodeImage, styleTransfer } from "../../dist/browser/index.js";

let canvas;
let controller;

self.addEventListener("message", ({ data: message }) => {
  if (message.type === "canvas") canvas = message.canvas;
  if (message.type === "start") run(message);
  if (message.type === "cancel") controller.abort();
});

async function run({ content, style, size }) {
  controller = new AbortController();
  const { signal } = controller;
  let last = { step: 0, steps: 0 };
  try {
    let image;
    for await (const report of styleTransfer.steps({ content, style, size, signal })) {
      const { step, steps, loss, secondsLeft } = report;
      last = { step, steps };
      await report.draw(canvas);
      self.postMessage({ type: "step", step, steps, loss, secondsLeft });
      if (step === steps) image = await report.image();
    }
    const picture = new Blob([await encodeImage(image, "png")], { type: "image/png" });
    self.postMessage({ type: "done", picture });
  } catch (error) {
    if (signal.aborted) self.postMessage({ type: "cancelled", ...last });
    else self.postMessage({ type: "failed", message: error.message });
  }
}
