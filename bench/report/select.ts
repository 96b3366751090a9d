/** What tables and charts ask of the results. */
import type { Direction } from "../candidates.ts";
import { ENGINES } from "../engines/index.ts";
import type { KernelResult, ModelResult, Results } from "../results.ts";
import { MODES, type Mode } from "../workload.ts";

/** How modes are called in documents, in their order. */
export const MODE_TITLES: Readonly<Record<Mode, string>> = {
  forward: "forward",
  gradient: "loss and gradient",
  step: "step of Adam",
};

/** Name of an engine in documents. */
export const titleOf = (engine: string): string => ENGINES[engine]?.title ?? engine;

/** The measurements, without what was not available. */
export function measured({ results }: Results): ModelResult[] {
  return results.filter((each): each is ModelResult => !("unavailable" in each));
}

/** One measurement, if there is it. */
export function find(results: Results, engine: string, mode: Mode, size: number): ModelResult | undefined {
  return measured(results).find((each) => each.engine === engine && each.mode === mode && each.size === size);
}

/** The time that counts: that on free cores where the adapter runs on the CPU, else wall time. */
export const timeOf = ({ idealMs, medianMs }: { idealMs?: number; medianMs: number }): number => idealMs ?? medianMs;

/** The host time that counts, as {@link timeOf}. */
export const hostTimeOf = ({ hostCpuMs, hostMs }: ModelResult): number => hostCpuMs ?? hostMs;

/** GFLOP/s by {@link timeOf}. */
export const rateOf = ({ idealGflops, gflops }: ModelResult): number => idealGflops ?? gflops;

/** Engines, modes and sizes that were measured, each in the order of documents. */
export function axesOf(results: Results): { engines: string[]; modes: Mode[]; sizes: number[] } {
  const all = measured(results);
  return {
    engines: Object.keys(ENGINES).filter((name) => all.some(({ engine }) => engine === name)),
    modes: (Object.keys(MODE_TITLES) as Mode[]).filter(
      (name) => MODES.includes(name) && all.some(({ mode }) => mode === name),
    ),
    sizes: [...new Set(all.map(({ size }) => size))].sort((a, b) => a - b),
  };
}

/** The fastest tile of an algorithm for a layer and direction. */
export function fastest(kernels: readonly KernelResult[], algorithm?: string): KernelResult | undefined {
  const all = kernels.filter((each) => algorithm === undefined || each.algorithm === algorithm);
  return all.reduce<KernelResult | undefined>(
    (best, each) => (best && timeOf(best) <= timeOf(each) ? best : each),
    undefined,
  );
}

/** A layer of the network under its short title, such as `3_1`. */
export interface LayerResults {
  title: string;
  forward: KernelResult[];
  gradient: KernelResult[];
}

/** The kernel results of each layer, in the order of the network. */
export function byLayer({ kernels }: Results): LayerResults[] {
  const names = [...new Set(kernels.map(({ layers }) => layers[0]))];
  return names.map((name) => {
    const all = kernels.filter((each) => each.layers[0] === name);
    const of = (direction: Direction) => all.filter((each) => each.direction === direction);
    // conv3_2, conv3_3 and conv3_4 are 3_2-4.
    const { layers } = all[0];
    const last = layers.length > 1 ? `-${layers[layers.length - 1].slice(6)}` : "";
    return { title: name.slice(4) + last, forward: of("forward"), gradient: of("gradient") };
  });
}

/** A number with as many decimals as it needs to have three digits. */
export function digits(value: number): string {
  if (value === 0) return "0";
  return value.toFixed(Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
}
