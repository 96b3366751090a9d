/** The documents and charts that are made of the recorded results. */
import { readdirSync, readFileSync } from "node:fs";
import { join, parse } from "node:path";
import type { Results } from "../results.ts";
import { enginesChart } from "./engines-chart.ts";
import { kernelsSection } from "./kernels-section.ts";
import { rooflineChart } from "./roofline-chart.ts";
import { section } from "./section.ts";
import { THEMES } from "./svg.ts";

const folder = join(import.meta.dirname, "..", "results");

/** What is recorded in bench/results, by the adapter's short name, in the order of the alphabet. */
export function recordedResults(): Map<string, Results> {
  const names = readdirSync(folder).map(parse);
  const recorded = names.filter(({ ext }) => ext === ".json").map(({ name }) => name);
  return new Map(recorded.sort().map((name) => [name, JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"))]));
}

/**
 * The files of the folder `docs` that show results, whole, by their path in it. What stands in a document between the comments
 * `begin NAME` and `end NAME` is replaced; everything else stays.
 */
export function reportFiles(recorded: ReadonlyMap<string, Results>, docs: string): Map<string, string> {
  const charts = new Map<string, string>();
  let performance = readFileSync(join(docs, "performance.md"), "utf8");
  let kernels = readFileSync(join(docs, "kernels.md"), "utf8");
  for (const [name, results] of recorded) {
    for (const [color, theme] of Object.entries(THEMES)) {
      const path = (kind: string) => `performance/${name}-${kind}-${color}.svg`;
      if (results.results.length > 0) charts.set(path("engines"), enginesChart(results, name, theme));
      if (results.kernels.length > 0) charts.set(path("layers"), rooflineChart(results, name, theme));
    }
    performance = replaceSection(performance, name, section(results, name));
    const table = kernelsSection(results, name);
    if (table) kernels = replaceSection(kernels, name, table);
  }
  return new Map([...charts, ["performance.md", performance], ["kernels.md", kernels]]);
}

/** Puts a section in the place of the one of the same name, or at the end. */
function replaceSection(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
  const whole = `${begin}\n${content}\n${end}`;
  const from = text.indexOf(begin);
  if (from < 0) return `${text.trimEnd()}\n\n${whole}\n`;
  return text.slice(0, from) + whole + text.slice(text.indexOf(end) + end.length);
}
