/** How long each dispatch of a program takes: by timestamps of the GPU where the device has them, else by the clock of the host. */
import { bufferUsage } from "#gpu";
import { NstError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import { type Dispatch, encode, submit } from "./execution.ts";
import type { Tensor } from "./graph.ts";

/**
 * One dispatch and its time, see {@link Program.profile}.
 *
 * @category Gradients and programs
 */
export interface DispatchTime {
  /** The kernel and its shapes. */
  label: string;
  /** The least of all repetitions. */
  milliseconds: number;
  /** Operations: two for each multiplication and addition. */
  flops: number;
  /** Bytes that the kernel reads and writes, each operand counted once. */
  bytes: number;
}

/**
 * A dispatch is timed over at least this many milliseconds: a shorter one is repeated within a submission, because submitting takes
 * time too and clocks have a resolution, in browsers of 0.1 ms.
 */
const LEAST_MILLISECONDS = 5;
const MOST_COPIES = 200;

/**
 * Runs the dispatches, of which a disposed program has none, `repetitions` times, each by itself, in order. The stored tensors that
 * they write to, the values of `targets`, get their values back.
 */
export async function profileDispatches(
  device: Device,
  dispatches: readonly Dispatch[] | undefined,
  targets: ReadonlyMap<Tensor, Tensor>,
  repetitions: number,
): Promise<DispatchTime[]> {
  device.check();
  if (!dispatches) throw new NstError("This program was disposed. Compile it again.");
  const clock = clockOf(device);
  const times = dispatches.map(({ label, flops, bytes }) => ({ label, milliseconds: Infinity, flops, bytes }));
  const copies = dispatches.map(() => 1);
  const buffers = [...targets.values()].map(({ storage }) => storage!.buffer);
  const saved = buffers.map(({ size, label }) => device.createBuffer(size, `values of ${label} before`));
  copy(device, buffers, saved);
  try {
    // The first round also finishes the compilation of the shaders, the second tells how many copies fill the least time.
    for (let round = -2; round < repetitions; round++) {
      for (const [index, dispatch] of dispatches.entries()) {
        const milliseconds = (await clock.time(Array(copies[index]).fill(dispatch))) / copies[index];
        if (round >= 0) times[index].milliseconds = Math.min(times[index].milliseconds, milliseconds);
        else if (round === -1)
          copies[index] = Math.min(MOST_COPIES, Math.ceil(LEAST_MILLISECONDS / Math.max(milliseconds, 1e-6)));
      }
    }
  } finally {
    clock.dispose();
    copy(device, saved, buffers);
    for (const buffer of saved) device.destroyBuffer(buffer);
  }
  return times;
}

/** Milliseconds of a run of these dispatches, of `runs` in one submission. */
export async function timeRuns(device: Device, dispatches: readonly Dispatch[], runs: number): Promise<number> {
  const clock = clockOf(device);
  try {
    return (await clock.time(Array.from({ length: runs }, () => dispatches).flat())) / runs;
  } finally {
    clock.dispose();
  }
}

/** What times dispatches that follow one another in one submission. */
interface Clock {
  /** Milliseconds of all. */
  time(dispatches: readonly Dispatch[]): Promise<number>;
  dispose(): void;
}

/** The best clock that a device has. */
function clockOf(device: Device): Clock {
  return device.gpu.features.has("timestamp-query") ? new Timestamps(device) : new HostClock(device);
}

function copy(device: Device, from: readonly GPUBuffer[], to: readonly GPUBuffer[]): void {
  const encoder = device.gpu.createCommandEncoder();
  for (const [index, buffer] of from.entries()) encoder.copyBufferToBuffer(buffer, 0, to[index], 0, buffer.size);
  device.gpu.queue.submit([encoder.finish()]);
}

/** Measures from the submission to its end, with what the host adds to it. */
class HostClock implements Clock {
  constructor(private readonly device: Device) {}

  async time(dispatches: readonly Dispatch[]): Promise<number> {
    const began = performance.now();
    submit(this.device, encode(this.device, dispatches));
    await this.device.finish();
    return performance.now() - began;
  }

  dispose(): void {}
}

/** Two timestamps, in nanoseconds of the GPU. */
class Timestamps implements Clock {
  readonly #queries: GPUQuerySet;
  readonly #resolved: GPUBuffer;

  constructor(private readonly device: Device) {
    this.#queries = device.gpu.createQuerySet({ type: "timestamp", count: 2 });
    this.#resolved = device.createBuffer(16, "timestamps", bufferUsage.QUERY_RESOLVE | bufferUsage.COPY_SRC);
  }

  async time(dispatches: readonly Dispatch[]): Promise<number> {
    const encoder = this.device.gpu.createCommandEncoder();
    const timestampWrites = { querySet: this.#queries, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 };
    const pass = encoder.beginComputePass({ timestampWrites });
    for (const { pipeline, bindGroup, grid } of dispatches) {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindGroup);
      pass.dispatchWorkgroups(...grid);
    }
    pass.end();
    encoder.resolveQuerySet(this.#queries, 0, 2, this.#resolved, 0);
    this.device.gpu.queue.submit([encoder.finish()]);
    const [begin, end] = new BigUint64Array(await this.device.read(this.#resolved, 16));
    // The GPU may have set its clock back in between.
    return end < begin ? this.time(dispatches) : Number(end - begin) / 1e6;
  }

  dispose(): void {
    this.#queries.destroy();
    this.device.destroyBuffer(this.#resolved);
  }
}
