/**
 * L-BFGS (Liu and Nocedal 1989; Nocedal and Wright, Numerical Optimization, algorithm 7.4), step by step as
 * torch.optim.LBFGS takes it with all tolerances switched off.
 *
 * Newton's method would step by -H g, H being the inverse of the matrix of second derivatives. L-BFGS never forms that
 * matrix: it remembers the last few pairs of a step s and the change y of the gradient along it, and H y = s for each
 * of them is enough to multiply H with a vector.
 */
import type { Evaluate, Trajectory } from "./optimizers.ts";
import { strongWolfe } from "./strong-wolfe.ts";
import { along, dot } from "./vectors.ts";

/** Options of `lbfgs`. */
export interface LbfgsOptions {
  steps: number;
  /** Factor on every step; with a line search, the first length it tries. */
  learningRate: number;
  /** Number of pairs remembered. */
  history: number;
  lineSearch: "none" | "strong-wolfe";
}

/** A step and the change of the gradient along it. */
interface Pair {
  s: Float64Array;
  y: Float64Array;
}

/** Pairs with a smaller y.s would make H lose its positive definiteness, and its steps their way down. */
const SMALLEST_CURVATURE = 1e-10;

/**
 * Minimizes a function. No tolerance ends it before the last step, so stop short of the minimum itself.
 *
 * @example
 * lbfgs(rosenbrock, Float64Array.of(-1.2, 1), { steps: 20, learningRate: 1, history: 10, lineSearch: "none" });
 */
export function lbfgs(evaluate: Evaluate, start: Float64Array, options: LbfgsOptions): Trajectory {
  const { steps, learningRate, history, lineSearch } = options;
  const pairs: Pair[] = [];
  let initialScale = 1;
  let x: Float64Array = start.slice();
  let { loss, gradient } = evaluate(x);
  const trajectory: Trajectory = { points: [x], losses: [loss] };

  for (let iteration = 1; iteration <= steps; iteration++) {
    const direction = negated(multiplyByInverseHessian(gradient, pairs, initialScale));
    // Nothing is known of the function's scale at first: one step of length 1 (in the sum of absolutes), or less.
    let length = iteration === 1 ? Math.min(1, 1 / sumOfAbsolutes(gradient)) * learningRate : learningRate;
    const before = gradient;
    if (lineSearch === "strong-wolfe") {
      ({ length, loss, gradient } = strongWolfe(evaluate, { x, loss, gradient, direction }, length));
      x = along(x, length, direction);
    } else {
      x = along(x, length, direction);
      ({ loss, gradient } = evaluate(x));
    }
    trajectory.points.push(x);
    trajectory.losses.push(loss);

    const s = direction.map((value) => length * value);
    const y = along(gradient, -1, before);
    if (dot(y, s) > SMALLEST_CURVATURE) {
      pairs.push({ s, y });
      if (pairs.length > history) pairs.shift();
      initialScale = dot(y, s) / dot(y, y);
    }
  }
  return trajectory;
}

/**
 * H g by the two-loop recursion. With rho = 1 / (y.s), each pair turns H into
 * (1 - rho s y^T) H (1 - rho y s^T) + rho s s^T; the first loop applies the right-hand factors, newest pair first, then
 * comes H0 = initialScale times the identity, then the left-hand factors, oldest first.
 */
function multiplyByInverseHessian(gradient: Float64Array, pairs: readonly Pair[], initialScale: number): Float64Array {
  const alphas = new Array<number>(pairs.length);
  let q: Float64Array = gradient;
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { s, y } = pairs[i];
    alphas[i] = dot(s, q) / dot(y, s);
    q = along(q, -alphas[i], y);
  }
  let r: Float64Array = q.map((value) => initialScale * value);
  for (let i = 0; i < pairs.length; i++) {
    const { s, y } = pairs[i];
    const beta = dot(y, r) / dot(y, s);
    r = along(r, alphas[i] - beta, s);
  }
  return r;
}

function negated(x: Float64Array): Float64Array {
  return x.map((value) => -value);
}

function sumOfAbsolutes(x: Float64Array): number {
  return x.reduce((total, value) => total + Math.abs(value), 0);
}
