/** Adam (Kingma and Ba 2015, algorithm 1), with its bias correction, all on the GPU. */
import type { Tensor } from "../../autograd/graph.ts";
import { addConstant, clamp, pointwise } from "../../autograd/pointwise.ts";
import { variable } from "../../autograd/runtime.ts";
import type { Device } from "../../gpu/device.ts";
import { resize } from "../../image/resize.ts";
import { literal } from "../../kernels/kernel.ts";
import type { Momentum, Optimizer, Range } from "./optimizer.ts";

/**
 * How {@link adam} steps. `learningRate` is in units of pixel values, 0..255; `beta1` and `beta2` are 0 to below 1.
 *
 * @category Losses and optimizers
 */
export interface AdamSettings {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  /** Clamps the image after each step. */
  range?: Range;
}

/**
 * Adam (Kingma and Ba 2015, algorithm 1) with moments of the image's shape [3, H, W]. `before` are those of another scale: they
 * are resized, and the count of steps goes on, so that a pyramid does not start anew at each scale.
 *
 * @example
 * ```ts
 * import { adam, compile, filled, gradients, openDevice, squaredError, variable } from "nst-gpu";
 *
 * const device = await openDevice();
 * const image = variable(device, [3, 2, 2]);
 * const optimizer = adam(device, image.shape, { learningRate: 5, beta1: 0.9, beta2: 0.99, epsilon: 1e-8 });
 * const program = await compile(device, () => {
 *   const loss = squaredError(image, filled(100, image.shape));
 *   return { assign: optimizer.trace(image, gradients(loss, [image])[0]) };
 * });
 * program.run();
 * console.log((await image.read()).map(Math.round).slice(0, 2)); // Float32Array(2) [ 5, 5 ]
 * device.dispose();
 * ```
 * @category Losses and optimizers
 */
export function adam(device: Device, shape: readonly number[], settings: AdamSettings, before?: Momentum): Optimizer {
  const [channels, height, width] = shape;
  const state = {
    first: variable(device, shape, before && resize(before.first, width, height).data),
    // The filter overshoots, and a second moment is never negative.
    second: variable(device, shape, before && resize(before.second, width, height).data.map((v) => Math.max(0, v))),
    count: variable(device, [], before && [before.count]),
  };
  const all = Object.values(state);
  const { learningRate, beta1, beta2, epsilon, range } = settings;
  const average = (beta: number, sample: string) => `T(${literal(beta)}) * a + T(${literal(1 - beta)}) * ${sample}`;
  const correction = (beta: number) => `T(1.0f) - pow(T(${literal(beta)}), a)`;
  const planes = async (tensor: Tensor) => ({ channels, height, width, data: await tensor.read() });
  return {
    trace(image, gradient) {
      const count = addConstant(state.count, 1);
      const first = pointwise(average(beta1, "b"), state.first, gradient);
      const second = pointwise(average(beta2, "b * b"), state.second, gradient);
      const corrected = [pointwise(correction(beta1), count), pointwise(correction(beta2), count)];
      const moved = pointwise(
        `a - T(${literal(learningRate)}) * (b / d) / (sqrt(c / e) + T(${literal(epsilon)}))`,
        image,
        first,
        second,
        ...corrected,
      );
      return [
        [state.count, count],
        [state.first, first],
        [state.second, second],
        [image, range ? clamp(moved, range.low, range.high) : moved],
      ];
    },
    moments: all,
    async momentum(at = (moment) => moment) {
      const [count] = await at(state.count).read();
      return { first: await planes(at(state.first)), second: await planes(at(state.second)), count };
    },
    reset: () => all.forEach((tensor) => tensor.write(new Float32Array(tensor.size))),
    dispose: () => all.forEach((tensor) => tensor.dispose()),
  };
}
