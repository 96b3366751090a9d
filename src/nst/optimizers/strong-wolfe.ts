/**
 * A line search to the strong Wolfe conditions: a length t along a descent direction with
 *
 *     f(t) <= f(0) + c1 t f'(0)   (the loss falls enough)      |f'(t)| <= c2 |f'(0)|   (and the slope is flat enough)
 *
 * after Nocedal and Wright 2006, algorithms 3.5 (widen until a bracket holds such a length) and 3.6 (narrow it), trials
 * chosen by the cubic of their equation 3.59. Constants, bounds and order of tests are those of torch.optim.LBFGS, so that
 * both try the same lengths. Torch has no answer to a loss that is not finite; here the search turns back towards its start.
 */

/** f and f' at one length. */
export interface LossAndSlope {
  loss: number;
  /** Derivative of the loss by the length: gradient . direction. */
  slope: number;
}

/** A length that was tried. */
export interface Trial extends LossAndSlope {
  length: number;
}

/** When a search gives up, and how exact its losses are. */
export interface SearchLimits {
  /** Most evaluations after the first, default 25. */
  evaluations?: number;
  /** Narrowest bracket that is worth dividing, default 0. */
  smallestLength?: number;
  /** Losses that differ by no more than this are taken for equal, default 0. */
  roundoff?: number;
}

const C1 = 1e-4;
const C2 = 0.9;

/** Share of the way that is left of a trial whose loss was not finite. The same factor by which a bracket may widen. */
const SHRINKING = 0.1;

/**
 * Searches along a line, beginning with the length `first`. `start` is f(0) and f'(0) < 0.
 *
 * Gives the first trial that satisfies the conditions; without one, the best that the limits allowed, which has length 0
 * where that is not lower than the start; and nothing if no trial at all had a finite loss and slope.
 *
 * @example
 * const found = await strongWolfe(async (t) => ({ loss: (t - 3) ** 2, slope: 2 * (t - 3) }), { loss: 9, slope: -6 }, 1);
 * console.log(found?.length); // 1: |f'(1)| = 4 is at most 0.9 * 6
 */
export async function strongWolfe(
  evaluate: (length: number) => Promise<LossAndSlope>,
  start: LossAndSlope,
  first: number,
  { evaluations = 25, smallestLength = 0, roundoff = 0 }: SearchLimits = {},
): Promise<Trial | undefined> {
  const origin: Trial = { length: 0, loss: start.loss, slope: start.slope };
  let used = -1;
  let someAreFinite = false;
  const found = await bracket();
  return someAreFinite ? found : undefined;

  function fallsEnough({ length, loss }: Trial): boolean {
    return loss <= origin.loss + C1 * length * origin.slope + roundoff;
  }

  function isFlat({ slope }: Trial): boolean {
    return Math.abs(slope) <= -C2 * origin.slope;
  }

  /** The end of a search without success: what is only as low as the start up to rounding may be the start itself. */
  function lowest(trial: Trial): Trial {
    return trial.loss < origin.loss ? trial : origin;
  }

  /** Tries a length; nearer and nearer to `base`, and at last that itself, while the result is not finite. */
  async function attempt(length: number, base: Trial): Promise<Trial> {
    used++;
    const { loss, slope } = await evaluate(length);
    if (Number.isFinite(loss) && Number.isFinite(slope)) {
      someAreFinite = true;
      return { length, loss, slope };
    }
    return used < evaluations ? attempt(base.length + SHRINKING * (length - base.length), base) : base;
  }

  /** Algorithm 3.5: goes further while the loss falls steeply. */
  async function bracket(): Promise<Trial> {
    let before = origin;
    let trial = await attempt(first, origin);
    while (used < evaluations) {
      // As torch, which does not compare the second trial with the first.
      const rises = used > 1 && trial.loss >= before.loss + roundoff;
      if (!fallsEnough(trial) || rises) return zoom(before, trial);
      if (isFlat(trial)) return trial;
      if (trial.slope >= 0) return zoom(before, trial);
      const shortest = trial.length + 0.01 * (trial.length - before.length);
      const next = cubicMinimum(before, trial, shortest, 10 * trial.length);
      [before, trial] = [trial, await attempt(next, trial)];
    }
    return lowest(trial);
  }

  /** Algorithm 3.6: divides the bracket; `low` is its end of the lower loss. */
  async function zoom(a: Trial, b: Trial): Promise<Trial> {
    let [low, high] = a.loss <= b.loss ? [a, b] : [b, a];
    let wasNearEnd = false;
    while (used < evaluations && Math.abs(high.length - low.length) > smallestLength) {
      const ends: Ends = [Math.min(low.length, high.length), Math.max(low.length, high.length)];
      const minimum = cubicMinimum(low, high, ...ends);
      const nearEnd = isNearEnd(minimum, ends);
      const mustMove: boolean = nearEnd && (wasNearEnd || ends.includes(minimum));
      wasNearEnd = nearEnd && !mustMove;
      const trial = await attempt(mustMove ? movedInside(minimum, ends) : minimum, low);
      if (!fallsEnough(trial) || trial.loss >= low.loss + roundoff) {
        [low, high] = trial.loss < low.loss ? [trial, low] : [low, trial];
      } else if (isFlat(trial)) {
        return trial;
      } else {
        [low, high] = [trial, trial.slope * (high.length - low.length) >= 0 ? low : high];
      }
    }
    return lowest(low);
  }
}

type Ends = readonly [left: number, right: number];

/** Share of a bracket next to its ends where a trial gains little. */
const MARGIN = 0.1;

function isNearEnd(length: number, [left, right]: Ends): boolean {
  return Math.min(right - length, length - left) < MARGIN * (right - left);
}

function movedInside(length: number, [left, right]: Ends): number {
  const margin = MARGIN * (right - left);
  return right - length < length - left ? right - margin : left + margin;
}

/** The minimum of the cubic through two trials and their slopes, kept within bounds; their middle if it has none. */
function cubicMinimum(one: Trial, other: Trial, shortest: number, longest: number): number {
  const [a, b] = one.length <= other.length ? [one, other] : [other, one];
  const d1 = a.slope + b.slope - (3 * (a.loss - b.loss)) / (a.length - b.length);
  const d2 = Math.sqrt(d1 * d1 - a.slope * b.slope);
  const minimum = b.length - ((b.length - a.length) * (b.slope + d2 - d1)) / (b.slope - a.slope + 2 * d2);
  return Number.isNaN(minimum) ? (shortest + longest) / 2 : Math.min(longest, Math.max(shortest, minimum));
}
