/**
 * The measured part of docs/kernels.md: what each algorithm makes of an adapter's ceilings, over the layers of VGG19, and what each
 * kernel does within a step.
 */
import type { ProgramResult, Results } from "../results.ts";
import { median } from "../statistics.ts";
import { byLayer, digits, fastest, timeOf } from "./select.ts";

const percent = (fraction: number) => `${(100 * fraction).toFixed(fraction < 0.0095 ? 1 : 0)} %`;

/** A table for one adapter, or nothing where no kernels were measured. `name` is the adapter's short one. */
export function kernelsSection(results: Results, name: string): string {
  const { ceilings, kernels, programs = [] } = results;
  if (!ceilings || kernels.length === 0) return "";
  const rows = [...new Set(kernels.map(({ algorithm }) => algorithm))].flatMap((algorithm) =>
    (["forward", "gradient"] as const).flatMap((direction) => {
      const best = byLayer(results).flatMap((layer) => fastest(layer[direction], algorithm) ?? []);
      if (best.length === 0) return [];
      const ofMatmul = best.map((each) => each.kernelFlops / timeOf(each) / 1e6 / ceilings.matmulGflops);
      const cells = [
        spread(ofMatmul),
        spread(best.map(({ ofMatmul: all }) => all)),
        spread(best.map(({ ofCopy }) => ofCopy)),
      ];
      return [`| ${algorithm} | ${direction} | ${cells.join(" | ")} |`];
    }),
  );
  const { matmulGflops, copyGbs } = ceilings;
  return `${name}: matrix product ${digits(matmulGflops)} GFLOP/s, copy ${digits(copyGbs)} GB/s.

| algorithm | direction | its operations, of the product's rate | the direct convolution's, of that rate | its bytes, of the copy's rate |
|---|---|---:|---:|---:|
${[rows.join("\n"), ...programs.map(programTable)].join("\n\n")}`;
}

/** What one program is in documents. */
const PROGRAM_TITLES: Readonly<Record<ProgramResult["program"], string>> = {
  step: "kernel of a step of Adam",
  "other kernels": "kernel that it does not need, 64 channels",
};

/** The kernels of a program. */
function programTable({ program, size, kernels }: ProgramResult): string {
  const rows = kernels.map(({ kernel, dispatches, ms, share, flops, ofMatmul, ofCopy }) => {
    const cells = [dispatches, digits(ms), percent(share), flops === 0 ? "" : percent(ofMatmul), percent(ofCopy)];
    return `| \`${kernel}\` | ${cells.join(" | ")} |`;
  });
  return `| ${PROGRAM_TITLES[program]}, ${size} px | dispatches | ms | of all | its operations, of the product's rate | its bytes, of the copy's rate |
|---|---:|---:|---:|---:|---:|
${rows.join("\n")}`;
}

/** The median, and the extremes in parentheses. */
function spread(fractions: readonly number[]): string {
  return `${percent(median([...fractions]))} (${percent(Math.min(...fractions))} to ${percent(Math.max(...fractions))})`;
}
