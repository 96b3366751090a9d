/** Paints in the page, then in a worker, and shows both pictures with their fingerprints. */
import { styleTransfer } from "nst-gpu";
import { options } from "./options.js";
import { fingerprint, paint } from "./paint.js";

async function show(place, image) {
  const canvas = document.querySelector(`#${place} canvas`);
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext("2d").putImageData(new ImageData(image.data, image.width, image.height), 0, 0);
  document.querySelector(`#${place} output`).value = await fingerprint(image);
}

await show("page", await paint(styleTransfer, options));

const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
worker.onmessage = ({ data }) => show("worker", data);
worker.postMessage("paint");
