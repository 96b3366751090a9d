/** How long each dispatch of a program takes: by timestamps of the GPU where the device has them, else by the clock of the host. */
import { bufferUsage } from "#gpu";
import type { Device } from "../gpu/device.ts";
import { type Dispatch, submit } from "./execution.ts";

/**
 * One dispatch and its time, see {@link Program.profile}.
 *
 * @category Gradients and programs
 */
export interface DispatchTime {
  /** The kernel and its shapes. */
  label: string;
  /** The least of all repetitions. Timestamps have a resolution, in browsers of 0.1 ms. */
  milliseconds: number;
  /** Operations: two for each multiplication and addition. */
  flops: number;
}

/** Runs the dispatches `repetitions` times, one at a time, in order. */
export async function profileDispatches(
  device: Device,
  dispatches: readonly Dispatch[],
  repetitions: number,
): Promise<DispatchTime[]> {
  const clock = device.gpu.features.has("timestamp-query") ? new Timestamps(device) : new HostClock(device);
  const times = dispatches.map(({ label, flops }) => ({ label, flops, milliseconds: Infinity }));
  try {
    // The first round also finishes the compilation of the shaders.
    for (let round = 0; round <= repetitions; round++) {
      for (const [index, dispatch] of dispatches.entries()) {
        const milliseconds = await clock.time(dispatch);
        if (round > 0) times[index].milliseconds = Math.min(times[index].milliseconds, milliseconds);
      }
    }
  } finally {
    clock.dispose();
  }
  return times;
}

/** Measures from the submission to its end, with what the host adds to it. */
class HostClock {
  constructor(private readonly device: Device) {}

  async time(dispatch: Dispatch): Promise<number> {
    const began = performance.now();
    submit(this.device, [dispatch]);
    await this.device.finish();
    return performance.now() - began;
  }

  dispose(): void {}
}

/** Two timestamps, in nanoseconds of the GPU. */
class Timestamps {
  private readonly queries: GPUQuerySet;
  private readonly resolved: GPUBuffer;

  constructor(private readonly device: Device) {
    this.queries = device.gpu.createQuerySet({ type: "timestamp", count: 2 });
    this.resolved = device.createBuffer(16, "timestamps", bufferUsage.QUERY_RESOLVE | bufferUsage.COPY_SRC);
  }

  async time({ pipeline, bindGroup, grid }: Dispatch): Promise<number> {
    const encoder = this.device.gpu.createCommandEncoder();
    const timestampWrites = { querySet: this.queries, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 };
    const pass = encoder.beginComputePass({ timestampWrites });
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(...grid);
    pass.end();
    encoder.resolveQuerySet(this.queries, 0, 2, this.resolved, 0);
    this.device.gpu.queue.submit([encoder.finish()]);
    const [begin, end] = new BigUint64Array(await this.device.read(this.resolved, 16));
    return Number(end - begin) / 1e6;
  }

  dispose(): void {
    this.queries.destroy();
    this.device.destroyBuffer(this.resolved);
  }
}
