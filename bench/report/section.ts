/** The part of docs/performance.md that belongs to one adapter. */
import type { Results } from "../results.ts";
import { axesOf } from "./select.ts";
import { ceilingLine, goalTable, kernelTable, modelTable, programTable, provenance, unavailable } from "./tables.ts";

/** All of it, from the heading on. `name` is the adapter's short one, as its files have it. */
export function section(results: Results, name: string): string {
  const { modes } = axesOf(results);
  const parts = [`## ${name}`, provenance(results)];
  if (modes.length > 0) {
    parts.push(picture(name, "engines", `GFLOP/s by engine on ${name}`));
    parts.push(...modes.map((mode) => modelTable(results, mode)), unavailable(results));
    if (modes.includes("gradient")) parts.push(programTable(results));
  }
  if (results.kernels.length > 0) {
    parts.push(
      picture(name, "layers", `GFLOP/s by layer and algorithm on ${name}`),
      ceilingLine(results),
      kernelTable(results),
    );
  }
  parts.push(goalTable(results));
  return parts.filter(Boolean).join("\n\n");
}

/** The chart that suits the reader's background. */
function picture(name: string, chart: string, title: string): string {
  const file = (color: string) => `performance/${name}-${chart}-${color}.svg`;
  return `<picture>
  <source media="(prefers-color-scheme: dark)" srcset="${file("dark")}">
  <img alt="${title}" src="${file("light")}">
</picture>`;
}
