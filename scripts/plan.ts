/**
 * Prints the plan of one step of style transfer: every dispatch with its operations and buffer, the largest tensors that
 * are live where most bytes are, and the bytes planned against the bytes naive. Nothing is computed; the weights are zeros.
 *
 *   npm run --silent plan -- [SIZE] [slim|vgg19] [float32|float16] [VIEWS] [recompute]
 */
import type { DeviceOptions } from "../src/gpu/device-options.ts";
import { openDevice } from "../src/gpu/open-device.ts";
import { compileStep } from "./step.ts";

const words = process.argv.slice(2);
const recompute = words.includes("recompute");
const [size = "512", name = "slim", storage = "float32", views] = words.filter((word) => word !== "recompute");
const side = Number(size);
const device = await openDevice({ storage: storage as DeviceOptions["storage"], recompute });
const program = await compileStep(device, side, name, views ? Number(views) : undefined);
console.log(program.describe());
const perPixel = (bytes: number) => (bytes / side ** 2).toFixed(0);
const { lives } = program.plan;
const liveAt = (step: number) => lives.filter(({ first, last }) => first <= step && step <= last);
const total = (step: number) => liveAt(step).reduce((sum, { bytes }) => sum + bytes, 0);
const peak = program.steps.reduce((largest, _, step) => (total(step) > total(largest) ? step : largest), 0);
console.log(`${perPixel(total(peak))} bytes per pixel live at dispatch ${peak}, among them:`);
for (const { tensor, bytes, first, last } of liveAt(peak).sort((a, b) => b.bytes - a.bytes)) {
  if (bytes < side ** 2) break;
  const made = `${tensor.operation.kind} ${tensor.shape.join("x")} ${tensor.label}`;
  console.log(`${perPixel(bytes).padStart(6)}  ${made}, from dispatch ${first} to ${last}`);
}
console.log(
  `${perPixel(program.bytes.planned)} bytes per pixel planned, ${perPixel(program.bytes.naive)} naive; ${perPixel(device.allocated.bytes)} with image, optimiser, targets and weights`,
);
device.dispose();
