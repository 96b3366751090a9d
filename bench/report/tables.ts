/** The results as Markdown. */
import type { Results } from "../results.ts";
import type { Mode } from "../workload.ts";
import { goalsOf } from "./goals.ts";
import { axesOf, byLayer, digits, fastest, find, hostTimeOf, MODE_TITLES, rateOf, timeOf, titleOf } from "./select.ts";

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, index) => (index === 0 ? "---" : "---:")), ...rows]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n");

/** Where, when and by what command. */
export function provenance({ adapter, machine, versions, date, command }: Results): string {
  const { processor, cores, system } = machine;
  const all = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `${adapter.name}; ${processor}, ${cores} cores, ${system}; ${date}. ${all.join(", ")}.\n\`${command}\``;
}

/** Times of a mode by engine and size. */
export function modelTable(results: Results, mode: Mode): string {
  const { engines, sizes } = axesOf(results);
  const isSoftware = results.adapter.kind === "software";
  const rows = engines
    .filter((engine) => sizes.some((size) => find(results, engine, mode, size)))
    .map((engine) => [titleOf(engine), ...sizes.map((size) => cell(engine, size))]);
  return table([MODE_TITLES[mode], ...sizes.map((size) => `${size} px`)], rows);

  function cell(engine: string, size: number): string {
    const result = find(results, engine, mode, size);
    if (!result) return "";
    const own = find(results, "nst-gpu", mode, size);
    const ratio = own && engine !== "nst-gpu" ? `, ${digits(timeOf(result) / timeOf(own))}x` : "";
    const wall = isSoftware ? ` (${digits(result.medianMs)})` : "";
    return `${digits(timeOf(result))}${wall} ms, ${digits(rateOf(result))} GFLOP/s${ratio}`;
  }
}

/** What could not be measured, a line each. */
export function unavailable({ results }: Results): string {
  const lines = results.flatMap((each) => {
    if (!("unavailable" in each)) return [];
    const where = [each.mode && MODE_TITLES[each.mode], each.size && `${each.size} px`].filter(Boolean).join(", ");
    return `- ${titleOf(each.engine)}${where && ` (${where})`} was not available: ${each.unavailable.split("\n")[0]}`;
  });
  return lines.join("\n");
}

/** Memory, host time and the first run, of loss and gradient at the largest size. */
export function programTable(results: Results): string {
  const { engines, sizes } = axesOf(results);
  const size = sizes[sizes.length - 1];
  const megabytes = (bytes: number | undefined) => (bytes === undefined ? "" : digits(bytes / 1e6));
  const rows = engines.flatMap((engine) => {
    const result = find(results, engine, "gradient", size);
    if (!result) return [];
    const { plannedBytes, naiveBytes, bufferBytes, peakBytes, hostMs, hostCpuMs, buffersCreated, firstMs } = result;
    const plan = plannedBytes === undefined ? "" : `${megabytes(plannedBytes)} of ${megabytes(naiveBytes)}`;
    const first = digits(firstMs / 1000);
    const wall = hostCpuMs === undefined ? "" : ` (${digits(hostMs)})`;
    return [
      [
        titleOf(engine),
        plan,
        megabytes(bufferBytes),
        megabytes(peakBytes),
        digits(hostTimeOf(result)) + wall,
        String(buffersCreated),
        first,
      ],
    ];
  });
  const head = [
    "planned of naive, MB",
    "buffers, MB",
    "resident, MB",
    "host ms",
    "buffers made per run",
    "first run, s",
  ];
  return table([`loss and gradient, ${size} px`, ...head], rows);
}

/** The best tile of each algorithm by layer and direction. */
export function kernelTable(results: Results): string {
  const algorithms = [...new Set(results.kernels.map(({ algorithm }) => algorithm))];
  const rows = byLayer(results).flatMap((layer) =>
    (["forward", "gradient"] as const).flatMap((direction) => {
      const all = layer[direction];
      if (all.length === 0) return [];
      const cells = algorithms.map((algorithm) => {
        const best = fastest(all, algorithm);
        return best ? `${digits(timeOf(best))} ms, ${digits(best.gflops)} (${digits(best.ofMatmul)})` : "";
      });
      const chosen = all.find(({ isDefault }) => isDefault);
      const { inputs, outputs, side } = all[0];
      const name = chosen ? `${chosen.algorithm} ${digits(timeOf(chosen))} ms` : "";
      return [[layer.title, direction, `${inputs} to ${outputs}, ${side} x ${side}`, ...cells, name]];
    }),
  );
  return table(["layer", "direction", "channels, image", ...algorithms, "chosen"], rows);
}

/** The adapter's limits. */
export function ceilingLine({ ceilings }: Results): string {
  const { matmulGflops, fmaGflops, copyGbs } = ceilings!;
  return `Matrix product ${digits(matmulGflops)} GFLOP/s, multiply-add in registers ${digits(fmaGflops)} GFLOP/s, copy ${digits(copyGbs)} GB/s.`;
}

/** What was wanted and what was measured. */
export function goalTable(results: Results): string {
  const rows = goalsOf(results).map(({ title, wanted, atMost, measured }) => {
    const isReached = atMost ? measured <= wanted : measured >= wanted;
    return [title, `${atMost ? "at most" : "at least"} ${wanted}`, digits(measured), isReached ? "yes" : "no"];
  });
  return table(["goal", "wanted", "measured", "reached"], rows);
}
