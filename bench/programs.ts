/** Every kernel in its place, within a program that nst-gpu compiled: what each makes of the adapter's ceilings. */
import type { DispatchTime } from "../src/autograd/profile.ts";
import { commandOf } from "./engines/index.ts";
import { EngineProcess } from "./process.ts";
import type { ModelJob, OtherKernelsJob } from "./protocol.ts";
import type { Ceilings, KernelSum, ProgramResult } from "./results.ts";

/** Times the dispatches of a step of the whole network, and of the kernels that it does not need, each by itself. */
export async function measurePrograms(size: number, ceilings: Ceilings, repetitions: number): Promise<ProgramResult[]> {
  const step: ModelJob = { kind: "model", mode: "step", height: size, width: size };
  const others: OtherKernelsJob = { kind: "other kernels", size };
  return [
    { program: "step", size, kernels: await profile("nst-gpu", step) },
    { program: "other kernels", size, kernels: await profile("other-kernels", others) },
  ];

  async function profile(name: string, job: unknown): Promise<KernelSum[]> {
    const engine = await EngineProcess.start(name, commandOf(name));
    try {
      await engine.prepare(job);
      return byKernel(await engine.profile(repetitions), ceilings);
    } finally {
      engine.stop();
    }
  }
}

/** Adds up what one kernel, which the first word of the labels names, takes and does. */
export function byKernel(times: readonly DispatchTime[], ceilings: Ceilings): KernelSum[] {
  const whole = sum(times, "milliseconds");
  const kernels = new Map<string, DispatchTime[]>();
  for (const time of times) {
    const [kernel] = time.label.split(" ");
    kernels.set(kernel, [...(kernels.get(kernel) ?? []), time]);
  }
  return [...kernels]
    .map(([kernel, all]) => {
      const [ms, flops, bytes] = [sum(all, "milliseconds"), sum(all, "flops"), sum(all, "bytes")];
      const ofMatmul = flops / ms / 1e6 / ceilings.matmulGflops;
      const ofCopy = bytes / ms / 1e6 / ceilings.copyGbs;
      return { kernel, dispatches: all.length, ms, share: ms / whole, flops, bytes, ofMatmul, ofCopy };
    })
    .sort((a, b) => b.ms - a.ms);
}

function sum(times: readonly DispatchTime[], what: "milliseconds" | "flops" | "bytes"): number {
  return times.reduce((total, each) => total + each[what], 0);
}
