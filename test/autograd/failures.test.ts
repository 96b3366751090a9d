/** What goes wrong on a device comes out as a typed error that says what to do, at the latest when a result is read. */
import { afterEach, describe, expect, it } from "vitest";
import { requestAdapter } from "#gpu";
import { compile } from "../../src/autograd/compile.ts";
import { add, pointwise, scale } from "../../src/autograd/pointwise.ts";
import { tensor, variable } from "../../src/autograd/runtime.ts";
import { DeviceLostError, InvalidOptionError, KernelError, NstError } from "../../src/errors.ts";
import type { Device } from "../../src/gpu/device.ts";
import { openDevice } from "../../src/gpu/open-device.ts";
import { ScalarReader } from "../../src/gpu/scalar-reader.ts";

const devices: Device[] = [];

/** A device of the test's own, which it may break. */
async function freshDevice(): Promise<Device> {
  const device = await openDevice({ onWarning: () => {} });
  devices.push(device);
  return device;
}

async function callersDevice(): Promise<GPUDevice> {
  return (await requestAdapter({ onWarning: () => {} })).requestDevice();
}

afterEach(() => {
  for (const device of devices.splice(0)) device.dispose();
});

describe("a formula that does not compile", () => {
  it("in a program is an error with its line, and the device goes on", async () => {
    const device = await freshDevice();
    const x = variable(device, [4], [1, 2, 3, 4]);
    const before = { ...device.allocated };
    const attempt = compile(device, () => ({ results: { y: pointwise("a + b * nonsense", x, scale(x, 2)) } }));
    const error = await attempt.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(KernelError);
    const { message } = error as KernelError;
    expect(message).toContain("a + b * nonsense");
    expect(message).toMatch(/\n {2}\d+:\d+ .*nonsense.*\n {4}let t1 = .*nonsense;/);
    expect(message).toMatch(/Correct it if it is your own/);
    expect(device.allocated).toEqual(before);

    const good = await compile(device, () => ({ results: { y: scale(x, 3) } }));
    good.run();
    expect([...(await good.results.y.read())]).toEqual([3, 6, 9, 12]);
  });

  it("of constants alone is no less an error, and frees what it was to fill", async () => {
    const device = await freshDevice();
    const c = tensor(device, [4], [1, 2, 3, 4]);
    const x = variable(device, [4]);
    const before = { ...device.allocated };
    const attempt = compile(device, () => ({ results: { y: add(x, pointwise("a + nonsense", c)) } }));
    await expect(attempt).rejects.toThrow(KernelError);
    expect(device.allocated).toEqual(before);
  });

  it("in an eager operation shows when a result is read", async () => {
    const device = await freshDevice();
    const x = variable(device, [4], [1, 2, 3, 4]);
    const y = pointwise("a + nonsense", x);
    const error = await y.read().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(KernelError);
    expect((error as KernelError).message).toMatch(/WebGPU refused a command: .*nonsense/s);
  });
});

it("a command that WebGPU refuses shows at the next read or run", async () => {
  const device = await freshDevice();
  const x = variable(device, [4], [1, 2, 3, 4]);
  const program = await compile(device, () => ({ results: { y: scale(x, 2) } }));
  const encoder = device.gpu.createCommandEncoder();
  encoder.copyBufferToBuffer(x.storage!.buffer, 0, x.storage!.buffer, 0, 4);
  device.gpu.queue.submit([encoder.finish()]);
  await expect(x.read()).rejects.toThrow(/WebGPU refused a command: .*Correct the kernel if it is your own.*\.$/s);
  await expect(x.read()).rejects.toThrow(KernelError);
  expect(() => program.run()).toThrow(KernelError);
});

describe("a device that is lost", () => {
  it("before a read", async () => {
    const gpu = await callersDevice();
    const device = await openDevice({ device: gpu });
    const x = variable(device, [4], [1, 2, 3, 4]);
    const program = await compile(device, () => ({ results: { y: scale(x, 2) } }));
    gpu.destroy();
    await expect(x.read()).rejects.toThrow(DeviceLostError);
    await expect(x.read()).rejects.toThrow(/^The GPU device was lost \(destroyed.*\)\. Start again with a new device/s);
    expect(() => program.run()).toThrow(DeviceLostError);
    await expect(device.finish()).rejects.toThrow(DeviceLostError);
    await expect(compile(device, () => ({ results: { y: scale(x, 2) } }))).rejects.toThrow(DeviceLostError);
  });

  it("while a read is under way", async () => {
    const device = await freshDevice();
    const x = variable(device, [4], [1, 2, 3, 4]);
    const reading = x.read();
    device.gpu.destroy();
    await expect(reading).rejects.toThrow(DeviceLostError);
  });

  it("while a scalar is read", async () => {
    const device = await freshDevice();
    const x = variable(device, [], [1]);
    const program = await compile(device, () => ({ results: { y: scale(x, 2) } }));
    const reader = new ScalarReader(device, [program.results.y.storage!.buffer]);
    program.run(0, reader.copy);
    const reading = reader.read(0);
    device.gpu.destroy();
    await expect(reading).rejects.toThrow(DeviceLostError);
  });

  it("while a program is compiled", async () => {
    const device = await freshDevice();
    const x = variable(device, [4], [1, 2, 3, 4]);
    const compiling = compile(device, () => ({ results: { y: scale(x, 2) } }));
    device.gpu.destroy();
    await expect(compiling).rejects.toThrow(DeviceLostError);
  });
});

describe("a device that was disposed", () => {
  it("refuses everything, and disposing goes on working", async () => {
    const device = await freshDevice();
    const x = variable(device, [4], [1, 2, 3, 4]);
    const program = await compile(device, () => ({ results: { y: scale(x, 2) } }));
    device.dispose();
    expect(device.allocated).toEqual({ bytes: 0, buffers: 0 });
    const message = "The device was disposed. Open a new one.";
    expect(() => program.run()).toThrow(new DeviceLostError(message));
    expect(() => variable(device, [4])).toThrow(message);
    expect(() => scale(x, 2)).toThrow(message);
    await expect(x.read()).rejects.toThrow(message);
    program.dispose();
    x.dispose();
    device.dispose();
  });

  it("is destroyed if it was opened here, and left alone if it is the caller's", async () => {
    const own = await openDevice({ onWarning: () => {} });
    own.dispose();
    expect((await own.gpu.lost).reason).toBe("destroyed");

    const gpu = await callersDevice();
    const first = await openDevice({ device: gpu });
    variable(first, [4], [1, 2, 3, 4]);
    first.dispose();
    const second = await openDevice({ device: gpu });
    expect([...(await variable(second, [2], [5, 6]).read())]).toEqual([5, 6]);
    second.dispose();
    gpu.destroy();
  });
});

describe("tensors", () => {
  it("that were disposed, or are part of a graph, say so", async () => {
    const device = await freshDevice();
    const x = variable(device, [2], [1, 2]);
    x.dispose();
    x.dispose();
    await expect(x.read()).rejects.toThrow(
      "(variable 2) has no values to be read: it is part of a traced graph or was",
    );
    expect(() => x.write(Float32Array.of(1, 2))).toThrow("has no values to be written");
    const y = variable(device, [2], [1, 2]);
    device.dispose();
    expect(() => y.write(Float32Array.of(1, 2))).toThrow("The device was disposed. Open a new one.");
  });

  it("of another device are refused, and both devices are as before", async () => {
    const [device, other] = [await freshDevice(), await freshDevice()];
    const [x, y] = [variable(device, [2], [1, 2]), variable(other, [2], [3, 4])];
    const message = "A variable of shape 2 is of another device.";
    await expect(compile(device, () => ({ results: { z: add(x, y) } }))).rejects.toThrow(message);
    await expect(compile(device, () => ({ assign: [[y, scale(x, 2)]] }))).rejects.toThrow(InvalidOptionError);
    const { buffers } = device.allocated;
    expect(() => add(x, y)).toThrow(message);
    expect(device.allocated.buffers).toBe(buffers);
    expect([...(await add(x, x).read())]).toEqual([2, 4]);
    expect([...(await add(y, y).read())]).toEqual([6, 8]);
    device.check();
    other.check();
  });

  it("that were disposed cannot be part of a program, nor can a disposed program run", async () => {
    const device = await freshDevice();
    const [x, y] = [variable(device, [2], [1, 2]), variable(device, [2])];
    x.dispose();
    const message = "of shape 2 is needed, but has no values: it was disposed.";
    await expect(compile(device, () => ({ results: { y: add(x, y) } }))).rejects.toThrow(`A variable ${message}`);
    await expect(compile(device, () => ({ assign: [[x, y]] }))).rejects.toThrow(message);
    const rings = [[x, y]];
    await expect(compile(device, () => ({ assign: [[y, scale(y, 2)]] }), { rings })).rejects.toThrow(message);
    const program = await compile(device, () => ({ results: { y: scale(y, 2) } }));
    program.dispose();
    expect(() => program.run()).toThrow(new NstError("This program was disposed. Compile it again."));
  });

  it("rotate in rings of equal lengths", async () => {
    const device = await freshDevice();
    const [a, b, c, d, e] = Array.from({ length: 5 }, () => variable(device, [2]));
    const rings = [
      [a, b],
      [c, d, e],
    ];
    const message = "The rings have 2, 3 variables, but rotate together. Give each as many.";
    await expect(compile(device, () => ({ assign: [[a, scale(b, 2)]] }), { rings })).rejects.toThrow(message);
  });

  it("take as many values as they have elements", async () => {
    const device = await freshDevice();
    expect(() => variable(device, [2, 3], [1, 2])).toThrow("2 values do not fill a tensor of shape 2x3; pass 6.");
    const x = variable(device, [2, 3]);
    expect([...(await x.read())]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(() => x.write(new Float32Array(7))).toThrow("7 values do not fill a tensor of shape 2x3; pass 6.");
  });
});
