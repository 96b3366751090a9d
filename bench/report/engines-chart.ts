/** Bars by engine: one column per mode, one group of bars per size. */
import { ENGINES } from "../engines/index.ts";
import type { Results } from "../results.ts";
import { axesOf, digits, find, MODE_TITLES, rateOf, titleOf } from "./select.ts";
import { document, line, rectangle, type Theme, text } from "./svg.ts";

const WIDTH = 880;
const LEFT = 150;
const RIGHT = 16;
const GAP = 24;
const TOP = 84;
const BAR = 13;
const ROW = 19;
const GROUP_HEADER = 24;
const GROUP_GAP = 10;
/** For the number beyond the end of the longest bar. */
const NUMBER = 40;

/** The chart for one adapter, called `name` in its title. */
export function enginesChart(results: Results, name: string, theme: Theme): string {
  const { engines, modes, sizes } = axesOf(results);
  const column = (WIDTH - LEFT - RIGHT - GAP * (modes.length - 1)) / modes.length;
  const groupHeight = GROUP_HEADER + engines.length * ROW + GROUP_GAP;
  const bottom = TOP + sizes.length * groupHeight;
  const isSoftware = results.adapter.kind === "software";
  const title = `VGG19 to conv5_1 on ${name}: GFLOP/s, more is better`;
  const subtitle = `2 × multiplications of the direct convolutions ÷ ${isSoftware ? `time on ${results.machine.cores} free cores` : "time"}, loss read back`;
  const body = [
    text(16, 30, title, { fill: theme.text, size: 16, bold: true }),
    text(16, 50, subtitle, { fill: theme.muted, size: 12 }),
  ];
  modes.forEach((mode, index) => {
    const x = LEFT + index * (column + GAP);
    body.push(text(x, TOP - 8, MODE_TITLES[mode], { fill: theme.text, bold: true }));
    const rates = engines.flatMap((engine) =>
      sizes.flatMap((size) => {
        const result = find(results, engine, mode, size);
        return result ? [rateOf(result)] : [];
      }),
    );
    const scale = (column - NUMBER) / Math.max(...rates);
    sizes.forEach((size, group) => {
      const y = TOP + group * groupHeight;
      if (index === 0) {
        body.push(text(16, y + 16, `${size} × ${size} px`, { fill: theme.muted, bold: true }));
        engines.forEach((engine, row) => {
          const fill = engine === "nst-gpu" ? theme.text : theme.muted;
          const label = text(LEFT - 8, y + GROUP_HEADER + row * ROW + 11, titleOf(engine), {
            fill,
            anchor: "end",
            bold: engine === "nst-gpu",
          });
          body.push(label);
        });
      }
      body.push(line(x, y + GROUP_HEADER - 4, x, y + GROUP_HEADER + engines.length * ROW - 2, theme.grid));
      engines.forEach((engine, row) => {
        const top = y + GROUP_HEADER + row * ROW;
        const result = find(results, engine, mode, size);
        if (!result) {
          const reason = ENGINES[engine].modes.includes(mode) ? "not measured" : "no gradients";
          body.push(text(x + 6, top + 11, reason, { fill: theme.muted, size: 11 }));
          return;
        }
        const length = Math.max(1, rateOf(result) * scale);
        const isNumberBold = engine === "nst-gpu";
        body.push(rectangle(x, top, length, BAR, colorOf(engine, theme)));
        const style = { fill: theme.text, size: 11, bold: isNumberBold };
        body.push(text(x + length + 5, top + 11, digits(rateOf(result)), style));
      });
    });
  });
  return document(WIDTH, bottom + 4, title, theme, body);
}

function colorOf(engine: string, theme: Theme): string {
  if (engine === "nst-gpu") return theme.accent;
  return engine.startsWith("torch") ? theme.other : theme.peer;
}
