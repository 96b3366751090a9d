import { describe, expect, it } from "vitest";
import { createProgress } from "../../src/cli/progress.ts";
import type { StepReport } from "../../src/nst/options.ts";
import { INFO } from "./fake-host.ts";

const ERASE_LINE = "\u001b[2K";

function report(step: number, steps: number, seconds = step / 2): StepReport {
  const losses = { total: 12345.678, content: {}, style: {}, tv: 0 };
  const image = () => Promise.reject(new Error("Progress reads no image."));
  const secondsLeft = (steps - step) / 2;
  const sizes = { scale: 0, width: 8, height: 8 };
  const unused = { bytes: 0, draw: async () => {}, change: () => {} };
  return { step, steps, ...sizes, loss: losses.total, losses, seconds, secondsLeft, info: INFO, ...unused, image };
}

/** A screen that keeps what is written, and can show what a terminal would after all of it. */
function fakeScreen(isTTY: boolean, columns?: number) {
  const written: string[] = [];
  return {
    isTTY,
    columns,
    written,
    write: (text: string) => written.push(text),
    /** The lines that are visible in the end: carriage return and "erase line" are all that may be used. */
    visible(): string[] {
      const lines = [""];
      for (const part of written
        .join("")
        .replaceAll(ERASE_LINE, "\r")
        .split(/(\r|\n)/)) {
        if (part === "\n") lines.push("");
        else if (part === "\r") lines[lines.length - 1] = "";
        else lines[lines.length - 1] += part;
      }
      expect(lines.join("")).not.toContain("\u001b");
      return lines;
    },
  };
}

describe("on a terminal", () => {
  it("redraws one line with bar, step, loss, speed and time left", () => {
    const screen = fakeScreen(true, 100);
    const progress = createProgress(screen, false);
    for (let step = 1; step <= 50; step++) progress.step(report(step, 200));
    // 50 of 200 steps in 25 s: a quarter, 2 steps per second, 75 s left.
    expect(screen.visible()).toEqual([
      expect.stringMatching(/^\[#+\.+\] step 50\/200 {2}loss 1\.235e\+4 {2}2\.00 steps\/s {2}1:15 left$/),
    ]);
    const [bar] = /\[.*\]/.exec(screen.visible()[0]) ?? [""];
    expect(bar.split("#").length - 1).toBe(Math.round((bar.length - 2) / 4));
  });

  it.each([200, 80, 60, 50, 40, 20, 10, 5])("never fills a line of %i columns", (columns) => {
    const screen = fakeScreen(true, columns);
    const progress = createProgress(screen, false);
    progress.begin("preparing");
    for (let step = 1; step <= 3000; step += 500) progress.step(report(step, 3000));
    for (const text of screen.written) expect(text.replace(`\r${ERASE_LINE}`, "").length).toBeLessThan(columns);
    expect(screen.visible()).toEqual([expect.stringContaining("step".slice(0, columns - 1))]);
  });

  it("follows a change of the width", () => {
    const screen = fakeScreen(true, 100);
    const progress = createProgress(screen, false);
    progress.step(report(1, 9));
    screen.columns = 30;
    progress.step(report(2, 9));
    expect(screen.visible()[0].length).toBeLessThan(30);
  });

  it("prints notes above the bar", () => {
    const screen = fakeScreen(true);
    const progress = createProgress(screen, false);
    progress.step(report(1, 9));
    progress.note("a warning");
    expect(screen.visible()).toEqual(["a warning", expect.stringContaining("step 1/9")]);
  });

  it("leaves nothing behind at the end", () => {
    const screen = fakeScreen(true);
    const progress = createProgress(screen, false);
    progress.begin("preparing");
    progress.step(report(9, 9));
    progress.end();
    expect(screen.visible()).toEqual([""]);
  });

  it("shows hours only where there are any", () => {
    const screen = fakeScreen(true);
    createProgress(screen, false).step({ ...report(1, 2), secondsLeft: 2 * 3600 + 3 * 60 + 4 });
    expect(screen.visible()[0]).toContain("2:03:04 left");
  });
});

describe("elsewhere", () => {
  it("prints plain lines: the first, each tenth and the last", () => {
    const screen = fakeScreen(false);
    const progress = createProgress(screen, false);
    progress.begin("preparing");
    for (let step = 1; step <= 250; step++) progress.step(report(step, 250));
    progress.end();
    const steps = screen.written.map((line) => Number(/^step (\d+)\/250 /.exec(line)?.[1]));
    expect(steps).toEqual([1, 25, 50, 75, 100, 125, 150, 175, 200, 225, 250]);
    for (const control of ["\r", "\u001b"]) expect(screen.written.join("")).not.toContain(control);
    for (const line of screen.written) expect(line.endsWith("\n")).toBe(true);
  });

  it("prints each of a few steps once", () => {
    const screen = fakeScreen(false);
    const progress = createProgress(screen, false);
    for (let step = 1; step <= 3; step++) progress.step(report(step, 3));
    expect(screen.written.length).toBe(3);
  });
});

it.each([true, false])("prints nothing when quiet (terminal: %s)", (isTTY) => {
  const screen = fakeScreen(isTTY);
  const progress = createProgress(screen, true);
  progress.begin("preparing");
  progress.step(report(1, 1));
  progress.note("a warning");
  progress.end();
  expect(screen.written).toEqual([]);
});
