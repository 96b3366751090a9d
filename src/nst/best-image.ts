/** The image of the lowest loss so far, kept on the GPU: the result of a run, and where it returns to after a failure. */
import type { Tensor } from "../autograd/graph.ts";
import { pointwise } from "../autograd/pointwise.ts";
import { variable } from "../autograd/runtime.ts";
import type { Device } from "../gpu/device.ts";
import type { Planes } from "../image/picture.ts";
import type { Terms } from "./objective.ts";
import type { Assignments } from "./optimizers/optimizer.ts";

/** How often a run may be set back to its best image before it is given up. */
const MAX_SETBACKS = 3;

/** Larger than any loss, and finite: WGSL has no literal for infinity. */
const NO_LOSS = 3e38;

/** Begins as the start image, with a loss above all others. */
export class BestImage {
  /** Values [3, H, W]. */
  readonly image: Tensor;
  readonly #loss: Tensor;
  #setbacks = 0;

  constructor(device: Device, { height, width, data }: Planes) {
    this.image = variable(device, [3, height, width], data);
    this.#loss = variable(device, [], [NO_LOSS]);
  }

  /** The part of a step's graph that keeps `image` if its loss and total variation are finite, and its loss is the lowest. */
  keep(image: Tensor, { total: loss, tv }: Terms): Assignments {
    // Bits, because WGSL lets a compiler assume that there is no NaN to compare with.
    const finite = (name: string) => `(bitcast<u32>(${name}) & 0x7f800000u) != 0x7f800000u`;
    const isBetter = `${finite("a")} && ${finite("c")} && a < b`;
    const better = pointwise(`select(0.0f, 1.0f, ${isBetter})`, loss, this.#loss, tv);
    const chosen = "select(a, b, c > T(0.5f))";
    return [
      [this.image, pointwise(chosen, this.image, image, better)],
      [this.#loss, pointwise(chosen, this.#loss, loss, better)],
    ];
  }

  /**
   * To be called before the return to this image when `step`, counted from 1, met a loss that is not finite.
   * @throws {NotFiniteError} when no loss has been finite yet, or after too many returns.
   */
  async noteFailure(loss: number, step: number): Promise<void> {
    const [lowest] = await this.#loss.read();
    if (lowest < NO_LOSS && ++this.#setbacks <= MAX_SETBACKS) return;
    throw (await import("./not-finite.ts")).notFinite(loss, step, lowest < NO_LOSS ? MAX_SETBACKS : 0);
  }

  dispose(): void {
    this.image.dispose();
    this.#loss.dispose();
  }
}
