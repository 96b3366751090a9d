/**
 * The line that a step of L-BFGS searches along, on the GPU: origin + length * direction. One program finds the direction
 * from the history, another evaluates a length; both are replayed, and only scalars come back.
 */
import { compile } from "../autograd/compile.ts";
import { gradients } from "../autograd/gradient.ts";
import { add, multiply } from "../autograd/pointwise.ts";
import type { Program } from "../autograd/program.ts";
import { dot } from "../autograd/reductions.ts";
import { variable } from "../autograd/runtime.ts";
import type { Device } from "../gpu/device.ts";
import type { Planes } from "../image/picture.ts";
import type { BestImage } from "./best-image.ts";
import { lbfgsMemory } from "./optimizers/lbfgs.ts";
import { allocateOptimizer } from "./optimizers/memory.ts";
import type { Losses } from "./options.ts";
import { lossesOf, Replay, resultsOf } from "./replay.ts";
import type { Objective } from "./stage.ts";

/** Made by {@link prepareSearchLine}; its origin is the start image, its direction 0. */
export interface SearchLine {
  /**
   * Makes the image evaluated last the origin, and finds the direction there.
   * Gives the slope at the origin, how far to go first, and the root mean square of the direction in pixel values.
   */
  turn(): Promise<{ slope: number; first: number; size: number }>;
  /** Evaluates the image at a length, and keeps it if it is the best. `slope` is the derivative by the length. */
  evaluate(length: number): Promise<{ losses: Losses; slope: number }>;
  /** Forgets the history: the next direction is that of steepest descent. */
  reset(): void;
  /** What evaluates. */
  readonly program: Program;
  dispose(): void;
}

/** Compiles both programs for one size. The caller disposes `loss` and `best`. */
export async function prepareSearchLine(
  device: Device,
  loss: Objective,
  best: BestImage,
  start: Planes,
  history: number,
): Promise<SearchLine> {
  const shape = [3, start.height, start.width];
  const memory = await allocateOptimizer(device, { kind: "lbfgs", history }, shape, () =>
    lbfgsMemory(device, shape, history),
  );
  const origin = variable(device, shape, start.data);
  const image = variable(device, shape, start.data);
  const direction = variable(device, shape);
  const gradient = variable(device, shape);
  const length = variable(device, []);

  const turning = await compile(
    device,
    () => {
      const next = memory.trace(gradient);
      return {
        results: {
          slope: dot(gradient, next.direction),
          squares: dot(next.direction, next.direction),
          first: next.length,
        },
        assign: [...next.assignments, [direction, next.direction], [origin, image]],
      };
    },
    { label: `direction at ${start.width}x${start.height}`, rings: memory.rings },
  );
  const evaluation = await compile(
    device,
    () => {
      const step = multiply(direction, length);
      const point = add(origin, step);
      const terms = loss.trace(point);
      const [ascent] = gradients(terms.total, [point]);
      return {
        results: { ...resultsOf(terms), slope: dot(ascent, direction) },
        assign: [[memory.step, step], [image, point], [gradient, ascent], ...best.keep(point, terms)],
      };
    },
    { label: `evaluation at ${start.width}x${start.height}` },
  );
  const turns = new Replay(device, turning);
  const evaluations = new Replay(device, evaluation);

  return {
    program: evaluation,
    async turn() {
      const { slope, first, squares } = await turns.run();
      return { slope, first, size: Math.sqrt(squares / direction.size) };
    },
    async evaluate(at) {
      length.write(Float32Array.of(at));
      const { slope, ...terms } = await evaluations.run();
      return { losses: lossesOf(terms), slope };
    },
    reset: memory.reset,
    dispose() {
      for (const part of [turns, evaluations, memory, origin, image, direction, gradient, length]) part.dispose();
    },
  };
}
