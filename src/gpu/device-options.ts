/** What a device is opened with. */

/** Values of {@link DeviceOptions.storage}. */
export const STORAGES = ["float32", "float16"] as const;

/**
 * How {@link openDevice} finds a device.
 *
 * @category Devices
 */
export interface DeviceOptions {
  /** Name, or part of it, of the adapter. Default: the environment variable `NST_ADAPTER` in Node, else the first. */
  adapter?: string;
  /**
   * A device of the caller's own, which is used as it is and never destroyed. On a software adapter, one that was requested with the
   * feature `subgroups` is faster, where the adapter has it.
   */
  device?: GPUDevice;
  /**
   * Times the algorithms that can compute each convolution the first time a shape occurs, and keeps the fastest (in a file
   * in Node, in IndexedDB in browsers). Default false: the choice is then the same on every device of the kind.
   */
  tune?: boolean;
  /**
   * How programs store feature maps and their gradients: `"float32"` (default), or `"float16"`, in half the memory. Sums,
   * Gram matrices, losses, the image and the optimiser are float32 in any case.
   */
  storage?: (typeof STORAGES)[number];
  /**
   * Whether programs compute some values again to hold fewer of them at a time: a sixth less memory for feature maps of VGG19 at 512 pixels, and
   * the same bits. It costs one percent of the operations there, elsewhere at most a third. Default: where a program does not fit otherwise.
   */
  recompute?: boolean;
  /** Ends every wait for the device when it aborts: for shaders that are compiled, results that are read. It rejects with `signal.reason`. */
  signal?: AbortSignal;
  /** Receives one-line warnings, default `console.warn`. */
  onWarning?: (message: string) => void;
}
