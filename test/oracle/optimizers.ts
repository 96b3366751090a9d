/** First-order optimizers on a plain list of variables. L-BFGS has a file of its own. */

/** A function to minimize: its value and a new gradient array at a point, which it must not change. */
export type Evaluate = (x: Float64Array) => { loss: number; gradient: Float64Array };

/** The way an optimizer went, the start included: of n steps n + 1 points, and the loss at each. */
export interface Trajectory {
  points: Float64Array[];
  losses: number[];
}

/** Options of `gradientDescent`. */
export interface GradientDescentOptions {
  steps: number;
  learningRate: number;
  /** Share of the last velocity that is kept, 0 for none. */
  momentum: number;
}

/**
 * Gradient descent with momentum, as torch.optim.SGD: v = momentum * v + gradient, x = x - learningRate * v, where v
 * is 0 at first.
 *
 * @example
 * gradientDescent(bowl, Float64Array.of(1), { steps: 10, learningRate: 0.1, momentum: 0.9 });
 */
export function gradientDescent(evaluate: Evaluate, start: Float64Array, options: GradientDescentOptions): Trajectory {
  const { steps, learningRate, momentum } = options;
  const velocity = new Float64Array(start.length);
  return walk(evaluate, start, steps, (x, gradient) => {
    for (let i = 0; i < x.length; i++) {
      velocity[i] = momentum * velocity[i] + gradient[i];
      x[i] -= learningRate * velocity[i];
    }
  });
}

/** Options of `adam`, named as in the paper's text. */
export interface AdamOptions {
  steps: number;
  learningRate: number;
  /** Decay of the mean of gradients. */
  beta1: number;
  /** Decay of the mean of squared gradients. */
  beta2: number;
  epsilon: number;
}

/**
 * Adam (Kingma and Ba 2015, algorithm 1). The means m of the gradients and v of their squares begin at 0 and are
 * therefore too small at first; dividing by 1 - beta^t corrects that.
 *
 * @example
 * adam(bowl, Float64Array.of(1), { steps: 10, learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
 */
export function adam(evaluate: Evaluate, start: Float64Array, options: AdamOptions): Trajectory {
  const { steps, learningRate, beta1, beta2, epsilon } = options;
  const m = new Float64Array(start.length);
  const v = new Float64Array(start.length);
  return walk(evaluate, start, steps, (x, gradient, t) => {
    for (let i = 0; i < x.length; i++) {
      m[i] = beta1 * m[i] + (1 - beta1) * gradient[i];
      v[i] = beta2 * v[i] + (1 - beta2) * gradient[i] ** 2;
      const mean = m[i] / (1 - beta1 ** t);
      const meanOfSquares = v[i] / (1 - beta2 ** t);
      x[i] -= (learningRate * mean) / (Math.sqrt(meanOfSquares) + epsilon);
    }
  });
}

/** Takes steps, counted from 1, each of which changes x in place, and notes where it has been. */
function walk(
  evaluate: Evaluate,
  start: Float64Array,
  steps: number,
  step: (x: Float64Array, gradient: Float64Array, t: number) => void,
): Trajectory {
  const x = start.slice();
  let { loss, gradient } = evaluate(x);
  const trajectory: Trajectory = { points: [x.slice()], losses: [loss] };
  for (let t = 1; t <= steps; t++) {
    step(x, gradient, t);
    ({ loss, gradient } = evaluate(x));
    trajectory.points.push(x.slice());
    trajectory.losses.push(loss);
  }
  return trajectory;
}
