/** The optimisers on the GPU go the way of the oracle's in float64, step by step, as far as float32 carries. */
import { describe, expect, it } from "vitest";
import { compile } from "../../src/autograd/compile.ts";
import { gradients } from "../../src/autograd/gradient.ts";
import type { Tensor } from "../../src/autograd/graph.ts";
import { crop } from "../../src/autograd/operations.ts";
import { add, addConstant, scale, square, subtract } from "../../src/autograd/pointwise.ts";
import { matmul, squaredError, sum } from "../../src/autograd/reductions.ts";
import { tensor, variable } from "../../src/autograd/runtime.ts";
import { reshape } from "../../src/autograd/shapes.ts";
import { adam } from "../../src/nst/optimizers/adam.ts";
import { gradientDescent } from "../../src/nst/optimizers/gradient-descent.ts";
import { lbfgs } from "../../src/nst/optimizers/lbfgs.ts";
import type { Optimizer } from "../../src/nst/optimizers/optimizer.ts";
import { testDevice } from "../engine.ts";
import * as oracle from "../oracle/index.ts";

const device = await testDevice();

/** A function to minimize, once of operations and once in float64 with its gradient by hand. */
interface Problem {
  start: Float64Array;
  loss: (x: Tensor) => Tensor;
  evaluate: oracle.Evaluate;
}

const SIZE = 20;
const next = oracle.random(81);

/** Rosenbrock's valley in every pair of neighbors: sum of 10 (x[i+1] - x[i]²)² + (1 - x[i])². */
const valleys: Problem = {
  start: oracle.uniform(next, [SIZE], -1, 1).data,
  loss(x) {
    const here = crop(x, { right: 1 });
    const height = subtract(crop(x, { left: 1 }), square(here));
    return add(scale(sum(square(height)), 10), sum(square(addConstant(here, -1))));
  },
  evaluate(x) {
    const gradient = new Float64Array(SIZE);
    let loss = 0;
    for (let i = 0; i + 1 < SIZE; i++) {
      const height = x[i + 1] - x[i] ** 2;
      loss += 10 * height ** 2 + (1 - x[i]) ** 2;
      gradient[i] += -40 * height * x[i] - 2 * (1 - x[i]);
      gradient[i + 1] += 20 * height;
    }
    return { loss, gradient };
  },
};

const matrix = oracle.normal(next, [30, SIZE]);
const target = oracle.normal(next, [30, 1]);

/** |A x - b|². */
const leastSquares: Problem = {
  start: oracle.normal(next, [SIZE]).data,
  loss: (x) =>
    squaredError(
      matmul(tensor(device, [30, SIZE], matrix.data), reshape(x, [SIZE, 1])),
      tensor(device, [30, 1], target.data),
    ),
  evaluate(x) {
    const rest = oracle.subtract(oracle.matmul(matrix, oracle.array64([SIZE, 1], x)), target);
    const gradient = oracle.scale(oracle.matmul(matrix, rest, { transposeA: true }), 2);
    return { loss: oracle.dot(rest, rest), gradient: gradient.data };
  },
};

const SHAPE = [1, 1, SIZE];

/** Takes steps with an optimiser; gives all points, the start included, and the losses at all but the last. */
async function walk({ start, loss }: Problem, optimizer: Optimizer, steps: number): Promise<oracle.Trajectory> {
  const x = variable(device, SHAPE, start);
  const program = await compile(
    device,
    () => {
      const value = loss(x);
      return { results: { value }, assign: optimizer.trace(x, gradients(value, [x])[0]) };
    },
    { rings: optimizer.rings },
  );
  const trajectory: oracle.Trajectory = { points: [start], losses: [] };
  for (let step = 0; step < steps; step++) {
    program.run();
    trajectory.losses.push((await program.results.value.read())[0]);
    trajectory.points.push(Float64Array.from(await x.read()));
  }
  program.dispose();
  x.dispose();
  return trajectory;
}

const length = (x: Float64Array) => Math.hypot(...x);
const difference = (a: Float64Array, b: Float64Array) => a.map((value, i) => value - b[i]);

/** Every point is near to the expected one, relative to the way from the start: |a - b| / |b - start|. */
function expectSameWay(actual: oracle.Trajectory, expected: oracle.Trajectory, tolerance: number): void {
  expect(actual.points.length).toBe(expected.points.length);
  const [start] = expected.points;
  const errors = expected.points.map((point, step) => {
    const way = length(difference(point, start));
    return way === 0 ? 0 : length(difference(actual.points[step], point)) / way;
  });
  expect(Math.max(...errors)).toBeLessThan(tolerance);
  actual.losses.forEach((loss, step) => {
    expect(Math.abs(loss - expected.losses[step])).toBeLessThan(tolerance * expected.losses[0]);
  });
}

describe("gradient descent", () => {
  it.each([0, 0.8])("with momentum %d", async (momentum) => {
    const settings = { learningRate: 0.004, momentum };
    const optimizer = gradientDescent(device, SHAPE, settings);
    const actual = await walk(valleys, optimizer, 60);
    optimizer.dispose();
    expectSameWay(actual, oracle.gradientDescent(valleys.evaluate, valleys.start, { ...settings, steps: 60 }), 1e-6);
  });
});

describe("Adam", () => {
  const settings = { learningRate: 0.05, beta1: 0.9, beta2: 0.99, epsilon: 1e-8 };

  it("goes the oracle's way", async () => {
    const optimizer = adam(device, SHAPE, settings);
    const actual = await walk(valleys, optimizer, 60);
    optimizer.dispose();
    expectSameWay(actual, oracle.adam(valleys.evaluate, valleys.start, { ...settings, steps: 60 }), 5e-5);
  });

  it("goes on where another left off", async () => {
    const expected = oracle.adam(leastSquares.evaluate, leastSquares.start, { ...settings, steps: 30 });
    const first = adam(device, SHAPE, settings);
    const way = await walk(leastSquares, first, 12);
    const momentum = await first.momentum!();
    expect(momentum.count).toBe(12);
    const second = adam(device, SHAPE, settings, momentum);
    const rest = await walk({ ...leastSquares, start: way.points[12] }, second, 18);
    const points = [...way.points, ...rest.points.slice(1)];
    expectSameWay({ points, losses: [...way.losses, ...rest.losses] }, expected, 1e-4);
    first.dispose();
    second.dispose();
  });

  it("keeps to the range, if there is one", async () => {
    const optimizer = adam(device, SHAPE, { ...settings, range: { low: -0.3, high: 0.3 } });
    const { points } = await walk(leastSquares, optimizer, 3);
    const free = oracle.adam(leastSquares.evaluate, leastSquares.start, { ...settings, steps: 1 }).points[1];
    const clamped = free.map((value) => Math.min(Math.max(value, -0.3), 0.3));
    expect(length(difference(points[1], clamped))).toBeLessThan(1e-5);
    expect(Math.max(...points[3].map(Math.abs))).toBeLessThanOrEqual(Math.fround(0.3));
    optimizer.dispose();
  });
});

describe("L-BFGS", () => {
  it.each<[string, Problem, number, number, number, number]>([
    // Float32 carries least squares to the end; in the valleys each step amplifies the rounding of those before.
    ["least squares", leastSquares, 10, 1, 20, 1e-4],
    ["least squares, a history of 3", leastSquares, 3, 1, 20, 1e-4],
    ["least squares, half steps", leastSquares, 5, 0.5, 20, 1e-4],
    ["valleys", valleys, 10, 1, 15, 3e-4],
    ["valleys, a history of 1", valleys, 1, 1, 15, 3e-4],
    ["valleys, a history of 4, short steps", valleys, 4, 0.3, 25, 3e-4],
  ])("goes the oracle's way: %s", async (_name, problem, history, learningRate, steps, tolerance) => {
    const optimizer = lbfgs(device, SHAPE, { history, learningRate });
    const actual = await walk(problem, optimizer, steps);
    optimizer.dispose();
    const options = { history, learningRate, steps, lineSearch: "none" } as const;
    const expected = oracle.lbfgs(problem.evaluate, problem.start, options);
    expectSameWay(actual, expected, tolerance);
  });

  it("leaves out pairs without positive curvature, at first and later", async () => {
    // Gradients that do not depend on the image: where they grow along a step, the curvature is negative.
    const factors = [1.4, 0.6, 0.8, 1.5, 1.3, 0.5, 0.7, 1.6, 0.4, 0.9, 0.5];
    const slopes = [oracle.normal(next, [SIZE])];
    for (const factor of factors) {
      slopes.push(oracle.add(oracle.scale(slopes[slopes.length - 1], factor), oracle.normal(next, [SIZE], 0.2)));
    }
    const steps = factors.length;
    // A pair that is left out still takes its place in the ring, so the history is long enough for all; and shorter steps
    // than those of learning rate 1 stay below the limit on their length.
    const options = { history: steps, learningRate: 0.3, steps, lineSearch: "none" } as const;
    const feed = slopes.values();
    const evaluate = () => ({ loss: 0, gradient: feed.next().value!.data });
    const expected = oracle.lbfgs(evaluate, leastSquares.start, options);
    const isAccepted = expected.points.slice(1).map((point, step) => {
      const s = oracle.array64([SIZE], difference(point, expected.points[step]));
      return oracle.dot(oracle.subtract(slopes[step + 1], slopes[step]), s) > 1e-10;
    });
    expect(isAccepted.map(Number).join("")).toMatch(/^0+1+0+1+0/);

    const optimizer = lbfgs(device, SHAPE, options);
    const x = variable(device, SHAPE, leastSquares.start);
    const slope = variable(device, SHAPE);
    const program = await compile(device, () => ({ assign: optimizer.trace(x, slope) }), { rings: optimizer.rings });
    const points = [leastSquares.start];
    for (let step = 0; step < steps; step++) {
      slope.write(oracle.toFloat32(slopes[step]));
      program.run(step);
      points.push(Float64Array.from(await x.read()));
    }
    expectSameWay({ points, losses: [] }, expected, 1e-5);
    program.dispose();
    optimizer.dispose();
  });

  it("after a reset starts as at first", async () => {
    const optimizer = lbfgs(device, SHAPE, { history: 3, learningRate: 1 });
    const first = await walk(leastSquares, optimizer, 8);
    optimizer.reset();
    expect(await walk(leastSquares, optimizer, 8)).toEqual(first);
    optimizer.dispose();
  });

  it("of a gradient of 0 stays where it is", async () => {
    const optimum = new Float64Array(SIZE).fill(1);
    const optimizer = lbfgs(device, SHAPE, { history: 3, learningRate: 1 });
    const { points } = await walk({ ...valleys, start: optimum }, optimizer, 4);
    expect(points[4]).toEqual(optimum);
    optimizer.dispose();
  });
});

it("optimisers free what they made", async () => {
  const before = { ...device.allocated };
  const made = [
    gradientDescent(device, SHAPE, { learningRate: 1, momentum: 0.5 }),
    gradientDescent(device, SHAPE, { learningRate: 1, momentum: 0 }),
    adam(device, SHAPE, { learningRate: 1, beta1: 0.9, beta2: 0.9, epsilon: 1e-8 }),
    lbfgs(device, SHAPE, { history: 5, learningRate: 1 }),
  ];
  for (const optimizer of made) optimizer.dispose();
  expect(device.allocated).toEqual(before);
});
