/**
 * The loss of a device as a signal, for all that wait for it: what was pending then may never be settled. There is one per GPUDevice, and
 * those who have waited leave it: a promise, as `lost` is, keeps every reaction as long as it lives, and a caller's own device may live for
 * many runs.
 */
import { DeviceLostError } from "../errors.ts";
import { oncePer } from "../once-per.ts";

/** Aborts with a {@link DeviceLostError} when the device is lost. The same at every call. */
export const lossOf = oncePer((gpu: GPUDevice): AbortSignal => {
  const controller = new AbortController();
  gpu.lost.then(({ reason, message }) => {
    controller.abort(
      new DeviceLostError(
        `The GPU device was lost (${reason}${message ? `: ${message}` : ""}). Start again with a new device; if it happens again, use a smaller size or update the graphics driver.`,
      ),
    );
  });
  return controller.signal;
});

/** Waits for a promise until one of the signals aborts; rejects with its reason then. */
export async function unlessAborted<Value>(promise: Promise<Value>, signals: readonly AbortSignal[]): Promise<Value> {
  let abort!: () => void;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => {
      for (const signal of signals) if (signal.aborted) reject(signal.reason);
    };
  });
  abort();
  for (const signal of signals) signal.addEventListener("abort", abort);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    for (const signal of signals) signal.removeEventListener("abort", abort);
  }
}
