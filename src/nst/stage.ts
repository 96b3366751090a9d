/**
 * One scale of a run: the compiled step and its state on the GPU. A step evaluates loss and gradient, updates the image,
 * and keeps the best image so far; the loss is read back before the next step begins, so that a loss that is not finite
 * is noticed at once and undone.
 */
import { compile } from "../autograd/compile.ts";
import { gradients } from "../autograd/gradient.ts";
import type { Tensor } from "../autograd/graph.ts";
import { pointwise } from "../autograd/pointwise.ts";
import type { Program } from "../autograd/program.ts";
import { variable } from "../autograd/runtime.ts";
import { NotFiniteError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import { ScalarReader } from "../gpu/scalar-reader.ts";
import type { Planes } from "../image/picture.ts";
import { literal } from "../kernels/kernel.ts";
import type { Network } from "../vgg/network.ts";
import { objective, type Targets, type Terms } from "./objective.ts";
import { makeOptimizer } from "./optimizers/index.ts";
import type { Momentum } from "./optimizers/optimizer.ts";
import type { Losses } from "./options.ts";
import type { Settings } from "./settings.ts";

/** How often a run may be set back to its best image before it is given up. */
const MAX_SETBACKS = 3;

/** Larger than any loss, and finite: WGSL has no literal for infinity. */
const NO_LOSS = 3e38;

/** Made by {@link prepareStage}. */
export interface Stage {
  /** Takes one step and gives the loss of the image it started from. */
  step(): Promise<Losses>;
  /** The result so far: the average of the images if the optimiser averages, else the image of the lowest loss. */
  image(): Promise<Planes>;
  /** What the optimiser leaves to the next scale. */
  momentum(): Promise<Momentum | undefined>;
  readonly program: Program;
  dispose(): void;
}

/** Compiles the step for one size. Nothing is computed yet. */
export async function prepareStage(
  device: Device,
  network: Network,
  targets: Targets,
  start: Planes,
  settings: Settings,
  before?: Momentum,
): Promise<Stage> {
  const shape = [3, start.height, start.width];
  const averaging = settings.optimizer.kind === "adam" ? settings.optimizer.averaging : 0;
  const loss = objective(device, network, targets, settings.objective);
  const image = variable(device, shape, start.data);
  const best = variable(device, shape, start.data);
  const bestLoss = variable(device, [], [NO_LOSS]);
  const average = averaging
    ? variable(
        device,
        shape,
        start.data.map((value) => value * (1 - averaging)),
      )
    : undefined;
  const optimizer = makeOptimizer(device, shape, settings.optimizer, before);
  let terms: Terms | undefined;
  const program = await compile(
    device,
    () => {
      terms = loss.trace(image);
      const [gradient] = gradients(terms.total, [image]);
      const updates = optimizer.trace(image, gradient);
      const moved = updates.find(([target]) => target === image)![1];
      return {
        results: flatten(terms),
        assign: [...updates, ...keepBest(terms.total), ...(average ? [keepAverage(average, moved)] : [])],
      };
    },
    { label: `step at ${start.width}x${start.height}`, rings: optimizer.rings },
  );
  const names = Object.keys(program.results);
  const reader = new ScalarReader(
    device,
    names.map((name) => program.results[name].storage!.buffer),
  );
  let steps = 0;
  let setbacks = 0;
  let fastest = Infinity;

  return {
    program,
    momentum: async () => optimizer.momentum?.(),
    async step() {
      const began = performance.now();
      program.run(steps++, reader.copy);
      if (Number.isFinite(fastest)) await pause(0.8 * fastest);
      const values = await reader.read();
      program.milliseconds = performance.now() - began;
      // The first step also finishes the compilation of the shaders.
      if (steps > 1) fastest = Math.min(fastest, program.milliseconds);
      const losses = unflatten(names, values);
      if (!Number.isFinite(losses.total)) await setBack(losses.total);
      return losses;
    },
    async image() {
      if (!average) return { ...start, data: await best.read() };
      // The average began with the start image alone: its weights add up to less than 1 (as Adam's do).
      const weight = 1 - averaging ** (steps + 1);
      return { ...start, data: (await average.read()).map((value) => value / weight) };
    },
    dispose() {
      reader.dispose();
      program.dispose();
      optimizer.dispose();
      loss.dispose();
      for (const tensor of [image, best, bestLoss, average]) tensor?.dispose();
    },
  };

  function keepBest(total: Tensor): [Tensor, Tensor][] {
    // Bits, because WGSL lets a compiler assume that there is no NaN to compare with.
    const isBetter = "(bitcast<u32>(a) & 0x7f800000u) != 0x7f800000u && a < b";
    const better = pointwise(`select(0.0f, 1.0f, ${isBetter})`, total, bestLoss);
    return [
      [best, pointwise("select(a, b, c > T(0.5f))", best, image, better)],
      [bestLoss, pointwise("select(a, b, c > T(0.5f))", bestLoss, total, better)],
    ];
  }

  function keepAverage(tensor: Tensor, moved: Tensor): [Tensor, Tensor] {
    return [tensor, pointwise(`T(${literal(averaging)}) * a + T(${literal(1 - averaging)}) * b`, tensor, moved)];
  }

  async function setBack(total: number): Promise<void> {
    const [lowest] = await bestLoss.read();
    if (lowest >= NO_LOSS || ++setbacks > MAX_SETBACKS) {
      throw new NotFiniteError(
        `The loss became ${total} at step ${steps}${lowest >= NO_LOSS ? "" : ` and again after ${MAX_SETBACKS} returns to the best image`}. Use smaller weights or a smaller learning rate.`,
        steps,
      );
    }
    const last = await best.read();
    image.write(last);
    average?.write(last.map((value) => value * (1 - averaging ** (steps + 1))));
    optimizer.reset();
  }
}

/** Names of results carry the term, so that they can be told apart again. */
function flatten({ total, content, style, tv }: Terms): Record<string, Tensor> {
  const prefixed = (prefix: string, terms: Record<string, Tensor>) =>
    Object.entries(terms).map(([layer, term]) => [`${prefix} ${layer}`, term]);
  return { total, tv, ...Object.fromEntries([...prefixed("content", content), ...prefixed("style", style)]) };
}

function unflatten(names: readonly string[], values: Float32Array): Losses {
  const losses: Losses = { total: 0, content: {}, style: {}, tv: 0 };
  names.forEach((name, index) => {
    const [term, layer] = name.split(" ");
    if (term === "content" || term === "style") losses[term][layer] = values[index];
    else losses[name as "total" | "tv"] = values[index];
  });
  return losses;
}

/**
 * Waits about as long as the step will take, before its result is asked for: Dawn in Node burns a whole CPU core as
 * long as a promise of the GPU is pending, and a software adapter has better use for it.
 */
function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => (milliseconds < 20 ? resolve() : setTimeout(resolve, milliseconds)));
}
