/** What an optimiser is to the loop: variables on the GPU, and the part of the step's graph that changes the image. */
import type { Tensor } from "../../autograd/graph.ts";
import type { Planes } from "../../image/picture.ts";

/**
 * Variables and the values they get at the end of a step, as {@link Traced.assign} takes them.
 *
 * @category Losses and optimizers
 */
export type Assignments = (readonly [variable: Tensor, value: Tensor])[];

/**
 * One optimizer for one image size. Nothing it does reads a tensor back.
 *
 * @category Losses and optimizers
 */
export interface Optimizer {
  /** Lists of variables that rotate from step to step, see {@link CompileOptions.rings}. */
  readonly rings?: readonly (readonly Tensor[])[];
  /** Adds the update of `image` by its gradient to the graph. */
  trace(image: Tensor, gradient: Tensor): Assignments;
  /** The variables that {@link Optimizer.momentum} reads. */
  readonly moments?: readonly Tensor[];
  /** What the next scale of a pyramid may go on with, if this optimiser can. `at` gives the tensor to read in place of each of its moments. */
  momentum?(at?: (moment: Tensor) => Tensor): Promise<Momentum>;
  /** Forgets what it has learnt, after the image was set back. */
  reset(): void;
  /** Frees its variables. */
  dispose(): void;
}

/**
 * Limits that keep the image legal, where an optimizer applies them at every step.
 *
 * @category Losses and optimizers
 */
export interface Range {
  low: number;
  high: number;
}

/**
 * Adam's moments, in the shape of the image they belong to, and the steps they have seen.
 *
 * @category Losses and optimizers
 */
export interface Momentum {
  first: Planes;
  second: Planes;
  count: number;
}
