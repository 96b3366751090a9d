/** The loss curve: one line per term, the loss on a logarithmic scale, as SVG. */
import { byId, make, part } from "./dom.ts";
import type { StepFacts } from "./protocol.ts";

const WIDTH = 640;
const HEIGHT = 168;
/** Points that are drawn of each line, however many steps there are. */
const POINTS = 320;
/** Losses below this part of the largest are drawn at the bottom. */
const DECADES = 6;

const TERMS = ["total", "content", "style", "tv"] as const;
const TITLES = { total: "Total", content: "Content", style: "Style", tv: "TV" } as const;

type Term = (typeof TERMS)[number];

export class Chart {
  private readonly svg = byId("chart", SVGSVGElement);
  private readonly values: Record<Term, number[]> = { total: [], content: [], style: [], tv: [] };
  private readonly lines = {} as Record<Term, SVGPolylineElement>;
  private readonly numbers = {} as Record<Term, HTMLElement>;
  private readonly grid = document.createElementNS("http://www.w3.org/2000/svg", "path");
  private steps = 1;

  constructor() {
    this.grid.setAttribute("class", "grid");
    this.svg.append(this.grid);
    for (const term of [...TERMS].reverse()) {
      const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
      line.setAttribute("class", `line ${term}`);
      this.svg.append(line);
      this.lines[term] = line;
    }
    for (const term of TERMS) {
      this.numbers[term] = make("span", { className: "number" }, "–");
      const key = make("span", { className: `key ${term}` });
      part("legend").append(make("li", {}, key, `${TITLES[term]} `, this.numbers[term]));
    }
  }

  /** Forgets the run before. */
  clear(): void {
    for (const term of TERMS) this.values[term].length = 0;
    this.draw();
  }

  add({ losses, steps }: StepFacts): void {
    for (const term of TERMS) this.values[term].push(losses[term]);
    this.steps = steps;
  }

  /** Draws what was added. */
  draw(): void {
    const highest = TERMS.reduce((high, term) => this.values[term].reduce((a, b) => Math.max(a, b), high), 0);
    const top = Math.ceil(Math.log10(highest || 1));
    const lowest = TERMS.reduce(
      (low, term) => this.values[term].reduce((a, b) => (b > 0 ? Math.min(a, b) : a), low),
      highest || 1,
    );
    const bottom = Math.max(top - DECADES, Math.min(top - 1, Math.floor(Math.log10(lowest))));
    const yOf = (loss: number) => {
      const height = (Math.log10(Math.max(loss, 1e-30)) - bottom) / (top - bottom);
      return ((1 - Math.min(Math.max(height, 0), 1)) * (HEIGHT - 8) + 4).toFixed(1);
    };
    const decades = Array.from({ length: top - bottom + 1 }, (_, decade) => yOf(10 ** (bottom + decade)));
    this.grid.setAttribute("d", decades.map((y) => `M0 ${y}H${WIDTH}`).join(""));
    const count = this.values.total.length;
    part("chart-range").textContent = count === 0 ? "" : `, a line for each power of ten from 1e${bottom} to 1e${top}`;
    const stride = Math.max(1, Math.ceil(count / POINTS));
    const xOf = (index: number) => ((index / Math.max(1, this.steps - 1)) * WIDTH).toFixed(1);
    for (const term of TERMS) {
      const points: string[] = [];
      for (let index = 0; index < count; index += stride) points.push(`${xOf(index)},${yOf(this.values[term][index])}`);
      const last = this.values[term].at(-1);
      if (last !== undefined) points.push(`${xOf(count - 1)},${yOf(last)}`);
      this.lines[term].setAttribute("points", points.join(" "));
      this.numbers[term].textContent = last === undefined ? "–" : short(last);
    }
  }

  /** Says in words what the lines show; not at each step, which would chatter. */
  describe(): void {
    const { total } = this.values;
    const text =
      total.length === 0
        ? "no steps yet"
        : `total from ${short(total[0])} to ${short(total.at(-1)!)} in ${total.length} steps`;
    this.svg.setAttribute("aria-label", `Loss by term: ${text}`);
  }
}

/** Three digits. */
function short(value: number): string {
  return value === 0 || (value >= 0.01 && value < 1e4) ? String(Number(value.toPrecision(3))) : value.toExponential(2);
}
