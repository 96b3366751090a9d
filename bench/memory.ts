/** What nst-gpu needs for larger images: memory by its plan, and time. */
import { ENGINES } from "./engines/index.ts";
import { idealMilliseconds } from "./measure.ts";
import { EngineProcess } from "./process.ts";
import type { ModelJob } from "./protocol.ts";
import type { MemoryResult, Results } from "./results.ts";
import { median } from "./statistics.ts";

const start = () => EngineProcess.start("nst-gpu", ENGINES["nst-gpu"].command(false));

/** The memory plans of the modes that optimise, at one size. Compiles, but runs nothing. */
export async function measureMemory(size: number): Promise<MemoryResult[]> {
  const engine = await start();
  try {
    const results: MemoryResult[] = [];
    for (const mode of ["gradient", "step"] as const) {
      const job: ModelJob = { kind: "model", mode, height: size, width: size };
      const { plannedBytes = 0, naiveBytes = 0 } = await engine.prepare(job);
      results.push({ mode, size, plannedBytes, naiveBytes, bytesPerPixel: plannedBytes / size ** 2 });
    }
    return results;
  } finally {
    engine.stop();
  }
}

/** Least runs of either image that the time at twice the pixels is the ratio of: on shared cores that of one pair varies by a tenth. */
const LEAST_PAIRS = 15;

/** Loss and gradient of a square image and of one of twice the width, in turns. */
export async function measureScaling(
  size: number,
  { repetitions, isSoftware }: { repetitions: number; isSoftware: boolean },
): Promise<NonNullable<Results["scaling"]>> {
  const engines = [await start(), await start()];
  try {
    const times: number[][] = [[], []];
    for (const [index, engine] of engines.entries()) {
      const job: ModelJob = { kind: "model", mode: "gradient", height: size, width: size * (index + 1) };
      await engine.prepare(job);
      for (let warmUp = 0; warmUp < 2; warmUp++) await engine.run();
    }
    for (let pair = 0; pair < Math.max(repetitions, LEAST_PAIRS); pair++) {
      for (const [index, engine] of engines.entries()) {
        const run = await engine.run();
        times[index].push((isSoftware ? idealMilliseconds(run) : undefined) ?? run.ms);
      }
    }
    const [ms, doubledMs] = times.map(median);
    return { size, ms, doubledMs, ratio: doubledMs / ms };
  } finally {
    for (const engine of engines) engine.stop();
  }
}
