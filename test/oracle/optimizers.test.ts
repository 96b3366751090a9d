/** The oracle's optimizers go the way of PyTorch's, step by step. */
import { describe, expect, it } from "vitest";
import { expectClose, expectCloseNumber, readFixture } from "./fixture.ts";
import type { Array64 } from "./index.ts";
import { adam, array64, type Evaluate, gradientDescent, lbfgs, strongWolfe, type Trajectory } from "./index.ts";

interface RecordedRun {
  function: "valleys" | "wells";
  steps: number;
  /** The loss before each step. */
  losses: number[];
  /** Where some of the steps ended. */
  points: { step: number; x: Array64 }[];
}

interface RecordedLbfgs extends RecordedRun {
  history: number;
  learningRate: number;
  /** The losses that the line search saw, in order. */
  trials: number[];
}

const recorded = readFixture<{
  starts: Record<"valleys" | "wells", Array64>;
  gradientDescent: RecordedRun & { learningRate: number; momentum: number };
  adam: RecordedRun & { learningRate: number; beta1: number; beta2: number; epsilon: number };
  lbfgs: Record<string, RecordedLbfgs>;
  strongWolfe: Record<string, RecordedLbfgs>;
}>("optimizers");

/** The functions of make-fixtures.py, with gradients by hand. */
const FUNCTIONS: Record<"valleys" | "wells", Evaluate> = {
  valleys(x) {
    const gradient = new Float64Array(x.length);
    let loss = 0;
    for (let i = 0; i + 1 < x.length; i++) {
      const height = x[i + 1] - x[i] ** 2;
      loss += 10 * height ** 2 + (1 - x[i]) ** 2;
      gradient[i] += -40 * height * x[i] - 2 * (1 - x[i]);
      gradient[i + 1] += 20 * height;
    }
    return { loss, gradient };
  },
  wells(x) {
    const gradient = new Float64Array(x.length);
    let loss = 0;
    for (let i = 0; i < x.length; i++) {
      loss += (x[i] ** 2 - 1) ** 2 / 4;
      gradient[i] += (x[i] ** 2 - 1) * x[i];
      if (i + 1 === x.length) continue;
      const difference = x[i + 1] - x[i];
      loss += 0.125 * difference ** 2;
      gradient[i] -= 0.25 * difference;
      gradient[i + 1] += 0.25 * difference;
    }
    return { loss, gradient };
  },
};

/** The functions of one variable there. */
const LINES: Record<"waves" | "cliff", Evaluate> = {
  waves: ([x]) => ({
    loss: Math.sin(x) + 0.125 * Math.cos(9 * x),
    gradient: Float64Array.of(Math.cos(x) - 1.125 * Math.sin(9 * x)),
  }),
  cliff: ([x]) => ({
    loss: Math.cos(x) - 2 * Math.tanh(500 * x),
    gradient: Float64Array.of(-Math.sin(x) - 1000 * (1 - Math.tanh(500 * x) ** 2)),
  }),
};

const searches =
  readFixture<
    {
      function: "waves" | "cliff";
      start: number;
      /** The length tried first, in units of the direction. */
      first: number;
      direction: Array64;
      /** All lengths tried. */
      trials: number[];
      /** The length found, and the loss there. */
      length: number;
      loss: number;
    }[]
  >("line-search");

/** Both go the same way up to rounding, which the functions' curvature amplifies from step to step. */
function expectSameWay(actual: Trajectory, expected: RecordedRun): void {
  expect(actual.points.length).toBe(expected.steps + 1);
  expectClose(array64([expected.steps], actual.losses.slice(0, -1)), array64([expected.steps], expected.losses), 1e-10);
  for (const { step, x } of expected.points) expectClose(array64([20], actual.points[step]), x, 1e-9);
}

it("gradient descent with momentum", () => {
  const start = recorded.starts.valleys.data;
  expectSameWay(gradientDescent(FUNCTIONS.valleys, start, recorded.gradientDescent), recorded.gradientDescent);
});

it("Adam", () => {
  expectSameWay(adam(FUNCTIONS.valleys, recorded.starts.valleys.data, recorded.adam), recorded.adam);
});

it.each(Object.entries(recorded.lbfgs))("L-BFGS: %s", (_name, run) => {
  const start = recorded.starts[run.function].data;
  expectSameWay(lbfgs(FUNCTIONS[run.function], start, { ...run, lineSearch: "none" }), run);
});

describe("L-BFGS with a strong Wolfe line search", () => {
  it.each(Object.entries(recorded.strongWolfe))("%s", (_name, run) => {
    const seen: number[] = [];
    const observed: Evaluate = (x) => {
      const result = FUNCTIONS[run.function](x);
      seen.push(result.loss);
      return result;
    };
    expectSameWay(lbfgs(observed, recorded.starts[run.function].data, { ...run, lineSearch: "strong-wolfe" }), run);
    const trials = array64([run.trials.length], run.trials);
    expectClose(array64([seen.length - 1], seen.slice(1)), trials, 1e-10);
  });

  it.each(searches)("a single search on $function from $start, first by $first", (recordedSearch) => {
    const { start, first, direction, trials, length, loss } = recordedSearch;
    const evaluate = LINES[recordedSearch.function];
    const x = Float64Array.of(start);
    const seen: number[] = [];
    const observed: Evaluate = (point) => {
      seen.push((point[0] - start) / direction.data[0]);
      return evaluate(point);
    };
    const found = strongWolfe(observed, { x, ...evaluate(x), direction: direction.data }, first);
    expectClose(array64([seen.length], seen), array64([trials.length], trials), 1e-10);
    expectCloseNumber(found.length, length, 1e-10);
    expectCloseNumber(found.loss, loss, 1e-10);
  });

  it.each([1e-3, 0.1, 1, 30])("the length found from %d on satisfies both conditions", (first) => {
    const x = recorded.starts.valleys.data;
    const { loss, gradient } = FUNCTIONS.valleys(x);
    const direction = gradient.map((value) => -value / 100);
    const slope = gradient.reduce((total, value, i) => total + value * direction[i], 0);
    const found = strongWolfe(FUNCTIONS.valleys, { x, loss, gradient, direction }, first);
    const there = FUNCTIONS.valleys(x.map((value, i) => value + found.length * direction[i]));
    const slopeThere = there.gradient.reduce((total, value, i) => total + value * direction[i], 0);
    expect(there.loss).toBe(found.loss);
    expect(there.loss).toBeLessThanOrEqual(loss + 1e-4 * found.length * slope);
    expect(Math.abs(slopeThere)).toBeLessThanOrEqual(0.9 * Math.abs(slope));
  });
});
