/** Repeated measurements of the same job by several engines, in turns, so that all of them see the same machine. */
import { availableParallelism } from "node:os";
import { type Computed, checkAgreement, Disagreement, expectedOf } from "./agreement.ts";
import { ENGINES } from "./engines/index.ts";
import type { EngineProcess } from "./process.ts";
import type { ModelJob, Preparation, Run } from "./protocol.ts";
import type { ModelResult, Unavailable } from "./results.ts";
import { median } from "./statistics.ts";
import { type Mode, modeFlops } from "./workload.ts";

/** Runs before the first that counts. One is enough where it takes longer than this many milliseconds. */
const WARM_UP = 2;
const LONG_RUN = 5000;

/** Most runs whose host times count, one at once after the other, and no more when so many milliseconds have passed. */
const LOOP = { runs: 5, milliseconds: 10_000 };

/** What an engine has done so far of one job. */
interface Record {
  engine: EngineProcess;
  preparation: Preparation;
  warmUp: Run[];
  computed: Computed;
  runs: Run[];
  /** Those that follow another at once, as the steps of an optimiser do. After the turn of another engine, caches have to be filled again. */
  loop: Run[];
}

/**
 * The CPU time of everything but the main thread, over the cores: how long a run of a software adapter takes when nobody else
 * uses the machine and all cores are busy all the time. Undefined where the system does not tell.
 */
export function idealMilliseconds(run: Run, mainThreadComputes = false): number | undefined {
  if (mainThreadComputes) return run.cpuMs / availableParallelism();
  return run.mainThreadMs === undefined ? undefined : (run.cpuMs - run.mainThreadMs) / availableParallelism();
}

/** More runs than asked for, where they are short: until this many milliseconds have passed, or this many are done. */
const LEAST_MILLISECONDS = 1000;
const MOST_REPETITIONS = 50;

/**
 * Measures one job on all engines: prepares it everywhere, checks that all compute the same, and lets those that do run in
 * turns.
 */
export async function measureModel(
  engines: readonly EngineProcess[],
  job: ModelJob,
  { repetitions, isSoftware }: { repetitions: number; isSoftware: boolean },
): Promise<(ModelResult | Unavailable)[]> {
  const { mode, height: size } = job;
  const failed: Unavailable[] = [];
  let records: Record[] = [];
  let expected = expectedOf(job);
  for (const engine of engines) {
    try {
      const preparation = await engine.prepare(job);
      const warmUp = await warm(engine, mode);
      const computed: Computed = { value: warmUp[0].value };
      if (mode === "gradient") computed.norm = await engine.norm();
      if (mode === "step") computed.second = warmUp[1].value;
      expected ??= computed;
      checkAgreement(engine.name, mode, computed, expected, toleranceOf(engine));
      records.push({ engine, preparation, warmUp, computed, runs: [], loop: [] });
    } catch (error) {
      fail(engine, error);
    }
  }
  const began = performance.now();
  const isShort = () => performance.now() - began < LEAST_MILLISECONDS;
  for (let done = 0; records.length > 0 && (done < repetitions || (done < MOST_REPETITIONS && isShort())); done++) {
    for (const record of records) await run(record, record.runs);
  }
  for (const record of records) {
    const start = performance.now();
    const isLong = () => performance.now() - start > LOOP.milliseconds;
    await run(record, []);
    while (records.includes(record) && record.loop.length < LOOP.runs && !(record.loop.length > 0 && isLong())) {
      await run(record, record.loop);
    }
  }
  return [...records.map((record) => summarize(record, job, isSoftware)), ...failed];

  /** One more run, which has to compute what those before it did; an engine that fails is left out from then on. */
  async function run(record: Record, runs: Run[]): Promise<void> {
    try {
      const done = await record.engine.run();
      runs.push(done);
      // The loss changes from step to step.
      const { value } = mode === "step" ? done : record.computed;
      checkAgreement(record.engine.name, mode, { value: done.value }, { value }, toleranceOf(record.engine));
    } catch (error) {
      fail(record.engine, error);
      records = records.filter((other) => other !== record);
    }
  }

  function fail(engine: EngineProcess, error: unknown): void {
    const isWrong = error instanceof Disagreement || undefined;
    failed.push({ engine: engine.name, mode, size, unavailable: (error as Error).message, isWrong });
  }
}

function toleranceOf({ name }: EngineProcess): number {
  return ENGINES[name].tolerance ?? 1e-3;
}

async function warm(engine: EngineProcess, mode: Mode): Promise<Run[]> {
  const all: Run[] = [];
  // The loss after a step is checked, so that takes two runs.
  const isEnough = () => mode !== "step" && all[0]?.ms > LONG_RUN;
  while (all.length < WARM_UP && !isEnough()) all.push(await engine.run());
  return all;
}

function summarize(record: Record, { mode, height, width }: ModelJob, isSoftware: boolean): ModelResult {
  const { engine, preparation, warmUp, computed } = record;
  const of = (value: (run: Run) => number) => record.runs.map(value);
  const { mainThreadComputes } = ENGINES[engine.name];
  const ideals = record.runs.map((run) => (isSoftware ? idealMilliseconds(run, mainThreadComputes) : undefined));
  const idealMs = medianOf(ideals);
  const medianMs = median(of(({ ms }) => ms));
  const flops = modeFlops(mode, height, width);
  return {
    engine: engine.name,
    mode,
    size: height,
    repetitions: record.runs.length,
    medianMs,
    minMs: Math.min(...of(({ ms }) => ms)),
    maxMs: Math.max(...of(({ ms }) => ms)),
    idealMs,
    gflops: flops / medianMs / 1e6,
    idealGflops: idealMs && flops / idealMs / 1e6,
    hostMs: median(record.loop.map(({ hostMs }) => hostMs)),
    hostCpuMs: isSoftware ? medianOf(record.loop.map(({ hostCpuMs }) => hostCpuMs)) : undefined,
    mainThreadMs: mainThreadComputes ? undefined : medianOf(record.runs.map((run) => run.mainThreadMs)),
    firstMs: preparation.ms + warmUp[0].ms,
    firstCpuMs: preparation.cpuMs + warmUp[0].cpuMs,
    buffersCreated: Math.max(...of(({ buffersCreated }) => buffersCreated)),
    bufferBytes: Math.max(...of(({ bufferBytes }) => bufferBytes ?? 0)) || undefined,
    peakBytes: Math.max(...[...warmUp, ...record.runs].map(({ peakBytes }) => peakBytes)),
    plannedBytes: preparation.plannedBytes,
    naiveBytes: preparation.naiveBytes,
    value: warmUp[0].value,
    gradientNorm: computed.norm,
  };
}

/** The median, unless the system did not tell. */
export function medianOf(values: readonly (number | undefined)[]): number | undefined {
  return values.every((value) => value !== undefined) ? median(values) : undefined;
}
