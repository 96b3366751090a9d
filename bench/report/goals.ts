/** What the project set out to reach, and what a file of results says of it. Ratios are within one run. */
import type { KernelResult, Results } from "../results.ts";
import { median } from "../statistics.ts";
import type { Mode } from "../workload.ts";
import { byLayer, fastest, find, hostTimeOf, timeOf } from "./select.ts";

/** A goal, with what was measured. */
export interface Goal {
  title: string;
  /** What is wanted, at least or at most. */
  wanted: number;
  atMost?: boolean;
  measured: number;
}

/** All goals for this kind of adapter of which something was measured. */
export function goalsOf(results: Results): Goal[] {
  const isGpu = results.adapter.kind === "gpu";
  const sizes = isGpu ? [512] : [96, 128];
  const goals: (Goal | undefined)[] = sizes.flatMap((size) => [
    faster(results, "gradient", size, ["tfjs"], isGpu ? 5 : 15, "TensorFlow.js"),
    faster(results, "gradient", size, ["jax-js"], isGpu ? 4 : 10, "jax-js"),
    faster(results, "forward", size, ["tfjs", "jax-js", "ort"], isGpu ? 3 : 10, "the fastest other engine on WebGPU"),
  ]);
  if (isGpu) {
    for (const size of [512, 1024]) goals.push(faster(results, "gradient", size, ["torch-cuda"], 1, "PyTorch (CUDA)"));
    goals.push(steps(results));
  }
  return [...goals, ...kernelGoals(results, isGpu), ...programGoals(results)].filter((goal) => goal !== undefined);
}

/** Times that nst-gpu is faster than the fastest of others. */
function faster(
  results: Results,
  mode: Mode,
  size: number,
  others: readonly string[],
  wanted: number,
  name: string,
): Goal | undefined {
  const own = find(results, "nst-gpu", mode, size);
  const times = others.flatMap((engine) => find(results, engine, mode, size) ?? []).map(timeOf);
  if (!own || times.length === 0) return undefined;
  const title = `${mode === "forward" ? "forward" : "loss and gradient"} at ${size} px, times faster than ${name}`;
  return { title, wanted, measured: Math.min(...times) / timeOf(own) };
}

function steps(results: Results): Goal | undefined {
  const step = find(results, "nst-gpu", "step", 512);
  if (!step) return undefined;
  return {
    title: "500 steps of Adam at 512 px, seconds",
    wanted: 5,
    atMost: true,
    measured: (500 * timeOf(step)) / 1000,
  };
}

function kernelGoals(results: Results, isGpu: boolean): Goal[] {
  // The first layer has 3 channels on one side: it is bound by memory, and its two directions are different work.
  const layers = byLayer(results).filter(({ title }) => title !== "1_1");
  if (layers.length === 0) return [];
  const direct = layers.flatMap(({ forward, gradient }) => [forward, gradient].map((all) => fastest(all, "direct")!));
  const goals: Goal[] = [
    {
      title: "direct convolution, fraction of the fastest matrix product, median of layers",
      wanted: 0.8,
      measured: median(direct.map(({ ofMatmul }) => ofMatmul)),
    },
  ];
  if (isGpu) {
    const { fmaGflops } = results.ceilings!;
    const measured = median(direct.map(({ gflops }) => gflops / fmaGflops));
    goals.push({
      title: "direct convolution, fraction of multiply-add throughput, median of layers",
      wanted: 0.5,
      measured,
    });
  }
  const chosen = (all: readonly KernelResult[]) => timeOf(all.find(({ isDefault }) => isDefault) ?? fastest(all)!);
  const ratios = layers.map(({ forward, gradient }) => chosen(gradient) / chosen(forward));
  goals.push({
    title: "time of the input gradient over forward, largest of layers from the second",
    wanted: 1.2,
    atMost: true,
    measured: Math.max(...ratios),
  });
  return goals;
}

function programGoals({ results, memory, scaling }: Results): Goal[] {
  const goals: Goal[] = [];
  const own = results.flatMap((each) => ("unavailable" in each || each.engine !== "nst-gpu" ? [] : each));
  if (own.length > 0) {
    const hostMs = Math.max(...own.map(hostTimeOf));
    const created = Math.max(...own.map((each) => each.buffersCreated));
    goals.push({ title: "host time per run, ms, largest of medians", wanted: 1, atMost: true, measured: hostMs });
    goals.push({ title: "WebGPU buffers made per run after the first", wanted: 0, atMost: true, measured: created });
  }
  if (scaling) {
    goals.push({
      title: `time of ${2 * scaling.size} x ${scaling.size} px over ${scaling.size} x ${scaling.size} px`,
      wanted: 2.1,
      atMost: true,
      measured: scaling.ratio,
    });
  }
  for (const { mode, size, bytesPerPixel } of memory) {
    if (mode !== "gradient") continue;
    goals.push({ title: `bytes per pixel planned at ${size} px`, wanted: 900, atMost: true, measured: bytesPerPixel });
  }
  return goals;
}
