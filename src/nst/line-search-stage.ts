/**
 * One scale of a run by L-BFGS with line search. A step takes a direction from the history, then evaluates loss and slope at
 * lengths along it until the strong Wolfe conditions hold. Each evaluation replays one program, and only scalars come back.
 */
import { compile } from "../autograd/compile.ts";
import { gradients } from "../autograd/gradient.ts";
import { dot } from "../autograd/operations.ts";
import { add, pointwise } from "../autograd/pointwise.ts";
import { variable } from "../autograd/runtime.ts";
import type { Device } from "../gpu/device.ts";
import type { Planes } from "../image/picture.ts";
import { BestImage } from "./best-image.ts";
import { type LbfgsSettings, lbfgsMemory } from "./optimizers/lbfgs.ts";
import { type LossAndSlope, strongWolfe, type Trial } from "./optimizers/strong-wolfe.ts";
import type { Losses } from "./options.ts";
import { lossesOf, Replay, resultsOf } from "./replay.ts";
import type { Objective, Stage } from "./stage.ts";

/** Rounding of a float32 loss, relative to it: a rise below this is none. */
export const LOSS_ROUNDOFF = 2 ** -21;

/** Root mean square of the change of the image, in pixel values, below which a bracket is not worth dividing. */
const SMALLEST_CHANGE = 255 * 2 ** -24;

/** A line search that was made. */
export interface Search {
  start: LossAndSlope;
  /** The trials in order. */
  trials: readonly Trial[];
  /** Where it ended; of length 0 if nothing was better than the start, missing if no trial was finite. */
  found: Trial | undefined;
}

/** A stage that also tells how its last step went. */
export interface LineSearchStage extends Stage {
  readonly search: Search | undefined;
}

/** What an evaluation gives. */
interface Evaluated {
  losses: Losses;
  trial: Trial;
}

/** Compiles the programs for one size. Nothing is computed yet. */
export async function prepareLineSearchStage(
  device: Device,
  loss: Objective,
  start: Planes,
  { history, learningRate }: LbfgsSettings,
): Promise<LineSearchStage> {
  const shape = [3, start.height, start.width];
  const size = `${start.width}x${start.height}`;
  const memory = lbfgsMemory(device, shape, history);
  const best = new BestImage(device, start);
  const origin = variable(device, shape, start.data);
  const image = variable(device, shape, start.data);
  const direction = variable(device, shape);
  const gradient = variable(device, shape);
  const length = variable(device, []);

  /** From the image and gradient of the last evaluation to the next origin and direction. */
  const direct = await compile(
    device,
    () => {
      const next = memory.trace(gradient);
      const slope = dot(gradient, next.direction);
      const squared = dot(next.direction, next.direction);
      return {
        results: { slope, squared, length: next.length },
        assign: [...next.assignments, [direction, next.direction], [origin, image]],
      };
    },
    { label: `direction at ${size}`, rings: memory.rings },
  );
  const evaluation = await compile(
    device,
    () => {
      // At length 0 the direction may be anything, also not finite.
      const step = pointwise("select(a * b, T(0.0f), b == T(0.0f))", direction, length);
      const point = add(origin, step);
      const terms = loss.trace(point);
      const [slopes] = gradients(terms.total, [point]);
      return {
        results: { ...resultsOf(terms), slope: dot(slopes, direction) },
        assign: [[memory.step, step], [image, point], [gradient, slopes], ...best.keep(point, terms.total)],
      };
    },
    { label: `evaluation at ${size}` },
  );
  const directing = new Replay(device, direct);
  const evaluating = new Replay(device, evaluation);
  let here: Evaluated | undefined;
  let search: Search | undefined;
  let steps = 0;

  return {
    program: evaluation,
    get search() {
      return search;
    },
    momentum: async () => undefined,
    async step() {
      steps++;
      here ??= await evaluateStart();
      const { losses } = here;
      search = await searchFrom(losses.total);
      if (search.found) await settle(search.found);
      else await setBack();
      return losses;
    },
    image: async () => ({ ...start, data: await best.read() }),
    dispose() {
      for (const part of [directing, evaluating, memory, loss, best]) part.dispose();
      for (const tensor of [origin, image, direction, gradient, length]) tensor.dispose();
    },
  };

  async function evaluate(at: number): Promise<Evaluated> {
    length.write(Float32Array.of(at));
    const { slope, ...terms } = await evaluating.run();
    const losses = lossesOf(terms);
    here = { losses, trial: { length: at, loss: losses.total, slope } };
    return here;
  }

  async function evaluateStart(): Promise<Evaluated> {
    const evaluated = await evaluate(0);
    const { loss, slope } = evaluated.trial;
    // The direction is 0 yet, and so is the slope unless the gradient is not finite.
    if (!Number.isFinite(loss + slope)) await best.readAfterFailure(failure(loss), steps);
    return evaluated;
  }

  async function searchFrom(total: number): Promise<Search> {
    let line = await directing.run();
    if (!leadsDown(line.slope)) {
      // Rounding has spoilt the history: without it, the direction is the gradient's, reversed.
      memory.reset();
      line = await directing.run();
    }
    const from: LossAndSlope = { loss: total, slope: line.slope };
    const trials: Trial[] = [];
    if (!leadsDown(line.slope)) {
      return { start: from, trials, found: line.slope === 0 ? { length: 0, ...from } : undefined };
    }
    const limits = {
      smallestLength: SMALLEST_CHANGE / Math.sqrt(line.squared / origin.size),
      roundoff: LOSS_ROUNDOFF * Math.abs(total),
    };
    const found = await strongWolfe(
      async (at) => {
        const { trial } = await evaluate(at);
        trials.push(trial);
        return trial;
      },
      from,
      learningRate * line.length,
      limits,
    );
    return { start: from, trials, found };
  }

  /** Leaves image and gradient as they were at the trial that was found, which need not be the last one. */
  async function settle(found: Trial): Promise<void> {
    if (found.length === 0) memory.reset();
    if (found.length !== here?.trial.length) await evaluate(found.length);
  }

  async function setBack(): Promise<void> {
    origin.write(await best.readAfterFailure(failure(here!.losses.total), steps));
    memory.reset();
    await evaluate(0);
  }
}

function leadsDown(slope: number): boolean {
  return slope < 0 && Number.isFinite(slope);
}

/** What to report of a trial whose loss, or else its gradient, is not finite. */
function failure(loss: number): number {
  return Number.isFinite(loss) ? NaN : loss;
}
