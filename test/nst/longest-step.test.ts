/** L-BFGS without line search where its first pair knows almost no curvature, as in the quartic loss of Gram matrices. */
import { expect, it } from "vitest";
import { compile } from "../../src/autograd/compile.ts";
import { gradients } from "../../src/autograd/gradient.ts";
import { addConstant, square } from "../../src/autograd/pointwise.ts";
import { sum } from "../../src/autograd/reductions.ts";
import { variable } from "../../src/autograd/runtime.ts";
import { LONGEST_STEP, lbfgs } from "../../src/nst/optimizers/lbfgs.ts";
import { testDevice } from "../engine.ts";
import * as oracle from "../oracle/index.ts";

const device = await testDevice();

const SIZE = 24;
const OPTIONS = { history: 5, learningRate: 1 };
/** Minima of sum (x² - a²)² are a and -a; its second derivative is 0 at a / sqrt(3). */
const MINIMUM = 100;
const start = oracle.uniform(oracle.random(41), [SIZE], 57.74, 58.5).data;

const lossAt = (x: Float64Array) => x.reduce((total, value) => total + (value ** 2 - MINIMUM ** 2) ** 2, 0);

const rootMeanSquare = (a: Float64Array, b: Float64Array) =>
  Math.sqrt(a.reduce((total, value, i) => total + (value - b[i]) ** 2, 0) / SIZE);

it("would leap, but takes no step longer than the limit, and arrives", async () => {
  const evaluate = (x: Float64Array) => ({
    loss: lossAt(x),
    gradient: x.map((value) => 4 * value * (value ** 2 - MINIMUM ** 2)),
  });
  const unlimited = oracle.lbfgs(evaluate, start, { ...OPTIONS, steps: 2, lineSearch: "none" });
  expect(rootMeanSquare(unlimited.points[2], unlimited.points[1])).toBeGreaterThan(10 * LONGEST_STEP);

  const shape = [1, 4, 6];
  const x = variable(device, shape, start);
  const optimizer = lbfgs(device, shape, OPTIONS);
  const program = await compile(
    device,
    () => {
      const loss = sum(square(addConstant(square(x), -(MINIMUM ** 2))));
      return { assign: optimizer.trace(x, gradients(loss, [x])[0]) };
    },
    { rings: optimizer.rings },
  );
  const points = [Float64Array.from(start)];
  for (let step = 0; step < 40; step++) {
    program.run(step);
    points.push(Float64Array.from(await x.read()));
  }
  const lengths = points.slice(1).map((point, step) => rootMeanSquare(point, points[step]));
  expect(lengths[1] / LONGEST_STEP).toBeCloseTo(1, 4);
  expect(Math.max(...lengths)).toBeLessThan(LONGEST_STEP * (1 + 1e-4));
  expect(lossAt(points[40])).toBeLessThan(1e-9 * lossAt(start));
  program.dispose();
  optimizer.dispose();
  x.dispose();
});
