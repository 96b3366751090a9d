/**
 * Runs in Deno, on its own WebGPU (wgpu, another implementation than Node's and Chromium's Dawn): reads the address of the
 * bundled library and a run's options as JSON from standard input, and writes its losses and picture as JSON.
 */
import { readFileSync } from "node:fs";
import type * as library from "../../src/index.ts";

const { address, options } = JSON.parse(readFileSync(0, "utf8"));
const { styleTransfer }: typeof library = await import(address);
const pixels = (picture: library.Picture) => ({ ...picture, data: Uint8Array.from(picture.data) });
const [content, style] = [pixels(options.content), pixels(options.style)];
const { adapter, image, losses } = await styleTransfer({ ...options, content, style, onWarning() {} });
console.log(JSON.stringify({ adapter, losses, data: [...image.data] }));
