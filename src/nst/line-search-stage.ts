/**
 * One scale of a run by L-BFGS with line search. A step takes a direction from the history, then evaluates loss and slope at
 * lengths along it until the strong Wolfe conditions hold.
 */
import type { Device } from "../gpu/device.ts";
import type { Planes } from "../image/picture.ts";
import { BestImage } from "./best-image.ts";
import type { LbfgsSettings } from "./optimizers/lbfgs.ts";
import { type LossAndSlope, strongWolfe, type Trial } from "./optimizers/strong-wolfe.ts";
import type { Losses } from "./options.ts";
import { prepareSearchLine } from "./search-line.ts";
import type { Objective, Stage } from "./stage.ts";

/** Rounding of a float32 loss, relative to it: a rise below this is none. */
export const LOSS_ROUNDOFF = 2 ** -21;

/** Root mean square of the change of the image, in pixel values, below which a bracket is not worth dividing. */
const SMALLEST_CHANGE = 255 * 2 ** -24;

/** A line search that was made. */
export interface Search {
  start: LossAndSlope;
  /** In the order in which they were tried. */
  trials: readonly Trial[];
  /** Where it ended: of length 0 if nothing was better than the start, undefined if no trial was finite. */
  found: Trial | undefined;
}

/** A stage that also tells how its last step went. */
export interface LineSearchStage extends Stage {
  readonly search: Search | undefined;
}

/** Compiles the programs for one size. Nothing is computed yet. */
export async function prepareLineSearchStage(
  device: Device,
  loss: Objective,
  start: Planes,
  { history, learningRate }: LbfgsSettings,
): Promise<LineSearchStage> {
  const best = new BestImage(device, start);
  const line = await prepareSearchLine(device, loss, best, start, history);
  /** Losses of the image evaluated last, and its place on the line. */
  let here: { losses: Losses; trial: Trial } | undefined;
  let search: Search | undefined;
  let steps = 0;

  return {
    program: line.program,
    get search() {
      return search;
    },
    momentum: async () => undefined,
    async step() {
      steps++;
      here ??= await evaluate(0);
      const { losses } = here;
      // Searches end at finite losses: only that of the start image can be another.
      if (!Number.isFinite(losses.total)) await best.noteFailure(losses.total, steps);
      search = await searchFrom(losses.total);
      // Loss or slope of the last trial was not finite, and so is their sum.
      if (!search.found) await best.noteFailure(here.trial.loss + here.trial.slope, steps);
      await settle(search.found?.length ?? 0);
      return losses;
    },
    result: () => ({ values: best.image, factor: 1 }),
    dispose() {
      for (const part of [line, loss, best]) part.dispose();
    },
  };

  async function evaluate(length: number) {
    const { losses, slope } = await line.evaluate(length);
    here = { losses, trial: { length, loss: losses.total, slope } };
    return here;
  }

  async function searchFrom(loss: number): Promise<Search> {
    let { slope, first, size } = await line.turn();
    if (!(slope < 0 && slope > -Infinity)) {
      // Rounding or overflow has spoilt the history: go on without it.
      line.reset();
      ({ slope, first, size } = await line.turn());
    }
    const trials: Trial[] = [];
    const attempt = async (length: number) => {
      const { trial } = await evaluate(length);
      trials.push(trial);
      return trial;
    };
    const limits = { smallestLength: SMALLEST_CHANGE / size, roundoff: LOSS_ROUNDOFF * Math.abs(loss) };
    const found = await strongWolfe(attempt, { loss, slope }, learningRate * first, limits);
    return { start: { loss, slope }, trials, found };
  }

  /** Leaves image and gradient as they are at the length that was found, which need not be the last one. */
  async function settle(length: number): Promise<void> {
    // The same direction would fail again.
    if (length === 0) line.reset();
    if (length !== here?.trial.length) await evaluate(length);
  }
}
