/**
 * L-BFGS without line search, all on the GPU: the two-loop recursion of Nocedal and Wright, algorithm 7.4, over a ring of
 * the last m pairs s (steps) and y (gradient differences). As torch.optim.LBFGS: the first step is min(1, 1 / |g|₁) times -g, a
 * pair counts only if y.s > 1e-10, and the initial Hessian is y.s / y.y.
 *
 * A pair that does not count has rho = 0, and so have slots not filled yet: the loops need no case for them. It takes a
 * slot all the same and pushes the oldest pair out, which torch would keep: which slot to fill is not known on the host.
 *
 * Unlike torch's, a step is at most {@link LONGEST_STEP} long. The first pair is one of a step near the rounding of f32, and
 * may ask for a second of thousands of pixel values; its pair in turn would make all later steps too short to be seen.
 */
import type { Tensor } from "../../autograd/graph.ts";
import { abs, addConstant, multiply, pointwise, scale, square, subtract } from "../../autograd/pointwise.ts";
import { dot, mean, sum } from "../../autograd/reductions.ts";
import { variable } from "../../autograd/runtime.ts";
import type { Device } from "../../gpu/device.ts";
import { literal } from "../../kernels/kernel.ts";
import type { Assignments, Optimizer } from "./optimizer.ts";

/** Root mean square of the longest step, in pixel values. Runs that do well hardly ever ask for a longer one. */
export const LONGEST_STEP = 16;

/**
 * How {@link lbfgs} steps: `history` is the number of pairs kept, from 1; `learningRate` multiplies every step.
 *
 * @category Losses and optimizers
 */
export interface LbfgsSettings {
  history: number;
  learningRate: number;
}

/** The direction of the next step, for the loop here and for the line search. */
export interface LbfgsDirection {
  /** A descent direction of the image's shape. */
  direction: Tensor;
  /** How far to go along it without line search. */
  length: Tensor;
  assignments: Assignments;
}

/**
 * L-BFGS with fixed steps (Nocedal and Wright 2006, algorithm 7.4), of an image of `shape`. Its history is a ring: pass `rings` to
 * {@link compile}.
 *
 * @example
 * ```ts
 * import { compile, gradients, lbfgs, openDevice, squaredError, tensor, variable } from "nst-gpu";
 *
 * const device = await openDevice();
 * const target = tensor(device, [3], [10, 20, 30]);
 * const x = variable(device, [3]);
 * const optimizer = lbfgs(device, x.shape, { history: 5, learningRate: 1 });
 * const program = await compile(
 *   device,
 *   () => ({ assign: optimizer.trace(x, gradients(squaredError(x, target), [x])[0]) }),
 *   { rings: optimizer.rings },
 * );
 * for (let step = 0; step < 10; step++) program.run();
 * console.log((await x.read()).map(Math.round)); // Float32Array(3) [ 10, 20, 30 ]
 * device.dispose();
 * ```
 * @category Losses and optimizers
 */
export function lbfgs(device: Device, shape: readonly number[], { history, learningRate }: LbfgsSettings): Optimizer {
  const memory = lbfgsMemory(device, shape, history);
  return {
    rings: memory.rings,
    trace(image, gradient) {
      const { direction, length, assignments } = memory.trace(gradient);
      const longest = `T(${literal(LONGEST_STEP)}) / sqrt(max(b, T(1e-30f)))`;
      const factor = pointwise(`min(a * T(${literal(learningRate)}), ${longest})`, length, mean(square(direction)));
      const step = multiply(direction, factor);
      return [...assignments, [memory.step, step], [image, pointwise("a + b", image, step)]];
    },
    reset: memory.reset,
    dispose: memory.dispose,
  };
}

/** The pairs and the two loops over them. `step` must be assigned what is added to the image. */
export function lbfgsMemory(device: Device, shape: readonly number[], history: number) {
  const slots = (slotShape: readonly number[]) => Array.from({ length: history }, () => variable(device, slotShape));
  const steps = slots(shape);
  const differences = slots(shape);
  const rhos = slots([]);
  const gradientBefore = variable(device, shape);
  const step = variable(device, shape);
  const hessian = variable(device, []);
  const count = variable(device, []);
  const all = [...steps, ...differences, ...rhos, gradientBefore, step, hessian, count];

  hessian.write(Float32Array.of(1));

  /** Everything, not just rho: a value that is not finite stays so when it is multiplied by 0. */
  function reset(): void {
    for (const tensor of all) tensor.write(new Float32Array(tensor.size).fill(tensor === hessian ? 1 : 0));
  }

  function trace(gradient: Tensor): LbfgsDirection {
    const y = subtract(gradient, gradientBefore);
    const curvature = dot(y, step);
    // The first gradient has none before it to differ from.
    const counts = pointwise("select(T(0.0f), T(1.0f), a > T(1e-10f)) * min(b, T(1.0f))", curvature, count);
    const rho = pointwise("select(T(0.0f), T(1.0f) / a, b > T(0.5f))", curvature, counts);
    const scaling = pointwise("select(a, b / c, d > T(0.5f))", hessian, curvature, dot(y, y), counts);
    // Run r calls the slot it fills number 0; number i was filled i runs ago.
    const pair = (i: number) => (i === 0 ? { s: step, y, rho } : { s: steps[i], y: differences[i], rho: rhos[i] });
    let q = scale(gradient, -1);
    const alphas: Tensor[] = [];
    for (let i = 0; i < history; i++) {
      const { s, y: yi, rho: r } = pair(i);
      alphas[i] = multiply(r, dot(s, q));
      q = pointwise("a - b * c", q, yi, alphas[i]);
    }
    let direction = multiply(q, scaling);
    for (let i = history - 1; i >= 0; i--) {
      const { s, y: yi, rho: r } = pair(i);
      const beta = multiply(r, dot(yi, direction));
      direction = pointwise("a + b * (c - d)", direction, s, alphas[i], beta);
    }
    const length = pointwise(
      "select(T(1.0f), min(T(1.0f), T(1.0f) / max(b, T(1e-30f))), a < T(0.5f))",
      count,
      sum(abs(gradient)),
    );
    return {
      direction,
      length,
      assignments: [
        [steps[0], step],
        [differences[0], y],
        [rhos[0], rho],
        [hessian, scaling],
        [gradientBefore, gradient],
        [count, addConstant(count, 1)],
      ],
    };
  }

  return {
    rings: [steps, differences, rhos],
    step,
    trace,
    reset,
    dispose: () => all.forEach((tensor) => tensor.dispose()),
  };
}
