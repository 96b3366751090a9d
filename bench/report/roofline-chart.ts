/**
 * The roofline by layer (Williams, Waterman and Patterson 2009): what each algorithm reaches in every layer, under what the
 * adapter can do at best. The roof of a layer is the lower of multiply-add throughput and of memory bandwidth times the
 * operations per byte of the layer. Winograd's algorithms multiply less, so their points may lie above it.
 */
import type { KernelResult, Results } from "../results.ts";
import { byLayer, fastest } from "./select.ts";
import { document, line, mark, ring, type Theme, text } from "./svg.ts";

const WIDTH = 880;
const HEIGHT = 400;
const LEFT = 56;
const RIGHT = 16;
const GAP = 40;
const TOP = 104;
const BOTTOM = 344;

const DIRECTIONS = [
  { key: "forward", title: "forward" },
  { key: "gradient", title: "input gradient" },
] as const;

/** The chart for one adapter, called `name` in its title. */
export function rooflineChart(results: Results, name: string, theme: Theme): string {
  const layers = byLayer(results);
  const ceilings = results.ceilings!;
  const size = results.kernels[0].size;
  const algorithms = [
    { name: "direct", shape: "circle", fill: theme.third },
    { name: "F(2x2)", shape: "square", fill: theme.second },
    { name: "F(4x4)", shape: "diamond", fill: theme.accent },
  ] as const;
  const { y, ticks } = logarithmic([
    ...results.kernels.map(({ gflops }) => gflops),
    ceilings.matmulGflops,
    ceilings.fmaGflops,
  ]);
  const column = (WIDTH - LEFT - RIGHT - GAP) / 2;
  const title = `Convolutions of VGG19 at ${size} × ${size} px on ${name}: GFLOP/s by layer`;
  const body = [
    text(16, 30, title, { fill: theme.text, size: 16, bold: true }),
    text(16, 50, "2 × multiplications of the direct convolution ÷ time, best tile of each algorithm", {
      fill: theme.muted,
    }),
    ...legend(),
  ];
  DIRECTIONS.forEach((direction, index) => {
    const x = LEFT + index * (column + GAP);
    const step = column / layers.length;
    body.push(text(x, TOP - 8, direction.title, { fill: theme.text, bold: true }));
    for (const tick of ticks) {
      body.push(line(x, y(tick), x + column, y(tick), theme.grid));
      body.push(text(x - 6, y(tick) + 4, String(tick), { fill: theme.muted, size: 11, anchor: "end" }));
    }
    body.push(line(x, y(ceilings.matmulGflops), x + column, y(ceilings.matmulGflops), theme.text, "5 4"));
    layers.forEach((layer, position) => {
      const center = x + (position + 0.5) * step;
      const [first] = layer[direction.key];
      if (!first) return;
      const roof = Math.min(ceilings.fmaGflops, first.intensity * ceilings.copyGbs);
      body.push(line(center - 0.4 * step, y(roof), center + 0.4 * step, y(roof), theme.text));
      algorithms.forEach(({ name: algorithm, shape, fill }, order) => {
        const best = fastest(layer[direction.key], algorithm);
        if (!best) return;
        const at = center + (order - 1) * 0.2 * step;
        body.push(mark(shape, at, y(best.gflops), 4.5, fill));
        if (isChosen(layer[direction.key], algorithm)) body.push(ring(at, y(best.gflops), 9, theme.text));
      });
      body.push(text(center, BOTTOM + 18, layer.title, { fill: theme.muted, size: 11, anchor: "middle" }));
    });
    body.push(text(x + column / 2, BOTTOM + 38, "layer", { fill: theme.muted, size: 11, anchor: "middle" }));
  });
  return document(WIDTH, HEIGHT, title, theme, body);

  function legend(): string[] {
    const marks = algorithms.flatMap(({ name: algorithm, shape, fill }, index) => {
      const x = LEFT + 6 + index * 72;
      return [mark(shape, x, 70, 4.5, fill), text(x + 10, 74, algorithm, { fill: theme.text })];
    });
    const x = LEFT + 6 + 3 * 72 + 8;
    return [
      ...marks,
      ring(x, 70, 8, theme.text),
      text(x + 14, 74, "chosen", { fill: theme.text }),
      line(x + 80, 70, x + 108, 70, theme.text),
      text(x + 114, 74, "roof: multiply-add, memory", { fill: theme.text }),
      line(x + 296, 70, x + 324, 70, theme.text, "5 4"),
      text(x + 330, 74, "matrix product", { fill: theme.text }),
    ];
  }
}

function isChosen(kernels: readonly KernelResult[], algorithm: string): boolean {
  return kernels.some((each) => each.isDefault && each.algorithm === algorithm);
}

/** A logarithmic axis over positive values, with a tick at 1, 2 and 5 of every decade. */
function logarithmic(values: readonly number[]): { y: (value: number) => number; ticks: number[] } {
  const [low, high] = [Math.min(...values) / 1.15, Math.max(...values) * 1.15];
  const y = (value: number) => BOTTOM - ((BOTTOM - TOP) * Math.log(value / low)) / Math.log(high / low);
  const ticks: number[] = [];
  for (let decade = 10 ** Math.floor(Math.log10(low)); decade <= high; decade *= 10) {
    ticks.push(
      ...[1, 2, 5]
        .map((factor) => Number((factor * decade).toPrecision(1)))
        .filter((each) => each >= low && each <= high),
    );
  }
  return { y, ticks };
}
