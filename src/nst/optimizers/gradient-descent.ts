/** Gradient descent, plain or with momentum (Polyak 1964, as torch.optim.SGD has it: v = momentum v + g; x -= rate v). */
import { add, pointwise, scale } from "../../autograd/pointwise.ts";
import { variable } from "../../autograd/runtime.ts";
import type { Device } from "../../gpu/device.ts";
import { literal } from "../../kernels/kernel.ts";
import type { Optimizer } from "./optimizer.ts";

/** The learning rate multiplies the gradient of the whole loss, whose size depends on the preset. */
export interface GradientDescentSettings {
  learningRate: number;
  momentum: number;
}

/** The velocity exists only where there is momentum. */
export function gradientDescent(
  device: Device,
  shape: readonly number[],
  { learningRate, momentum }: GradientDescentSettings,
): Optimizer {
  const velocity = momentum > 0 ? variable(device, shape) : undefined;
  const step = `a - T(${literal(learningRate)}) * b`;
  return {
    trace(image, gradient) {
      if (!velocity) return [[image, pointwise(step, image, gradient)]];
      const moved = add(scale(velocity, momentum), gradient);
      return [
        [velocity, moved],
        [image, pointwise(step, image, moved)],
      ];
    },
    reset: () => velocity?.write(new Float32Array(velocity.size)),
    dispose: () => velocity?.dispose(),
  };
}
