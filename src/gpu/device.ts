/**
 * A WebGPU device with what the engine needs around it: raised limits, failures turned into typed errors, buffers that are
 * checked and counted, and the pipeline cache. The only owner of GPU objects besides programs.
 */
import { availableMemory, bufferUsage, MAY_LEAVE_PROMISES, mapForReading, patiently } from "#gpu";
import { DeviceLostError, KernelError, LimitExceededError, type NstError, OutOfMemoryError } from "../errors.ts";
import type { Kernel } from "../kernels/kernel.ts";
import { memoized } from "../once-per.ts";
import type { DeviceOptions } from "./device-options.ts";
import { type PipelineCache, pipelinesOf } from "./pipelines.ts";
import { type Waits, waitsFor } from "./waits.ts";

/** Limits raised to what the adapter allows. All others stay at WebGPU's defaults, so that plans are the same everywhere. */
export const RAISED_LIMITS = ["maxStorageBufferBindingSize", "maxBufferSize"] as const;

/**
 * A WebGPU device and what exists on it. Made by {@link openDevice}.
 *
 * @category Devices
 */
export class Device {
  /** @internal */
  readonly pipelines: PipelineCache;
  /** Bytes and number of the buffers that exist now. */
  readonly allocated = { bytes: 0, buffers: 0 };
  /** Whether the adapter runs on the CPU. */
  readonly isSoftware: boolean;
  /** What was free before the first buffer: software adapters take memory only when it is written to. */
  readonly #budget: number | undefined;
  /** Whether programs choose algorithms by what was measured. */
  readonly tunes: boolean;
  /** Whether programs store feature maps in 16 bits. */
  readonly storesHalves: boolean;
  /** Whether programs compute values again to take less memory; undefined: those that do not fit. */
  readonly recomputes: boolean | undefined;
  #failure: NstError | undefined;
  readonly #waits: Waits;
  readonly #sizes = new Map<GPUBuffer, number>();
  readonly #uniformBuffers = new Map<string, GPUBuffer>();
  #disposed = false;
  /**
   * Canvases whose last frame this device drew.
   * @internal
   */
  canvases = 0;

  /** @internal */
  constructor(
    /** The device itself. */
    readonly gpu: GPUDevice,
    /** What the adapter calls itself. */
    readonly name: string,
    private readonly isOwned: boolean,
    { tune = false, storage = "float32", recompute, signal }: DeviceOptions,
  ) {
    this.tunes = tune;
    this.recomputes = recompute;
    this.storesHalves = storage === "float16";
    this.isSoftware = gpu.adapterInfo?.isFallbackAdapter === true;
    this.#budget = this.isSoftware ? availableMemory() : undefined;
    this.pipelines = pipelinesOf(gpu);
    this.#waits = waitsFor(gpu, signal);
    gpu.addEventListener("uncapturederror", this.#onUncapturedError);
  }

  readonly #onUncapturedError = (event: GPUUncapturedErrorEvent) => {
    // A lost device reports follow-up errors: the first failure is the cause.
    this.#failure ??= this.#waits.loss.error ?? asError(event.error);
  };

  /**
   * Throws the first thing that has gone wrong on the device, if anything has: a device that failed stays failed.
   * @throws {NstError}
   */
  check(): void {
    if (this.#disposed) throw new DeviceLostError("The device was disposed. Open a new one.");
    const failure = this.#failure ?? this.#waits.loss.error;
    if (failure) throw failure;
  }

  /**
   * Most bytes of a tensor, which is bound as a whole.
   * @internal
   */
  get largestTensor(): number {
    return Math.min(...RAISED_LIMITS.map((limit) => this.gpu.limits[limit]));
  }

  /**
   * Checks a tensor's size against the device's limits, before anything is allocated.
   * @throws {LimitExceededError} naming the tensor and the limit.
   * @internal
   */
  checkSize(bytes: number, label: string): void {
    for (const limit of RAISED_LIMITS) {
      const allowed = this.gpu.limits[limit];
      if (bytes <= allowed) continue;
      throw new LimitExceededError(
        `The tensor "${label}" needs ${megabytes(bytes)} MB, but ${limit} of ${this.name} is ${megabytes(allowed)} MB. Use a smaller size.`,
        limit,
        bytes,
        allowed,
      );
    }
  }

  /**
   * Checks bytes that will be needed besides those allocated. Only a software adapter, whose memory is the computer's, can
   * tell beforehand.
   * @throws {OutOfMemoryError} when they cannot be had; `remedy` ends its message.
   * @internal
   */
  checkMemory(bytes: number, remedy?: string): void {
    if (this.#budget === undefined) return;
    const free = Math.max(0, Math.min(availableMemory()!, this.#budget - this.allocated.bytes));
    if (bytes > free) throw this.#outOfMemory(bytes, `${megabytes(free)} MB are free`, remedy);
  }

  /**
   * Makes a storage buffer that can be copied to and from. Failing to allocate shows in {@link allocating}.
   * @internal
   */
  createBuffer(bytes: number, label: string, usage = 0): GPUBuffer {
    this.check();
    this.checkSize(bytes, label);
    const size = Math.ceil(bytes / 16) * 16;
    const storage = bufferUsage.STORAGE | bufferUsage.COPY_SRC | bufferUsage.COPY_DST;
    const buffer = this.gpu.createBuffer({ label, size, usage: usage || storage });
    this.#sizes.set(buffer, size);
    this.allocated.bytes += size;
    this.allocated.buffers++;
    return buffer;
  }

  /**
   * Whether a buffer was made by {@link createBuffer} and not destroyed.
   * @internal
   */
  owns(buffer: GPUBuffer): boolean {
    return this.#sizes.has(buffer);
  }

  /**
   * A uniform buffer of some u32, the same for the same values; it lives as long as the device.
   * @internal
   */
  uniforms(values: readonly number[]): GPUBuffer {
    const key = values.join();
    return memoized(this.#uniformBuffers, key, () => {
      const usage = bufferUsage.UNIFORM | bufferUsage.COPY_DST;
      const buffer = this.gpu.createBuffer({ label: `uniforms ${key}`, size: 4 * values.length, usage });
      this.gpu.queue.writeBuffer(buffer, 0, Uint32Array.from(values));
      return buffer;
    });
  }

  /**
   * Frees a buffer made by {@link createBuffer}.
   * @internal
   */
  destroyBuffer(buffer: GPUBuffer): void {
    const size = this.#sizes.get(buffer);
    if (size === undefined) return;
    this.#sizes.delete(buffer);
    this.allocated.bytes -= size;
    this.allocated.buffers--;
    buffer.destroy();
  }

  /**
   * Runs `body`, which makes buffers, and waits until the device has confirmed them: WebGPU reports a failed allocation
   * later, and computes zeros meanwhile.
   * @throws {OutOfMemoryError} when the device has no memory left; `remedy` ends its message.
   * @internal
   */
  async allocating<Result>(bytes: number, body: () => Result, remedy?: string): Promise<Result> {
    this.checkMemory(bytes, remedy);
    this.gpu.pushErrorScope("validation");
    this.gpu.pushErrorScope("out-of-memory");
    const made = new Promise<Result>((resolve) => resolve(body()));
    const scopes = [this.gpu.popErrorScope(), this.gpu.popErrorScope()];
    const [result, ...errors] = await this.until(Promise.all([made, ...scopes]));
    const error = errors.find(Boolean);
    if (error) throw this.#outOfMemory(bytes, error.message, remedy);
    return result;
  }

  #outOfMemory(
    bytes: number,
    reason: string,
    remedy = "Use a smaller size, or close other programs that use its memory.",
  ): OutOfMemoryError {
    return new OutOfMemoryError(`${this.name} could not allocate ${megabytes(bytes)} MB (${reason}). ${remedy}`);
  }

  /**
   * Waits for a promise of the device.
   * @throws {DeviceLostError} when the device is lost meanwhile; the reason of the signal that it was opened with.
   * @internal
   */
  until<Value>(promise: Promise<Value>): Promise<Value> {
    return this.#waits.until(promise);
  }

  /**
   * Compiles kernels in parallel.
   * @internal
   */
  prepare(kernels: readonly Kernel[]): Promise<void> {
    const compiled = this.pipelines.prepare(kernels);
    return MAY_LEAVE_PROMISES ? this.until(compiled) : patiently(compiled, this.gpu);
  }

  /**
   * Reads the first `bytes` of a buffer, after all work submitted before.
   * @internal
   */
  async read(buffer: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
    this.check();
    const staging = this.createBuffer(bytes, "readback", bufferUsage.MAP_READ | bufferUsage.COPY_DST);
    try {
      const encoder = this.gpu.createCommandEncoder();
      encoder.copyBufferToBuffer(buffer, 0, staging, 0, Math.ceil(bytes / 4) * 4);
      this.gpu.queue.submit([encoder.finish()]);
      return (await this.map(staging)).slice(0, bytes);
    } finally {
      this.destroyBuffer(staging);
    }
  }

  /**
   * Maps a staging buffer and returns a copy of it; fails when the device does, even if mapping never answers.
   * @internal
   */
  async map(staging: GPUBuffer): Promise<ArrayBuffer> {
    const mapped = mapForReading(staging).catch(async (error) => {
      // A device that is lost may refuse to map before it says that it is lost, on a busy computer long before. A buffer that was freed
      // meanwhile is refused too.
      if (this.owns(staging)) await new Promise((resolve) => setTimeout(resolve, 2000));
      this.check();
      throw error;
    });
    await this.until(mapped);
    this.check();
    const copy = staging.getMappedRange().slice(0);
    staging.unmap();
    return copy;
  }

  /**
   * Resolves when all submitted work is done.
   * @throws {DeviceLostError} when the device is lost meanwhile, or was disposed.
   */
  async finish(): Promise<void> {
    await this.until(this.gpu.queue.onSubmittedWorkDone());
    this.check();
  }

  /**
   * Frees all buffers, and the device itself unless it is the caller's own. A canvas that shows what the device drew would lose its
   * last frame with it, so such a device lives until another one draws there or the canvas is gone.
   */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#waits.dispose();
    this.gpu.removeEventListener("uncapturederror", this.#onUncapturedError);
    for (const buffer of [...this.#sizes.keys()]) this.destroyBuffer(buffer);
    for (const buffer of this.#uniformBuffers.values()) buffer.destroy();
    this.#uniformBuffers.clear();
    this.pipelines.trim();
    this.destroyUnused();
  }

  /**
   * Destroys the device if it was disposed, no canvas shows what it drew, and it is not the caller's own; where that is possible when it
   * has done its work, for which the thread would wait otherwise.
   * @internal
   */
  destroyUnused(): void {
    if (!this.isOwned || !this.#disposed || this.canvases) return;
    if (MAY_LEAVE_PROMISES) {
      const work = [this.gpu.queue.onSubmittedWorkDone(), ...this.pipelines.pending.values()];
      patiently(Promise.allSettled(work), this.gpu).then(() => this.gpu.destroy());
    } else this.gpu.destroy();
  }

  /** As {@link dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

function asError(error: GPUError): NstError {
  if (error.constructor.name === "GPUOutOfMemoryError") {
    return new OutOfMemoryError(`The GPU has no memory left (${error.message}). Use a smaller size.`);
  }
  return new KernelError(
    `WebGPU refused a command: ${error.message} Correct the kernel if it is your own, else please report this.`,
  );
}

/** Bytes as megabytes (10^6) with one decimal, for messages. */
export function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
