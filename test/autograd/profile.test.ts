/** Program.profile: every dispatch with a time, and the program's variables as they were. No test says how long anything takes. */
import { afterAll, describe, expect, it } from "vitest";
import { requestAdapter } from "#gpu";
import { compile } from "../../src/autograd/compile.ts";
import { gradients } from "../../src/autograd/gradient.ts";
import { scale, square, subtract } from "../../src/autograd/pointwise.ts";
import { matmul, sum } from "../../src/autograd/reductions.ts";
import { variable } from "../../src/autograd/runtime.ts";
import { openDevice } from "../../src/gpu/open-device.ts";

const adapter = await requestAdapter();
const hasTimestamps = adapter.features.has("timestamp-query");
const timed = await adapter.requestDevice({ requiredFeatures: hasTimestamps ? ["timestamp-query"] : [] });
const plain = await (await requestAdapter()).requestDevice();
afterAll(() => {
  timed.destroy();
  plain.destroy();
});

describe.each([
  { name: "timestamps, if the adapter has them", gpu: timed },
  { name: "the clock of the host", gpu: plain },
])("by $name", ({ gpu }) => {
  it("times the dispatches in order, and leaves variables as they are", async () => {
    const device = await openDevice({ device: gpu });
    const values = Float32Array.from({ length: 64 }, (_, i) => i / 64);
    const x = variable(device, [8, 8], values);
    const program = await compile(device, () => {
      const loss = sum(square(matmul(x, x)));
      const [slope] = gradients(loss, [x]);
      return { results: { loss }, assign: [[x, subtract(x, scale(slope, 1e-3))]] };
    });
    program.run();
    x.write(values);
    const loss = await program.results.loss.read();
    const before = device.allocated.buffers;
    const times = await program.profile(2);
    expect(device.allocated.buffers).toBe(before);
    expect(times.map(({ label }) => label)).toEqual(program.steps.map(({ kernel }) => kernel.label));
    expect(times.map(({ flops }) => flops)).toEqual(program.steps.map(({ kernel }) => kernel.flops));
    for (const { milliseconds } of times) expect(Number.isFinite(milliseconds) && milliseconds >= 0).toBe(true);
    expect(times.map(({ bytes }) => bytes)).toEqual(program.steps.map(({ kernel }) => kernel.bytes));
    expect(await x.read()).toEqual(values);
    expect(await program.results.loss.read()).toEqual(loss);
    program.run();
    expect(await x.read()).not.toEqual(values);
    program.dispose();
    await expect(program.profile()).rejects.toThrow("This program was disposed. Compile it again.");
    device.dispose();
  });
});
