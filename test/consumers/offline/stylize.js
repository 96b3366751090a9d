/** Stylises a picture file in the style of another with the embedded network, and gives the fingerprint of what comes out. */
import { styleTransfer } from "nst-gpu";
import { fingerprint } from "./paint.js";

export async function stylize(options) {
  const run = { content: "harbor.png", style: "swirls.png", size: 32, scales: [32], steps: 3, ...options };
  const { image, network } = await styleTransfer(run);
  return `${network}: ${await fingerprint(image)}`;
}
