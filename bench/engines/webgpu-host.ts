/**
 * WebGPU in Node as libraries made for browsers expect it: the classes as globals, and `navigator.gpu` on the adapter that
 * NST_ADAPTER names. All engines run on this, nst-gpu too, so that what it counts and changes holds for all alike:
 *
 * - buffers are counted;
 * - as long as a promise of the GPU is pending, Dawn in Node polls and burns a CPU core, which on a software adapter is half
 *   of the machine. So all wait as nst-gpu does, which naps meanwhile.
 */
import { availableParallelism } from "node:os";
import { globals } from "webgpu";
import { adapterName, patiently, requestAdapter } from "../../src/gpu/adapter.node.ts";

/** What this process has done with WebGPU so far. */
export const host = { buffersCreated: 0, bufferBytes: 0, peakBufferBytes: 0 };

/** Installs all of it; returns the adapter's name. */
export async function installWebgpu(): Promise<string> {
  Object.assign(globalThis, globals);
  const gpu = {
    requestAdapter: ({ powerPreference }: GPURequestAdapterOptions = {}) => requestAdapter({ powerPreference }),
    getPreferredCanvasFormat: () => "rgba8unorm",
    wgslLanguageFeatures: new Set<string>(),
  };
  const value = { userAgent: "Node", platform: "Node", hardwareConcurrency: availableParallelism(), gpu };
  Object.defineProperty(globalThis, "navigator", { value, configurable: true });
  countBuffers();
  napDuring(GPUBuffer.prototype, "mapAsync");
  napDuring(GPUQueue.prototype, "onSubmittedWorkDone");
  return adapterName((await requestAdapter()).info);
}

function countBuffers(): void {
  const sizes = new WeakMap<GPUBuffer, number>();
  const { createBuffer } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function (descriptor) {
    const buffer = createBuffer.call(this, descriptor);
    sizes.set(buffer, descriptor.size);
    host.buffersCreated++;
    host.bufferBytes += descriptor.size;
    host.peakBufferBytes = Math.max(host.peakBufferBytes, host.bufferBytes);
    return buffer;
  };
  const { destroy } = GPUBuffer.prototype;
  GPUBuffer.prototype.destroy = function () {
    host.bufferBytes -= sizes.get(this) ?? 0;
    sizes.delete(this);
    return destroy.call(this);
  };
}

function napDuring<Name extends string>(
  prototype: Record<Name, (...parameters: never[]) => Promise<undefined>>,
  name: Name,
): void {
  const method = prototype[name];
  prototype[name] = function (this: unknown, ...parameters: never[]) {
    return patiently(method.apply(this, parameters));
  };
}
