/** Gradient descent, plain or with momentum (Polyak 1964, as torch.optim.SGD has it: v = momentum v + g; x -= rate v). */
import type { Tensor } from "../../autograd/graph.ts";
import { add, pointwise, scale, square } from "../../autograd/pointwise.ts";
import { mean } from "../../autograd/reductions.ts";
import { tensor, variable } from "../../autograd/runtime.ts";
import type { Device } from "../../gpu/device.ts";
import { literal } from "../../kernels/kernel.ts";
import type { Assignments, Optimizer } from "./optimizer.ts";

/**
 * How {@link gradientDescent} steps.
 *
 * @category Losses and optimizers
 */
export interface GradientDescentSettings {
  /**
   * Factor on the gradient of the whole loss, whose size depends on preset, weights and image size. `"auto"` takes the rate at
   * which the first step changes the image by 4 pixel values (root mean square), and keeps it.
   */
  learningRate: number | "auto";
  /** 0 (none) to below 1. */
  momentum: number;
}

/** Root mean square of the first step with `"auto"`, in pixel values: visible, and far from leaving 0..255. */
const FIRST_CHANGE = 4;

/**
 * Gradient descent of an image of `shape`, plain or with momentum (Polyak 1964, as torch.optim.SGD has it):
 * `v = momentum v + gradient; image -= learningRate v`. The velocity takes memory only where there is momentum.
 *
 * @example
 * ```ts
 * import { compile, gradientDescent, gradients, openDevice, square, sum, variable } from "nst-gpu";
 *
 * const device = await openDevice();
 * const x = variable(device, [2], [4, 8]);
 * const optimizer = gradientDescent(device, x.shape, { learningRate: 0.25, momentum: 0 });
 * const program = await compile(device, () => ({ assign: optimizer.trace(x, gradients(sum(square(x)), [x])[0]) }));
 * for (let step = 0; step < 2; step++) program.run();
 * console.log(await x.read()); // Float32Array(2) [ 1, 2 ]
 * device.dispose();
 * ```
 * @category Losses and optimizers
 */
export function gradientDescent(
  device: Device,
  shape: readonly number[],
  { learningRate, momentum }: GradientDescentSettings,
): Optimizer {
  const velocity = momentum > 0 ? variable(device, shape) : undefined;
  const isAuto = learningRate === "auto";
  const rate = isAuto ? variable(device, []) : tensor(device, [], [learningRate]);
  return {
    trace(image, gradient) {
      const assignments: Assignments = [];
      let current: Tensor = rate;
      if (isAuto) {
        const chosen = `T(${literal(FIRST_CHANGE)}) / sqrt(max(b, T(1e-30f)))`;
        current = pointwise(`select(a, ${chosen}, a == T(0.0f))`, rate, mean(square(gradient)));
        assignments.push([rate, current]);
      }
      let step = gradient;
      if (velocity) {
        step = add(scale(velocity, momentum), gradient);
        assignments.push([velocity, step]);
      }
      return [...assignments, [image, pointwise("a - b * c", image, step, current)]];
    },
    reset() {
      velocity?.write(new Float32Array(velocity.size));
      if (isAuto) rate.write(new Float32Array(1));
    },
    dispose() {
      velocity?.dispose();
      rate.dispose();
    },
  };
}
