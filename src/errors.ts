/**
 * Every failure that a caller can act on has a class of its own here. Each message carries the numbers and ends with
 * the remedy, so that `error.message` alone is worth showing to a user.
 *
 * An aborted call is the exception: it rejects with `signal.reason`, as `fetch` does.
 */

/**
 * Base class of all errors that this library throws on purpose.
 *
 * @category Errors
 */
export class NstError extends Error {
  override name = "NstError";
}

/**
 * An option, operation argument or command-line flag that is unknown, of the wrong type, or out of its range.
 *
 * @category Errors
 */
export class InvalidOptionError extends NstError {
  override name = "InvalidOptionError";
}

/**
 * Tensor shapes that do not fit together in an operation.
 *
 * @category Errors
 */
export class ShapeError extends NstError {
  override name = "ShapeError";
}

/**
 * An image that cannot be found, read, decoded, or is too small, too large, truncated or no image at all.
 *
 * @category Errors
 */
export class ImageError extends NstError {
  override name = "ImageError";
}

/**
 * A result that cannot be written: unknown extension, existing file, missing folder, no space.
 *
 * @category Errors
 */
export class OutputError extends NstError {
  override name = "OutputError";
}

/**
 * A weight file that cannot be found or read, or that is malformed.
 *
 * @category Errors
 */
export class WeightsError extends NstError {
  override name = "WeightsError";
}

/**
 * Why a download failed, see {@link DownloadError}.
 *
 * @category Errors
 */
export type DownloadFailure = "offline" | "refused" | "connection" | "stalled" | "size" | "hash" | "space";

/**
 * The weights of a network that was asked for by name could not be downloaded.
 *
 * @category Errors
 */
export class DownloadError extends WeightsError {
  override name = "DownloadError";
  constructor(
    message: string,
    /**
     * `"offline"`: downloads are forbidden; `"refused"`: the server said so (see `status`); `"connection"`: there is none, or
     * it broke off too often; `"stalled"`: nothing came any more; `"size"`, `"hash"`: what came is another file; `"space"`: it
     * cannot be kept.
     */
    readonly reason: DownloadFailure,
    /** The HTTP status, if the server refused. */
    readonly status?: number,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/**
 * A layer that was asked for lies beyond the deepest layer that the network's weights contain.
 *
 * @category Errors
 */
export class MissingLayerError extends WeightsError {
  override name = "MissingLayerError";
  constructor(
    message: string,
    /** The layer asked for, such as `"relu4_2"`. */
    readonly layer: string,
    /** The deepest layer that is available, such as `"relu3_4"`. */
    readonly deepest: string,
  ) {
    super(message);
  }
}

/**
 * No WebGPU adapter was found, or none of the name asked for.
 *
 * @category Errors
 */
export class NoAdapterError extends NstError {
  override name = "NoAdapterError";
}

/**
 * A tensor needs more than the device allows; checked before anything is allocated.
 *
 * @category Errors
 */
export class LimitExceededError extends NstError {
  override name = "LimitExceededError";
  constructor(
    message: string,
    /** Name of the limit of `GPUSupportedLimits` that is exceeded. */
    readonly limit: string,
    /** What was asked for, in the limit's unit. */
    readonly needed: number,
    /** What the device allows. */
    readonly allowed: number,
    /** The longest image side in pixels that would fit, where that is known. */
    readonly largestSize?: number,
  ) {
    super(message);
  }
}

/**
 * The device has no memory left for the planned buffers. Nothing was computed.
 *
 * @category Errors
 */
export class OutOfMemoryError extends NstError {
  override name = "OutOfMemoryError";
}

/**
 * The GPU device was lost: driver reset, unplugged, or destroyed by someone else.
 *
 * @category Errors
 */
export class DeviceLostError extends NstError {
  override name = "DeviceLostError";
}

/**
 * WebGPU refused a shader or a command. A mistake in a kernel, never in the caller's images.
 *
 * @category Errors
 */
export class KernelError extends NstError {
  override name = "KernelError";
}

/**
 * The loss became NaN or infinite before any was finite, or at a scale for the fourth time, after three returns to the best image.
 *
 * @category Errors
 */
export class NotFiniteError extends NstError {
  override name = "NotFiniteError";
  constructor(
    message: string,
    /** The optimiser step, counted from 1, at which the loss stopped being finite. */
    readonly step: number,
  ) {
    super(message);
  }
}
