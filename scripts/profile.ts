/**
 * Times every dispatch of one step of style transfer on an adapter, and adds them up by kernel.
 *
 *   npm run --silent profile -- [SIZE] [slim|vgg19] [ROWS]
 */
import { requestAdapter } from "#gpu";
import { type DispatchTime, openDevice } from "../src/index.ts";
import { compileStep } from "./step.ts";

const [size = "256", name = "slim", rows = "15"] = process.argv.slice(2);
const adapter = await requestAdapter();
const features = ["timestamp-query", "subgroups"] as const;
const gpu = await adapter.requestDevice({
  requiredFeatures: features.filter((feature) => adapter.features.has(feature)),
  requiredLimits: {
    maxBufferSize: adapter.limits.maxBufferSize,
    maxStorageBufferBindingSize: adapter.limits.maxStorageBufferBindingSize,
  },
});
const device = await openDevice({ device: gpu });
const program = await compileStep(device, Number(size), name);
const times = await program.profile(5);
const total = times.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
console.log(`${device.name}: ${times.length} dispatches, ${total.toFixed(1)} ms`);

console.log("\nby kernel");
const kinds = new Map<string, DispatchTime[]>();
for (const time of times) {
  const kind = time.label.split(" ")[0];
  kinds.set(kind, [...(kinds.get(kind) ?? []), time]);
}
const sums = [...kinds].map(([kind, all]) => ({
  label: `${kind} (${all.length} dispatches)`,
  milliseconds: all.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
  flops: all.reduce((sum, { flops }) => sum + flops, 0),
  bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
}));
print(sums);
console.log("\nby dispatch");
print(times);
gpu.destroy();

function print(all: readonly DispatchTime[]): void {
  const longest = all.toSorted((a, b) => b.milliseconds - a.milliseconds).slice(0, Number(rows));
  for (const { label, milliseconds, flops, bytes } of longest) {
    const share = `${((100 * milliseconds) / total).toFixed(1)} %`;
    const speeds = [
      `${(flops / milliseconds / 1e6).toFixed(1)} GFLOP/s`,
      `${(bytes / milliseconds / 1e6).toFixed(1)} GB/s`,
    ];
    const columns = speeds.map((speed) => speed.padStart(15)).join("");
    console.log(`${milliseconds.toFixed(3).padStart(10)} ms ${share.padStart(7)} ${columns}  ${label}`);
  }
}
