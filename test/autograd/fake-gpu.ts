/**
 * A GPUDevice that computes nothing, with WebGPU's default limits and a memory of any size: it notes which buffers are made
 * and bound, so that plans for images of any size are checked in no time. Only what the engine calls is there.
 */
import type { Device } from "../../src/gpu/device.ts";
import type { DeviceOptions } from "../../src/gpu/device-options.ts";
import { openDevice } from "../../src/gpu/open-device.ts";

/** 128 MiB, the default `maxStorageBufferBindingSize` of the WebGPU specification. */
export const DEFAULT_BINDING = 128 * 2 ** 20;
/** 256 MiB, the default `maxBufferSize`. */
export const DEFAULT_BUFFER = 256 * 2 ** 20;

/** A buffer, as it was asked for. */
export interface FakeBuffer {
  label: string;
  size: number;
  isDestroyed: boolean;
  destroy(): void;
}

/** A part of a buffer, the whole of it without `offset` and `size`. */
export interface FakeBinding {
  buffer: FakeBuffer;
  offset?: number;
  size?: number;
}

/** What happened on the device, in order. */
export interface FakeLog {
  buffers: FakeBuffer[];
  /** The bindings of each bind group: those read, the one written, and the uniforms of kernels that have any. */
  bindGroups: FakeBinding[][];
  /** Those that were set before dispatches, in the order of encoding. */
  bound: FakeBinding[][];
  submissions: number;
  encoders: number;
}

/**
 * Opens the engine on a fake device. `memory` is in bytes; what goes beyond it fails as WebGPU has it fail, silently.
 * With `isSoftware` it says that it runs on the CPU.
 */
export async function fakeDevice({
  memory = Infinity,
  isSoftware = false,
  ...options
}: {
  memory?: number;
  isSoftware?: boolean;
} & Pick<DeviceOptions, "storage" | "recompute"> = {}): Promise<{ device: Device; log: FakeLog }> {
  const log: FakeLog = { buffers: [], bindGroups: [], bound: [], submissions: 0, encoders: 0 };
  const scopes: { filter: string; error: { message: string } | null }[] = [];
  const inUse = () => log.buffers.reduce((sum, { isDestroyed, size }) => sum + (isDestroyed ? 0 : size), 0);
  const nothing = () => {};
  const setBindGroup = (_: number, group: FakeBinding[]) => log.bound.push(group);
  const pass = { setPipeline: nothing, setBindGroup, dispatchWorkgroups: nothing, end: nothing };
  const gpu = {
    adapterInfo: { vendor: "", architecture: "", device: "fake", description: "fake", isFallbackAdapter: isSoftware },
    features: new Set<GPUFeatureName>(),
    limits: { maxStorageBufferBindingSize: DEFAULT_BINDING, maxBufferSize: DEFAULT_BUFFER },
    lost: new Promise<never>(nothing),
    addEventListener: nothing,
    removeEventListener: nothing,
    pushErrorScope: (filter: string) => scopes.push({ filter, error: null }),
    popErrorScope: async () => scopes.pop()?.error ?? null,
    createBuffer({ label, size }: { label: string; size: number }): FakeBuffer {
      const buffer = { label, size, isDestroyed: false, destroy: () => (buffer.isDestroyed = true) };
      log.buffers.push(buffer);
      const scope = scopes.findLast(({ filter }) => filter === "out-of-memory");
      if (scope && inUse() > memory) scope.error ??= { message: "not enough memory" };
      return buffer;
    },
    createBindGroupLayout: () => ({}),
    createPipelineLayout: () => ({}),
    createShaderModule: () => ({}),
    createComputePipeline: () => ({}),
    createComputePipelineAsync: async () => ({}),
    createBindGroup({ entries }: { entries: { resource: FakeBinding }[] }) {
      const bindings = entries.map(({ resource }) => resource);
      log.bindGroups.push(bindings);
      return bindings;
    },
    createCommandEncoder() {
      log.encoders++;
      return { beginComputePass: () => pass, copyBufferToBuffer: nothing, finish: () => ({}) };
    },
    queue: {
      writeBuffer: nothing,
      submit: () => log.submissions++,
      onSubmittedWorkDone: async () => {},
    },
  };
  return { device: await openDevice({ device: gpu as unknown as GPUDevice, ...options }), log };
}
