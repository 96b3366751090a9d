/**
 * A line search: how far to go along a direction. It ends at a length that satisfies the strong Wolfe conditions, in
 * words: the loss has fallen by a fair share of what the slope at the start promised, and the slope is now much
 * flatter. With f(t) the loss at x + t d and f'(t) its slope,
 *
 *     f(t) <= f(0) + c1 t f'(0)    and    |f'(t)| <= c2 |f'(0)|,    c1 = 1e-4, c2 = 0.9.
 *
 * It has two phases (Nocedal and Wright, Numerical Optimization, algorithms 3.5 and 3.6): widen until a bracket holds
 * such a length, then narrow the bracket. The details are those of torch.optim.LBFGS, which took them from minFunc.
 */
import type { Evaluate } from "./optimizers.ts";
import { along, dot } from "./vectors.ts";

const C1 = 1e-4;
const C2 = 0.9;

/** Where the search starts: a point, its loss and gradient, and the direction to go, which leads downhill. */
export interface SearchStart {
  x: Float64Array;
  loss: number;
  gradient: Float64Array;
  direction: Float64Array;
}

/** Limits of the search, by default those of torch. */
export interface SearchLimits {
  /** Most trials after the first. */
  trials?: number;
  /** The search ends when no variable changes by as much between the bracket's ends. */
  smallestChange?: number;
}

/** A length that was tried, in units of the direction, with the loss and gradient there. */
export interface Trial {
  length: number;
  loss: number;
  gradient: Float64Array;
  /** Derivative of the loss with respect to the length: gradient . direction. */
  slope: number;
}

/** Searches along `start.direction`, beginning with the length `first`. */
export function strongWolfe(
  evaluate: Evaluate,
  start: SearchStart,
  first: number,
  { trials = 25, smallestChange = 1e-9 }: SearchLimits = {},
): Trial {
  const { x, direction } = start;
  const origin: Trial = {
    length: 0,
    loss: start.loss,
    gradient: start.gradient,
    slope: dot(start.gradient, direction),
  };
  const largestComponent = direction.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);

  const attempt = (length: number): Trial => {
    const { loss, gradient } = evaluate(along(x, length, direction));
    return { length, loss, gradient, slope: dot(gradient, direction) };
  };
  const descendsEnough = (trial: Trial) => trial.loss <= origin.loss + C1 * trial.length * origin.slope;
  const isFlat = (trial: Trial) => Math.abs(trial.slope) <= -C2 * origin.slope;

  // Phase 1: go further until the loss rises or the slope does; the minimum then lies between the last two trials.
  let previous = origin;
  let current = attempt(first);
  let used = 0;
  let bracket: [Trial, Trial] | undefined;
  for (; used < trials; used++) {
    if (!descendsEnough(current) || (used > 1 && current.loss >= previous.loss)) {
      bracket = [previous, current];
      break;
    }
    if (isFlat(current)) return current;
    if (current.slope >= 0) {
      bracket = [previous, current];
      break;
    }
    const nearest = current.length + 0.01 * (current.length - previous.length);
    const next = cubicMinimum(previous, current, nearest, 10 * current.length);
    previous = current;
    current = attempt(next);
  }
  bracket ??= [origin, current];

  // Phase 2: try the minimum of a cubic between both ends and let it take the place of one of them.
  let [low, high] = bracket[0].loss <= bracket[1].loss ? bracket : [bracket[1], bracket[0]];
  let wasNearEnd = false;
  for (; used < trials; used++) {
    if (Math.abs(high.length - low.length) * largestComponent < smallestChange) break;
    const [left, right] = low.length < high.length ? [low, high] : [high, low];
    const interpolated = cubicMinimum(left, right, left.length, right.length);
    const { length, isNearEnd } = keepAway(interpolated, left.length, right.length, wasNearEnd);
    wasNearEnd = isNearEnd;
    const trial = attempt(length);

    if (!descendsEnough(trial) || trial.loss >= low.loss) {
      high = trial;
      if (high.loss < low.loss) [low, high] = [high, low];
      continue;
    }
    if (isFlat(trial)) return trial;
    if (trial.slope * (high.length - low.length) >= 0) high = low;
    low = trial;
  }
  return low;
}

/**
 * A trial within a tenth of the bracket from an end makes little progress. The first one is let pass; the next, or one
 * right at an end, is moved to that tenth.
 */
function keepAway(
  length: number,
  left: number,
  right: number,
  wasNearEnd: boolean,
): { length: number; isNearEnd: boolean } {
  const margin = 0.1 * (right - left);
  if (Math.min(right - length, length - left) >= margin) return { length, isNearEnd: false };
  if (!wasNearEnd && length > left && length < right) return { length, isNearEnd: true };
  const moved = right - length < length - left ? right - margin : left + margin;
  return { length: moved, isNearEnd: false };
}

/**
 * The length between `smallest` and `largest` at which the cubic through both trials, with their slopes, is lowest
 * (Nocedal and Wright, equation 3.59); the middle if it has no minimum. `a` is the shorter of the two trials.
 */
function cubicMinimum(a: Trial, b: Trial, smallest: number, largest: number): number {
  const d1 = a.slope + b.slope - (3 * (a.loss - b.loss)) / (a.length - b.length);
  const d2Squared = d1 ** 2 - a.slope * b.slope;
  if (d2Squared < 0) return (smallest + largest) / 2;
  const d2 = Math.sqrt(d2Squared);
  const lowest = b.length - (b.length - a.length) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2));
  return Math.min(Math.max(lowest, smallest), largest);
}
