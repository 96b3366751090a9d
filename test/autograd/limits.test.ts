/** WebGPU's default limits: what must work within them does, and what cannot is refused before anything is allocated. */
import { describe, expect, it } from "vitest";
import { compile } from "../../src/autograd/compile.ts";
import type { Tensor } from "../../src/autograd/graph.ts";
import { conv2d } from "../../src/autograd/operations.ts";
import { add, relu } from "../../src/autograd/pointwise.ts";
import { emptyTensor, variable } from "../../src/autograd/runtime.ts";
import { filled } from "../../src/autograd/shapes.ts";
import { LimitExceededError, OutOfMemoryError } from "../../src/errors.ts";
import type { Device } from "../../src/gpu/device.ts";
import { MAX_WORKGROUPS } from "../../src/kernels/kernel.ts";
import { DEFAULT_BINDING, DEFAULT_BUFFER, type FakeBinding, fakeDevice } from "./fake-gpu.ts";
import { compileVggStep, type StepOptions, zeroFill } from "./vgg-step.ts";

const VGG19: Omit<StepOptions, "height" | "width"> = {
  widths: [64, 128, 256, 512, 512],
  fill: zeroFill,
  contentLayer: "relu4_2",
  styleLayers: ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"],
  history: 10,
};

async function refusal(call: () => Promise<unknown>): Promise<unknown> {
  return call().then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("a whole VGG19, five style layers and L-BFGS with a history of 10", () => {
  it("at 512x512 keeps to WebGPU's default limits", async () => {
    const { device, log } = await fakeDevice();
    const { program } = await compileVggStep(device, { ...VGG19, height: 512, width: 512 });
    for (const { label, size } of log.buffers) {
      expect(size, label).toBeLessThanOrEqual(DEFAULT_BINDING);
      expect(size, label).toBeLessThanOrEqual(DEFAULT_BUFFER);
    }
    // The limit is on storage buffers: uniforms have one of their own.
    const isStorage = ({ buffer }: FakeBinding) => !buffer.label.startsWith("uniforms");
    for (const bound of log.bindGroups) expect(bound.filter(isStorage).length).toBeLessThanOrEqual(8);
    for (const { kernel } of program.steps)
      expect(Math.max(...kernel.grid), kernel.label).toBeLessThanOrEqual(MAX_WORKGROUPS);
  });

  it.each([
    [680, 680],
    [704, 704],
    [600, 800],
  ])("at %ix%i fits, as each of its tensors does: they share no buffer larger than a binding", async (...side) => {
    const { device, log } = await fakeDevice();
    const [height, width] = side;
    const { program } = await compileVggStep(device, { ...VGG19, height, width });
    expect(Math.max(...log.buffers.map(({ size }) => size))).toBeLessThanOrEqual(DEFAULT_BINDING);
    program.dispose();
  });

  it("at 1024x1024 is refused with the name of the tensor and the limit, and leaves nothing behind", async () => {
    const { device, log } = await fakeDevice();
    const error = await refusal(() => compileVggStep(device, { ...VGG19, height: 1024, width: 1024 }));
    expect(error).toBeInstanceOf(LimitExceededError);
    const { message, limit, needed, allowed } = error as LimitExceededError;
    expect(limit).toBe("maxStorageBufferBindingSize");
    expect(allowed).toBe(DEFAULT_BINDING);
    expect(needed).toBeGreaterThanOrEqual(4 * 64 * 1024 * 1024);
    expect(message).toMatch(
      /"relu1_1 64x1024x1024" needs 268\.4 MB, but maxStorageBufferBindingSize of fake is 134\.2 MB\. /,
    );
    // Besides the caller's own, and uniforms of some bytes, which all programs of a device share.
    const left = log.buffers.filter(
      ({ isDestroyed, label }) => !isDestroyed && !/^(variable|constant) (\d|scalar)|^uniforms/.test(label),
    );
    expect(left.map(({ label }) => label)).toEqual([]);
  });
});

describe("tensors that are too large", () => {
  // 40 million floats, 160 MB.
  const shape = [10, 2000, 2000];
  const images = async (): Promise<{ device: Device; small: Tensor }> => {
    const { device } = await fakeDevice();
    return { device, small: variable(device, [10, 1, 1]) };
  };

  it.each<[string, RegExp, (device: Device, small: Tensor) => Promise<unknown> | unknown]>([
    ["as a variable", /"variable 10x2000x2000" needs 160\.0 MB/, (device) => variable(device, shape)],
    [
      "as a result",
      /needs 160\.0 MB/,
      (device, x) => compile(device, () => ({ results: { y: add(x, filled(0, shape)) } })),
    ],
    [
      "in between",
      /"relu 10x2000x2000" needs 160\.0 MB/,
      (device, x) =>
        compile(device, () => {
          const large = relu(add(x, filled(0, shape)));
          large.label = "relu";
          return { results: { y: conv2d(large, variable(device, [1, 10, 1, 1])) } };
        }),
    ],
  ])("%s", async (_name, message, call) => {
    const { device, small } = await images();
    const before = device.allocated.bytes;
    const error = await refusal(async () => call(device, small));
    expect(error).toBeInstanceOf(LimitExceededError);
    expect((error as Error).message).toMatch(message);
    expect(device.allocated.bytes).toBeLessThanOrEqual(before + 48);
  });

  it("but within the limit are not", async () => {
    const { device } = await fakeDevice();
    const most = DEFAULT_BINDING / 4;
    expect(emptyTensor(device, [most], "most").size).toBe(most);
    expect(() => emptyTensor(device, [most + 1], "more")).toThrow(LimitExceededError);
  });
});

it("memory that runs out is an error, and everything is freed", async () => {
  const { device, log } = await fakeDevice({ memory: 64 * 2 ** 20 });
  const x = variable(device, [16, 256, 256]);
  const weight = variable(device, [16, 16, 3, 3]);
  const before = { ...device.allocated };
  const layers = () => Array.from({ length: 9 }).reduce<Tensor>((y) => relu(conv2d(y, weight, { padding: 1 })), x);
  // 4 MiB each: x, its result, the padded image, two layers and their packed weights are within the 64 MiB.
  const program = await compile(device, () => ({ results: { y: layers() } }));
  program.dispose();
  expect(device.allocated).toEqual(before);

  const crowd = Array.from({ length: 13 }, () => variable(device, [16, 256, 256]));
  const withCrowd = { ...device.allocated };
  const submissions = log.submissions;
  const error = await refusal(() => compile(device, () => ({ results: { y: layers() } })));
  expect(error).toBeInstanceOf(OutOfMemoryError);
  expect((error as Error).message).toMatch(
    /fake could not allocate \d+\.\d MB \(not enough memory\)\. Use a smaller size/,
  );
  expect(device.allocated).toEqual(withCrowd);
  expect(log.submissions).toBe(submissions);
  for (const each of crowd) each.dispose();
  expect(device.allocated).toEqual(before);
});

it("a software adapter, which shares the computer's memory, refuses at once what that cannot hold", async () => {
  const { device } = await fakeDevice({ isSoftware: true });
  let isCalled = false;
  const error = await refusal(() =>
    device.allocating(1e15, () => {
      isCalled = true;
    }),
  );
  expect(error).toBeInstanceOf(OutOfMemoryError);
  expect((error as Error).message).toMatch(
    /^fake could not allocate 1000000000\.0 MB \(\d+\.\d MB are free\)\. Use a smaller size/,
  );
  expect(isCalled).toBe(false);
});
