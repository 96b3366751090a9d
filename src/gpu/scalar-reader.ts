/**
 * Reads scalars that lie in buffers of their own, such as the terms of a loss, through two staging buffers that stay: a run may be submitted
 * before the values of the one before it have been read.
 */
import { bufferUsage } from "#gpu";
import type { Device } from "./device.ts";

/** A fixed list of one-element buffers, read together. */
export class ScalarReader {
  readonly #staging: readonly GPUBuffer[];

  constructor(
    private readonly device: Device,
    private readonly buffers: readonly GPUBuffer[],
  ) {
    const usage = bufferUsage.MAP_READ | bufferUsage.COPY_DST;
    this.#staging = [0, 1].map(() => device.createBuffer(4 * buffers.length, "scalars", usage));
  }

  /** Adds the copies to the submission of a run, counted from 0. The values of the run before the last must have been read. */
  readonly copy = (encoder: GPUCommandEncoder, run: number): void => {
    const staging = this.#staging[run % 2];
    this.buffers.forEach((buffer, index) => encoder.copyBufferToBuffer(buffer, 0, staging, 4 * index, 4));
  };

  /** Waits for the submission of a run and gives its values in order. */
  async read(run: number): Promise<Float32Array> {
    return new Float32Array(await this.device.map(this.#staging[run % 2]), 0, this.buffers.length);
  }

  dispose(): void {
    for (const staging of this.#staging) this.device.destroyBuffer(staging);
  }
}
