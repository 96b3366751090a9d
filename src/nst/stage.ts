/**
 * One scale of a run: the compiled step and its state on the GPU. A step evaluates loss and gradient, updates the image,
 * and keeps the best image so far. A loss that is not finite is noticed when it is read, and undone. L-BFGS with line search has steps of
 * another kind, in line-search-stage.ts.
 *
 * A GPU would wait while the loss is read and looked at, by estimate for a fifth of the time of a short step. It gets the next step before, and copies keep what
 * may be asked for until then: the image shown, and the moments that a change goes on with. Software adapters, whose steps are long, would only compute one more for a run that was aborted.
 */
import { compile } from "../autograd/compile.ts";
import { gradients } from "../autograd/gradient.ts";
import type { Tensor } from "../autograd/graph.ts";
import { pointwise } from "../autograd/pointwise.ts";
import type { Program } from "../autograd/program.ts";
import { variable } from "../autograd/runtime.ts";
import type { Device } from "../gpu/device.ts";
import type { Planes } from "../image/picture.ts";
import { literal } from "../kernels/kernel.ts";
import type { Network } from "../vgg/network.ts";
import { BestImage } from "./best-image.ts";
import { objective, type Targets } from "./objective.ts";
import { makeOptimizer } from "./optimizers/index.ts";
import type { Momentum } from "./optimizers/optimizer.ts";
import type { Losses } from "./options.ts";
import { lossesOf, Replay, resultsOf } from "./replay.ts";
import type { OptimizerSettings, Settings } from "./settings.ts";

/** Made by {@link prepareStage}. */
export interface Stage {
  /** Takes one step and gives the loss of the image it started from. `more` says that another one follows. */
  step(more?: boolean): Promise<Losses>;
  /** The result so far: the average of the images if the optimiser averages, else the image of the lowest loss. */
  result(): Shown;
  /** What the optimiser leaves to the next scale. */
  momentum(): Promise<Momentum | undefined>;
  /** What evaluates the loss. */
  readonly program: Program;
  dispose(): void;
}

/** An image on the GPU: the values [3, H, W] times the factor are in 0..255. */
export interface Shown {
  values: Tensor;
  factor: number;
}

/** Reads an image of a size from the GPU. */
export async function readShown({ values, factor }: Shown): Promise<Planes> {
  const [channels, height, width] = values.shape;
  return { channels, height, width, data: scaled(await values.read(), factor) };
}

/** What a stage minimises. The stage disposes it. */
export type Objective = ReturnType<typeof objective>;

/** Compiles the step for one size; each view of the network has its targets. Nothing is computed yet. */
export async function prepareStage(
  device: Device,
  views: readonly Network[],
  targets: readonly Targets[],
  start: Planes,
  settings: Settings,
  before?: Momentum,
): Promise<Stage> {
  const loss =
    views.length > 1
      ? (await import("./views.ts")).objectiveOfViews(device, views, targets, settings.objective)
      : objective(device, views[0], targets[0], settings.objective);
  const { optimizer } = settings;
  if (optimizer.kind === "lbfgs" && optimizer.lineSearch === "strong-wolfe") {
    // Loaded only where it is used: pages download less.
    const { prepareLineSearchStage } = await import("./line-search-stage.ts");
    return prepareLineSearchStage(device, loss, start, optimizer);
  }
  return prepareFixedStage(device, loss, start, optimizer, before);
}

/** A stage whose steps evaluate the loss once and go as far as the optimiser says. */
export async function prepareFixedStage(
  device: Device,
  loss: Objective,
  start: Planes,
  settings: OptimizerSettings,
  before?: Momentum,
): Promise<Stage> {
  const shape = [3, start.height, start.width];
  const averaging = settings.kind === "adam" ? settings.averaging : 0;
  const image = variable(device, shape, start.data);
  const best = new BestImage(device, start);
  const average = averaging ? variable(device, shape, scaled(start.data, 1 - averaging)) : undefined;
  const shown = average ?? best.image;
  const optimizer = await makeOptimizer(device, shape, settings, before);
  const handedOut = device.isSoftware ? [] : [shown, ...(optimizer.moments ?? [])];
  const copies = new Map(handedOut.map((tensor) => [tensor, variable(device, tensor.shape)]));
  const program = await compile(
    device,
    () => {
      const terms = loss.trace(image);
      const [gradient] = gradients(terms.total, [image]);
      const updates = optimizer.trace(image, gradient);
      const moved = updates.find(([target]) => target === image)![1];
      return {
        results: resultsOf(terms),
        assign: [
          ...updates,
          ...best.keep(image, terms),
          ...(average ? [keepAverage(average, moved)] : []),
          ...[...copies].map(([tensor, copy]) => [copy, tensor] as const),
        ],
      };
    },
    { label: `step at ${start.width}x${start.height}`, rings: optimizer.rings },
  );
  const replay = new Replay(device, program);
  let steps = 0;

  return {
    program,
    momentum: async () => optimizer.momentum?.(asReported),
    async step(more) {
      steps++;
      const losses = lossesOf(await replay.run(more && !device.isSoftware));
      if (!Number.isFinite(losses.total)) await setBack(losses.total);
      return losses;
    },
    result() {
      const values = asReported(shown);
      // The average began with the start image alone: its weights add up to less than 1 (as Adam's do).
      return { values, factor: average ? 1 / (1 - averaging ** (steps + 1)) : 1 };
    },
    dispose() {
      for (const part of [replay, optimizer, loss, best, image, average, ...copies.values()]) part?.dispose();
    },
  };

  /** What a tensor was after the last step whose losses were given. */
  function asReported(tensor: Tensor): Tensor {
    return (replay.isAhead && copies.get(tensor)) || tensor;
  }

  function keepAverage(tensor: Tensor, moved: Tensor): [Tensor, Tensor] {
    return [tensor, pointwise(`T(${literal(averaging)}) * a + T(${literal(1 - averaging)}) * b`, tensor, moved)];
  }

  async function setBack(total: number): Promise<void> {
    await replay.catchUp();
    await best.noteFailure(total, steps);
    const last = await best.image.read();
    image.write(last);
    average?.write(scaled(last, 1 - averaging ** (steps + 1)));
    optimizer.reset();
  }
}

function scaled(data: Float32Array, factor: number): Float32Array {
  return factor === 1 ? data : data.map((value) => value * factor);
}
