/** The device's own limits: memory that a software adapter would promise but does not have, and tensors past its limits. */
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

  it("leaves no pipelines to a device of the caller's, which may live long", async () => {
    const other = await openDevice({ device: device.gpu });
    const kernel = pointwiseKernel(pointwiseOf("a + T(77.0f)", ["element"]), [4]);
    await other.pipelines.prepare([kernel]);
    const made = vi.spyOn(device.gpu, "createComputePipeline");
    other.pipelines.get(kernel);
    expect(made).toHaveBeenCalledTimes(0);
    other.dispose();
    other.pipelines.get(kernel);
    expect(made).toHaveBeenCalledTimes(1);
    made.mockRestore();
  });
});
