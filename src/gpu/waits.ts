/**
 * Waiting for a device until what is waited for comes, the device is lost, or the caller's signal aborts: what was pending when a device
 * is lost may never be settled.
 */
import { patiently } from "#gpu";
import { DeviceLostError } from "../errors.ts";
import { oncePer } from "../once-per.ts";

/** Whether a GPUDevice was lost, and whom to tell. One reaction serves all: a promise, as `lost` is, keeps those it has as long as it lives. */
const lossOf = oncePer((gpu: GPUDevice) => {
  const loss: { error?: DeviceLostError; told: Set<() => void> } = { told: new Set() };
  gpu.lost.then(({ reason, message }) => {
    loss.error = new DeviceLostError(
      `The GPU device was lost (${reason}${message ? `: ${message}` : ""}). Start again with a new device; if it happens again, use a smaller size or update the graphics driver.`,
    );
    for (const tell of loss.told) tell();
  });
  return loss;
});

/** Those who wait for a device. */
export type Waits = ReturnType<typeof waitsFor>;

/** Waits that a signal ends too. All share one listener: Node warns of signals that have more than ten. */
export function waitsFor(gpu: GPUDevice, signal?: AbortSignal) {
  const loss = lossOf(gpu);
  const rejects = new Set<(reason: unknown) => void>();
  const end = () => {
    for (const reject of rejects) reject(loss.error ?? signal!.reason);
  };
  loss.told.add(end);
  signal?.addEventListener("abort", end);
  return {
    loss,
    /** Passes a promise of the device on. Rejects with a {@link DeviceLostError}, or the signal's reason, when the wait is over before. */
    async until<Value>(promise: Promise<Value>): Promise<Value> {
      let reject!: (reason: unknown) => void;
      const over = new Promise<never>((_, fail) => {
        reject = fail;
      });
      rejects.add(reject);
      if (loss.error || signal?.aborted) end();
      try {
        return await patiently(Promise.race([promise, over]), gpu);
      } finally {
        rejects.delete(reject);
      }
    },
    /** Listens no longer. */
    dispose() {
      loss.told.delete(end);
      signal?.removeEventListener("abort", end);
    },
  };
}
