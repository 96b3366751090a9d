/** Reads scalars that lie in buffers of their own, such as the terms of a loss, through one staging buffer that stays. */
import { bufferUsage } from "#gpu";
import type { Device } from "./device.ts";

/** A fixed list of one-element buffers, read together. */
export class ScalarReader {
  readonly #staging: GPUBuffer;

  constructor(
    private readonly device: Device,
    private readonly buffers: readonly GPUBuffer[],
  ) {
    const usage = bufferUsage.MAP_READ | bufferUsage.COPY_DST;
    this.#staging = device.createBuffer(4 * buffers.length, "scalars", usage);
  }

  /** Adds the copies to a submission. The values before must have been read. */
  readonly copy = (encoder: GPUCommandEncoder): void => {
    this.buffers.forEach((buffer, index) => encoder.copyBufferToBuffer(buffer, 0, this.#staging, 4 * index, 4));
  };

  /** Waits for the submission and gives the values in order. */
  async read(): Promise<Float32Array> {
    return new Float32Array(await this.device.map(this.#staging), 0, this.buffers.length);
  }

  dispose(): void {
    this.device.destroyBuffer(this.#staging);
  }
}
