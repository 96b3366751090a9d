/**
 * Writes the measured parts of docs/performance.md and docs/kernels.md, and the charts, from the files in bench/results:
 * `npm run bench:report`.
 * What stands between the comments `begin NAME` and `end NAME` is replaced; everything else in the document stays.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, parse } from "node:path";
import type { Results } from "../results.ts";
import { enginesChart } from "./engines-chart.ts";
import { kernelsSection } from "./kernels-section.ts";
import { rooflineChart } from "./roofline-chart.ts";
import { section } from "./section.ts";
import { THEMES } from "./svg.ts";

const results = join(import.meta.dirname, "..", "results");
const docs = join(import.meta.dirname, "..", "..", "docs");
const charts = join(docs, "performance");
const file = join(docs, "performance.md");
const kernelsFile = join(docs, "kernels.md");

mkdirSync(charts, { recursive: true });
let page = readFileSync(file, "utf8");
let kernelsPage = readFileSync(kernelsFile, "utf8");
for (const each of readdirSync(results).sort()) {
  const { name, ext } = parse(each);
  if (ext !== ".json") continue;
  const measured: Results = JSON.parse(readFileSync(join(results, each), "utf8"));
  for (const [color, theme] of Object.entries(THEMES)) {
    if (measured.results.length > 0) write(`${name}-engines-${color}.svg`, enginesChart(measured, name, theme));
    if (measured.kernels.length > 0) write(`${name}-layers-${color}.svg`, rooflineChart(measured, name, theme));
  }
  page = replaceSection(page, name, section(measured, name));
  const kernels = kernelsSection(measured, name);
  if (kernels) kernelsPage = replaceSection(kernelsPage, name, kernels);
}
writeFileSync(file, page);
writeFileSync(kernelsFile, kernelsPage);

function write(name: string, svg: string): void {
  writeFileSync(join(charts, name), svg);
}

/** Puts a section in the place of the one of the same name, or at the end. */
function replaceSection(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
  const whole = `${begin}\n${content}\n${end}`;
  const from = text.indexOf(begin);
  if (from < 0) return `${text.trimEnd()}\n\n${whole}\n`;
  return text.slice(0, from) + whole + text.slice(text.indexOf(end) + end.length);
}
