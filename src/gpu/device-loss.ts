/**
 * The loss of a device, for all that wait for it: what was pending then may never be settled. There is one per GPUDevice, and it forgets
 * who has waited: a promise, as `lost` is, keeps every reaction as long as it lives, and a caller's own device may live for many runs.
 */
import { patiently } from "#gpu";
import { DeviceLostError } from "../errors.ts";
import { oncePer } from "../once-per.ts";

/** Made by {@link lossOf}. */
export class DeviceLoss {
  /** Set once the device is lost. */
  error?: DeviceLostError;
  readonly #waiting = new Set<(error: DeviceLostError) => void>();

  constructor(private readonly gpu: GPUDevice) {
    gpu.lost.then(({ reason, message }) => {
      this.error = new DeviceLostError(
        `The GPU device was lost (${reason}${message ? `: ${message}` : ""}). Start again with a new device; if it happens again, use a smaller size or update the graphics driver.`,
      );
      for (const fail of this.#waiting) fail(this.error);
    });
  }

  /**
   * Waits for a promise of the device, but no longer than that lives.
   * @throws {DeviceLostError}
   */
  async orLost<Value>(promise: Promise<Value>): Promise<Value> {
    let fail!: (error: DeviceLostError) => void;
    const lost = new Promise<never>((_, reject) => {
      fail = reject;
      if (this.error) fail(this.error);
      this.#waiting.add(fail);
    });
    try {
      return await patiently(Promise.race([promise, lost]), this.gpu);
    } finally {
      this.#waiting.delete(fail);
    }
  }
}

/** That of a device, the same at every call. */
export const lossOf = oncePer((gpu: GPUDevice) => new DeviceLoss(gpu));
