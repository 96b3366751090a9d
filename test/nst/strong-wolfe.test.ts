/** The line search goes the way of PyTorch's and of the oracle's, and copes with what neither has: infinities and rounding. */
import { describe, expect, it } from "vitest";
import {
  type LossAndSlope,
  type SearchLimits,
  strongWolfe,
  type Trial,
} from "../../src/nst/optimizers/strong-wolfe.ts";
import { expectClose, expectCloseNumber, readFixture } from "../oracle/fixture.ts";
import { type Array64, array64, strongWolfe as oracleSearch, random } from "../oracle/index.ts";

type Line = (length: number) => LossAndSlope;

/** Searches and notes every length that is tried. */
async function searchOn(line: Line, first: number, limits?: SearchLimits): Promise<[Trial | undefined, number[]]> {
  const lengths: number[] = [];
  const evaluate = async (length: number) => {
    lengths.push(length);
    return line(length);
  };
  return [await strongWolfe(evaluate, line(0), first, limits), lengths];
}

function satisfiesWolfe(line: Line, { length, loss, slope }: Trial): boolean {
  const start = line(0);
  return loss <= start.loss + 1e-4 * length * start.slope && Math.abs(slope) <= 0.9 * Math.abs(start.slope);
}

/** The functions of make-optimizer-fixtures.py and their derivatives. */
const FUNCTIONS: Record<"waves" | "cliff", Line> = {
  waves: (x) => ({ loss: Math.sin(x) + 0.125 * Math.cos(9 * x), slope: Math.cos(x) - 1.125 * Math.sin(9 * x) }),
  cliff: (x) => ({
    loss: Math.cos(x) - 2 * Math.tanh(500 * x),
    slope: -Math.sin(x) - 1000 * (1 - Math.tanh(500 * x) ** 2),
  }),
};

/** The values of a function along a direction from a point. */
function along(f: Line, start: number, direction: number): Line {
  return (length) => {
    const { loss, slope } = f(start + length * direction);
    return { loss, slope: slope * direction };
  };
}

interface RecordedSearch {
  function: "waves" | "cliff";
  start: number;
  first: number;
  direction: Array64;
  trials: number[];
  length: number;
  loss: number;
}

it.each(readFixture<RecordedSearch[]>("line-search"))(
  "tries the lengths that PyTorch tries on $function from $start, first by $first",
  async ({ function: name, start, first, direction, trials, length, loss }) => {
    const line = along(FUNCTIONS[name], start, direction.data[0]);
    const limits = { smallestLength: 1e-9 / Math.abs(direction.data[0]) };
    const [found, lengths] = await searchOn(line, first, limits);
    expectClose(array64([lengths.length], lengths), array64([trials.length], trials), 1e-9);
    expectCloseNumber(found!.length, length, 1e-9);
    expectCloseNumber(found!.loss, loss, 1e-9);
  },
);

describe("tries the lengths that the oracle tries", () => {
  // Hilly lines, first trials from far too short to far too long, few trials and many.
  const cases = Array.from({ length: 200 }, (_, seed) => {
    const next = random(seed);
    const [a, b, c] = [0.2 + 3 * next(), 6 * next(), next()];
    return { seed, a, b, c, start: 4 * next() - 2, first: 10 ** (6 * next() - 4), trials: 1 + Math.floor(25 * next()) };
  });

  it.each([
    ["a hilly parabola", 0.1],
    ["hills that fall for ever", 0],
  ])("on %s", async (_name, curvature) => {
    let zoomed = 0;
    for (const { seed, a, b, c, start, first, trials } of cases) {
      const f: Line = (x) => ({
        loss: curvature * x * x + c * x + a * Math.sin(x + b) + 0.2 * Math.cos(7 * x),
        slope: 2 * curvature * x + c + a * Math.cos(x + b) - 1.4 * Math.sin(7 * x),
      });
      const direction = -f(start).slope;
      const line = along(f, start, direction);
      const expected: number[] = [];
      const from = { x: Float64Array.of(start), loss: f(start).loss, gradient: Float64Array.of(f(start).slope) };
      const oracle = oracleSearch(
        ([x]) => {
          expected.push((x - start) / direction);
          return { loss: f(x).loss, gradient: Float64Array.of(f(x).slope) };
        },
        { ...from, direction: Float64Array.of(direction) },
        first,
        { trials },
      );
      const limits = { evaluations: trials, smallestLength: 1e-9 / Math.abs(direction) };
      const [found, lengths] = await searchOn(line, first, limits);
      expect(lengths.length, `trials of case ${seed}`).toBe(expected.length);
      expectClose(array64([lengths.length], lengths), array64([expected.length], expected), 1e-6);
      expectCloseNumber(found!.length, oracle.length, 1e-6);
      zoomed += lengths.some((length, index) => length < lengths[index - 1]) ? 1 : 0;
    }
    expect(zoomed, "cases that narrowed a bracket").toBeGreaterThan(20);
  });
});

it("gives up after the evaluations allowed, and ends at the lowest loss", async () => {
  const [found, lengths] = await searchOn((t) => ({ loss: -t, slope: -1 }), 1, { evaluations: 7 });
  // A straight line has no flat place: each trial is ten times as long as the one before it.
  expect(lengths).toEqual([1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7]);
  expect(found).toEqual({ length: 1e7, loss: -1e7, slope: -1 });
});

it("ends at the start where every trial is higher", async () => {
  const line: Line = (t) => (t === 0 ? { loss: 0, slope: -1 } : { loss: 1 + t, slope: 1 });
  const [found, lengths] = await searchOn(line, 1);
  expect(lengths.length).toBe(26);
  expect(found).toEqual({ length: 0, loss: 0, slope: -1 });
});

it("does not end at an unchecked last trial that is higher than the start", async () => {
  const line: Line = (t) => ({ loss: t < 2 ? -t : t, slope: -1 });
  const [found, lengths] = await searchOn(line, 1, { evaluations: 1 });
  expect(lengths).toEqual([1, 10]);
  expect(found!.length).toBe(0);
});

it("ends when the bracket is too narrow", async () => {
  const line: Line = (t) => (t === 0 ? { loss: 0, slope: -1 } : { loss: 1 + t, slope: 1 });
  const [, lengths] = await searchOn(line, 1, { smallestLength: 1e-3 });
  // The bracket reaches from 0 to the trial before.
  expect(lengths.at(-2)).toBeGreaterThan(1e-3);
  expect(lengths.at(-1)).toBeLessThanOrEqual(1e-3);
});

describe("a loss that is not finite", () => {
  /** Falls to its minimum at 0.75 and rises to a wall at 1. */
  const walled: Line = (t) =>
    t < 1 ? { loss: -t - 0.25 * Math.log(1 - t), slope: -1 + 0.25 / (1 - t) } : { loss: NaN, slope: NaN };

  it.each([1.5, 20, 1e6, 1e20])("turns back before the wall from %d", async (first) => {
    const [found, lengths] = await searchOn(walled, first);
    expect(lengths[1]).toBeCloseTo(first / 10, 10);
    expect(found!.length).toBeGreaterThan(0);
    expect(satisfiesWolfe(walled, found!)).toBe(true);
  });

  it("turns back when widening runs into the wall", async () => {
    const [found, lengths] = await searchOn(walled, 0.01);
    expect(lengths.every((length) => length > 0)).toBe(true);
    expect(satisfiesWolfe(walled, found!)).toBe(true);
  });

  it.each([
    { loss: Infinity, slope: -1 },
    { loss: 1, slope: NaN },
  ])("gives nothing where all are like %o", async (bad) => {
    const [found, lengths] = await searchOn((t) => (t === 0 ? { loss: 1, slope: -1 } : bad), 1);
    expect(found).toBeUndefined();
    expect(lengths.length).toBe(26);
  });
});

describe("losses with rounding", () => {
  /** A parabola so shallow that a float32 of its height hides it: what is left is a step of one unit, up or down. */
  const rounded: Line = (t) => ({
    loss: Math.fround(1e6 + 1e-6 * (t - 100) ** 2) + (Math.floor(t) % 2 ? 0.0625 : 0),
    slope: 2e-6 * (t - 100),
  });

  it.each([1, 250])("are compared with the tolerance given: the slope decides, first by %d", async (first) => {
    const [found] = await searchOn(rounded, first, { roundoff: 0.125 });
    expect(found!.length).toBeGreaterThan(10);
    expect(Math.abs(found!.slope)).toBeLessThanOrEqual(0.9 * 2e-4);
  });

  it("stop a search that takes them for true", async () => {
    const [found] = await searchOn(rounded, 1);
    expect(found!.length).toBeLessThan(1);
  });
});
