/** Chooses an optimiser by its settings. */
import type { Device } from "../../gpu/device.ts";
import type { OptimizerSettings } from "../settings.ts";
import { adam } from "./adam.ts";
import { gradientDescent } from "./gradient-descent.ts";
import { lbfgs } from "./lbfgs.ts";
import { allocateOptimizer } from "./memory.ts";
import type { Momentum, Optimizer } from "./optimizer.ts";

/**
 * An optimiser for an image of the given shape; `before` is what the scale before has left.
 * @throws {OutOfMemoryError} when what it remembers does not fit.
 */
export function makeOptimizer(
  device: Device,
  shape: readonly number[],
  settings: OptimizerSettings,
  before?: Momentum,
): Promise<Optimizer> {
  return allocateOptimizer(device, settings, shape, () => {
    switch (settings.kind) {
      case "lbfgs":
        return lbfgs(device, shape, settings);
      case "adam":
        return adam(device, shape, { ...settings, range: { low: 0, high: 255 } }, before);
      case "gd":
        return gradientDescent(device, shape, settings);
    }
  });
}
