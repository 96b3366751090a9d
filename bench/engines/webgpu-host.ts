/**
 * WebGPU in Node as libraries made for browsers expect it: the classes as globals, and `navigator.gpu` on the adapter that
 * NST_ADAPTER names. All engines run on this, nst-gpu too, so that what it counts and changes holds for all alike:
 *
 * - buffers are counted;
 * - as long as a promise of the GPU is pending, Dawn in Node polls and burns a CPU core, which on a software adapter is half
 *   of the machine. So whoever asks to be told of the end of work is kept waiting until that is near.
 */
import { availableParallelism } from "node:os";
import { globals } from "webgpu";
import { adapterName, requestAdapter } from "../../src/gpu/adapter.node.ts";

/** What this process has done with WebGPU so far, and until when nobody needs to ask whether work is done. */
export const host = { buffersCreated: 0, bufferBytes: 0, peakBufferBytes: 0, quietUntil: 0 };

/** Below this many milliseconds a timer is too coarse, and polling costs little. */
const SHORTEST_SLEEP = 20;

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
  sleepBefore(GPUBuffer.prototype, "mapAsync");
  sleepBefore(GPUQueue.prototype, "onSubmittedWorkDone");
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

function sleepBefore<Name extends string>(
  prototype: Record<Name, (...parameters: never[]) => Promise<undefined>>,
  name: Name,
): void {
  const method = prototype[name];
  prototype[name] = async function (this: unknown, ...parameters: never[]) {
    const milliseconds = host.quietUntil - performance.now();
    if (milliseconds >= SHORTEST_SLEEP) await new Promise((resolve) => setTimeout(resolve, milliseconds));
    return method.apply(this, parameters);
  };
}
