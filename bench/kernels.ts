/** The kernel level: what the adapter can do at best, and what each convolution of the network makes of it. */
import { chooseConvolution } from "../src/autograd/algorithms.ts";
import type { TileTarget } from "../src/kernels/target.ts";
import { Disagreement } from "./agreement.ts";
import { type Candidate, candidatesOf, type KernelLayer, kernelLayers, nameOf } from "./candidates.ts";
import { ceilings } from "./ceilings.ts";
import { commandOf } from "./engines/index.ts";
import { idealMilliseconds, medianOf } from "./measure.ts";
import { EngineProcess } from "./process.ts";
import type { CeilingJob, KernelJob, Preparation, Run } from "./protocol.ts";
import type { CeilingResult, Ceilings, KernelResult } from "./results.ts";
import { median } from "./statistics.ts";

/** How to measure. */
export interface KernelOptions {
  repetitions: number;
  isSoftware: boolean;
  /** What nst-gpu chooses tiles for on this adapter. */
  target: TileTarget;
}

/** How long the runs of one measurement should take together: many short ones are waited for once. */
const BATCH_MILLISECONDS = { software: 100, gpu: 30 };

const MOST_RUNS_IN_BATCH = 500;

/** How many times as often as whole networks single kernels are repeated: they are short, and are compared with each other. */
const KERNEL_REPETITIONS = 3;

/** Largest relative difference between the norms of what algorithms compute. */
const TOLERANCE = 1e-3;

interface Timing {
  preparation: Preparation;
  /** Medians per evaluation. `ms` is the one that counts on this kind of adapter. */
  ms: number;
  medianMs: number;
  idealMs?: number;
  /** The least per evaluation, of the kind that counts. */
  leastMs: number;
}

/** Measures the ceilings: of each kernel the fastest of many runs, for a ceiling is what was reached at best. */
export async function measureCeilings(options: KernelOptions): Promise<Ceilings> {
  const engine = await EngineProcess.start("ceilings", commandOf("ceilings"));
  try {
    const all: CeilingResult[] = [];
    const norms = new Map<string, number>();
    for (const { kind, name, group, kernel } of ceilings(options.target)) {
      const job: CeilingJob = { kind: "ceiling", name: kernel.label };
      const warm = await warmUp(engine, job, options);
      while (warm.runs.length < KERNEL_REPETITIONS * options.repetitions) warm.runs.push(await engine.run(warm.count));
      const { medianMs, idealMs, leastMs } = timingOf(warm, options);
      norms.set(group, checkNorm(kernel.label, await engine.norm(), norms.get(group)));
      const rate = kind === "copy" ? { gbs: kernel.bytes / leastMs / 1e6 } : { gflops: kernel.flops / leastMs / 1e6 };
      all.push({ kind, name, medianMs, idealMs, ...rate });
    }
    const best = (kind: string, rate: "gflops" | "gbs") =>
      Math.max(...all.filter((each) => each.kind === kind).map((each) => each[rate]!));
    return {
      matmulGflops: best("matmul", "gflops"),
      fmaGflops: best("fma", "gflops"),
      copyGbs: best("copy", "gbs"),
      all,
    };
  } finally {
    engine.stop();
  }
}

/** Receives what was measured, and what went wrong. */
export interface KernelReport {
  result(result: KernelResult): void;
  failure(message: string): void;
}

/**
 * Measures every layer at a size of the image, one after the other. Within a layer both directions and all algorithms take turns: they
 * are compared, and the speed of a shared computer changes from minute to minute.
 */
export async function measureKernels(
  size: number,
  ceiling: Ceilings,
  options: KernelOptions,
  report: KernelReport,
): Promise<void> {
  const start = () => EngineProcess.start("kernels", commandOf("kernels"));
  let engine = await start();
  try {
    const layers = kernelLayers(size);
    for (const name of new Set(layers.map(({ names }) => names[0]))) {
      const ready: (Warm & { layer: KernelLayer; candidate: Candidate })[] = [];
      for (const layer of layers.filter(({ names }) => names[0] === name)) {
        let norm: number | undefined;
        for (const candidate of candidatesOf(layer, options.target)) {
          const what = `${name} ${layer.direction} by ${candidate.algorithm}, ${candidate.tile}`;
          try {
            const { direction, convolution } = layer;
            const job: KernelJob = { kind: "kernel", name, direction, convolution, choice: candidate.choice };
            const warm = await warmUp(engine, job, options);
            norm = checkNorm(what, await engine.norm(), norm);
            ready.push({ ...warm, layer, candidate });
          } catch (error) {
            report.failure(error instanceof Disagreement ? error.message : `${what}: ${(error as Error).message}`);
            // A device that failed stays failed.
            engine.stop();
            engine = await start();
          }
        }
      }
      for (let repetition = 0; repetition < KERNEL_REPETITIONS * options.repetitions; repetition++) {
        for (const { job, count, runs } of ready) {
          await engine.prepare(job);
          runs.push(await engine.run(count));
        }
      }
      for (const { layer, candidate, ...warm } of ready) {
        report.result(resultOf(size, layer, candidate, timingOf(warm, options), ceiling, options));
      }
    }
  } finally {
    engine.stop();
  }
}

function resultOf(
  size: number,
  { names, direction, convolution }: KernelLayer,
  { algorithm, tile }: Candidate,
  { preparation, ms, medianMs, idealMs }: Timing,
  ceiling: Ceilings,
  { target }: KernelOptions,
): KernelResult {
  const { inputs, outputs, inputHeight, inputWidth, height, width } = convolution;
  const flops = 2 * 9 * inputs * outputs * height * width;
  const leastBytes = 4 * (inputs * inputHeight * inputWidth + outputs * height * width + 9 * inputs * outputs);
  const chosen = nameOf(chooseConvolution(convolution, target));
  const gflops = flops / ms / 1e6;
  const gbs = preparation.bytes! / ms / 1e6;
  return {
    layers: names,
    direction,
    size,
    inputs,
    outputs,
    side: height,
    algorithm,
    tile,
    isDefault: chosen.algorithm === algorithm && chosen.tile === tile,
    medianMs,
    idealMs,
    gflops,
    gbs,
    ofMatmul: gflops / ceiling.matmulGflops,
    ofCopy: gbs / ceiling.copyGbs,
    kernelFlops: preparation.flops!,
    kernelBytes: preparation.bytes!,
    intensity: flops / leastBytes,
  };
}

/** A job that is compiled and has run, how many runs take as long as one measurement should, and what was measured. */
interface Warm {
  job: unknown;
  preparation: Preparation;
  count: number;
  runs: Run[];
}

async function warmUp(engine: EngineProcess, job: unknown, { isSoftware }: KernelOptions): Promise<Warm> {
  const preparation = await engine.prepare(job);
  await engine.run();
  const warm = await engine.run();
  const once = (isSoftware && idealMilliseconds(warm)) || warm.ms;
  const batch = BATCH_MILLISECONDS[isSoftware ? "software" : "gpu"];
  const count = Math.min(MOST_RUNS_IN_BATCH, Math.max(1, Math.round(batch / once)));
  return { job, preparation, count, runs: [] };
}

function timingOf({ preparation, count, runs }: Warm, { isSoftware }: KernelOptions): Timing {
  const medians = runs.map(({ ms }) => ms / count);
  const ideals = runs.map((run) => {
    const ideal = isSoftware ? idealMilliseconds(run) : undefined;
    return ideal && ideal / count;
  });
  const medianMs = median(medians);
  const idealMs = medianOf(ideals);
  const known = ideals.filter((each) => each !== undefined);
  const leastMs = Math.min(...(known.length > 0 ? known : medians));
  return { preparation, medianMs, idealMs, ms: idealMs ?? medianMs, leastMs };
}

/** Compares a norm with the first of its kind, if there was one; returns that. */
function checkNorm(what: string, norm: number, first: number | undefined): number {
  if (first === undefined) return norm;
  if (Math.abs(norm - first) <= TOLERANCE * first) return first;
  throw new Disagreement(`${what} gives a result of norm ${norm}, but others give ${first}: one of them is wrong.`);
}
