/** The device's own limits: memory that a software adapter would promise but does not have, and tensors past its limits. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { DeviceLostError, LimitExceededError, OutOfMemoryError } from "../../src/errors.ts";
import type { Device } from "../../src/gpu/device.ts";
import { openDevice } from "../../src/gpu/open-device.ts";
import { pointwiseKernel, pointwiseOf } from "../../src/kernels/pointwise.ts";

describe("a device", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice({ onWarning() {} });
  });
  afterAll(() => device.dispose());

  it("has a budget of memory on a software adapter, which would promise more than there is", async () => {
    let began = false;
    const allocation = device.allocating(1e15, () => {
      began = true;
    });
    const isRefused = await allocation.then(
      () => false,
      (error) => error instanceof OutOfMemoryError && /1000000000\.0 MB .* MB are free/.test(error.message),
    );
    expect(isRefused).toBe(device.isSoftware);
    expect(began).toBe(!device.isSoftware);
  });

  it("names the tensor and the limit that it exceeds", () => {
    const limit = device.gpu.limits.maxStorageBufferBindingSize;
    const create = () => device.createBuffer(limit + 16, "features of conv1_1");
    expect(create).toThrow(LimitExceededError);
    expect(create).toThrow(/"features of conv1_1".*maxStorageBufferBindingSize/);
    expect(device.allocated).toEqual({ bytes: 0, buffers: 0 });
  });

  it("counts its buffers, and frees them all when it is disposed", async () => {
    const other = await openDevice({ onWarning() {} });
    const buffer = other.createBuffer(100, "counted");
    other.createBuffer(16, "left");
    expect(other.allocated).toEqual({ bytes: 128, buffers: 2 });
    other.destroyBuffer(buffer);
    other.destroyBuffer(buffer);
    expect(other.allocated).toEqual({ bytes: 16, buffers: 1 });
    other.dispose();
    expect(other.allocated).toEqual({ bytes: 0, buffers: 0 });
    expect(() => other.createBuffer(16, "late")).toThrow(DeviceLostError);
  });

  it("leaves pipelines on a device of the caller's to the next run, but of many those alone that were used last", async () => {
    const kernelOf = (constant: number) => pointwiseKernel(pointwiseOf(`a + T(${constant}.0f)`, ["element"]), [4]);
    const made = vi.spyOn(device.gpu, "createComputePipeline").mockImplementation(() => ({}) as GPUComputePipeline);
    const timesMade = (constant: number) => {
      made.mockClear();
      device.pipelines.get(kernelOf(constant));
      return made.mock.calls.length;
    };
    const [first, second] = [await openDevice({ device: device.gpu }), await openDevice({ device: device.gpu })];
    expect(timesMade(77)).toBe(1);
    first.dispose();
    expect(timesMade(77)).toBe(0);
    for (let constant = 1000; constant < 1600; constant++) timesMade(constant);
    expect(timesMade(1050)).toBe(0);
    second.dispose();
    expect([1599, 1101, 1050].map(timesMade)).toEqual([0, 0, 0]);
    expect([77, 1100].map(timesMade)).toEqual([1, 1]);
    made.mockRestore();
  });

  it("that is the caller's keeps nothing of a run that is over", async () => {
    const run = async () => {
      const other = await openDevice({ device: device.gpu });
      await other.read(other.createBuffer(16, "read"), 16);
      other.dispose();
      return new WeakRef(other);
    };
    const left = await run();
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    await expect
      .poll(() => {
        collect();
        return left.deref() === undefined;
      })
      .toBe(true);
  });

  it("is destroyed after it was disposed, when it has done its work", async () => {
    const other = await openDevice({ onWarning() {} });
    const destroyed = vi.spyOn(other.gpu, "destroy");
    const done = other.gpu.queue.onSubmittedWorkDone().then(() => expect(destroyed).not.toHaveBeenCalled());
    other.dispose();
    other.dispose();
    await done;
    expect((await other.gpu.lost).reason).toBe("destroyed");
    expect(destroyed).toHaveBeenCalledOnce();
  });

  it("lets a signal end all that wait for it", async () => {
    const controller = new AbortController();
    const added = vi.spyOn(controller.signal, "addEventListener");
    const other = await openDevice({ device: device.gpu, signal: controller.signal });
    const buffer = other.createBuffer(16, "read");
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    const before = timers();
    const reading = Array.from({ length: 20 }, () => other.read(buffer, 16));
    controller.abort("enough");
    for (const read of reading) await expect(read).rejects.toBe("enough");
    // Node warns of more than ten.
    expect(added).toHaveBeenCalledOnce();
    await expect(other.finish()).rejects.toBe("enough");
    // A process would wait for them at its end.
    expect(timers()).toBeLessThanOrEqual(before);
    other.check();
    other.dispose();
  });

  it("says that it was disposed to those who wait for it", async () => {
    const other = await openDevice({ device: device.gpu });
    const reading = other.read(other.createBuffer(16, "read"), 16);
    const finishing = other.finish();
    other.dispose();
    await expect(reading).rejects.toThrow("The device was disposed. Open a new one.");
    await expect(finishing).rejects.toThrow(DeviceLostError);
  });
});
