/** The kernel level: what the adapter can do at best, and what each convolution of the network makes of it. */
import { chooseConvolution } from "../src/autograd/algorithms.ts";
import type { TileTarget } from "../src/kernels/convolution.ts";
import { Disagreement } from "./agreement.ts";
import { type Candidate, candidatesOf, type KernelLayer, kernelLayers, nameOf } from "./candidates.ts";
import { ceilings } from "./ceilings.ts";
import { commandOf } from "./engines/index.ts";
import { idealMilliseconds, medianOf } from "./measure.ts";
import { EngineProcess } from "./process.ts";
import type { CeilingJob, KernelJob, Preparation } from "./protocol.ts";
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

/** How many times as often the kernels of the ceilings are repeated. */
const CEILING_REPETITIONS = 3;

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
      const { medianMs, idealMs, leastMs } = await time(engine, job, {
        ...options,
        repetitions: CEILING_REPETITIONS * options.repetitions,
      });
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

/** Measures every layer at a size of the image, one after the other. */
export async function measureKernels(
  size: number,
  ceiling: Ceilings,
  options: KernelOptions,
  report: KernelReport,
): Promise<void> {
  const start = () => EngineProcess.start("kernels", commandOf("kernels"));
  let engine = await start();
  try {
    for (const layer of kernelLayers(size)) {
      let norm: number | undefined;
      for (const candidate of candidatesOf(layer, options.target)) {
        const { algorithm, tile } = candidate;
        const what = `${layer.names[0]} ${layer.direction} by ${algorithm}, ${tile}`;
        try {
          const { direction, convolution } = layer;
          const job: KernelJob = { kind: "kernel", direction, convolution, choice: candidate.choice };
          const timing = await time(engine, job, options);
          norm = checkNorm(what, await engine.norm(), norm);
          report.result(resultOf(size, layer, candidate, timing, ceiling, options));
        } catch (error) {
          report.failure(error instanceof Disagreement ? error.message : `${what}: ${(error as Error).message}`);
          // A device that failed stays failed.
          engine.stop();
          engine = await start();
        }
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

async function time(engine: EngineProcess, job: unknown, { repetitions, isSoftware }: KernelOptions): Promise<Timing> {
  const preparation = await engine.prepare(job);
  await engine.run();
  const warm = await engine.run();
  const once = (isSoftware && idealMilliseconds(warm)) || warm.ms;
  const batch = BATCH_MILLISECONDS[isSoftware ? "software" : "gpu"];
  const count = Math.min(MOST_RUNS_IN_BATCH, Math.max(1, Math.round(batch / once)));
  const medians: number[] = [];
  const ideals: (number | undefined)[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const run = await engine.run(count);
    medians.push(run.ms / count);
    const ideal = isSoftware ? idealMilliseconds(run) : undefined;
    ideals.push(ideal && ideal / count);
  }
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
