/** Every pointwise operation and its gradient against the oracle, with each broadcast, in vectors and one by one. */
import { describe, expect, it } from "vitest";
import type { Tensor } from "../../src/autograd/graph.ts";
import * as p from "../../src/autograd/pointwise.ts";
import { tensor, variable } from "../../src/autograd/runtime.ts";
import { broadcastTo, filled, reshape } from "../../src/autograd/shapes.ts";
import { InvalidOptionError, ShapeError } from "../../src/errors.ts";
import { checkOperation, constantOf, testDevice, variableOf } from "../engine.ts";
import type { Array64 } from "../oracle/index.ts";
import * as oracle from "../oracle/index.ts";

const device = await testDevice();
const next = oracle.random(32);

/** One shape that is walked in vectors, one that is not. */
const SHAPES = [
  [3, 4, 5],
  [3, 5, 7],
];

/** Values of both signs, not too near to 0, where some operations have a kink. */
function awayFromZero(shape: readonly number[], least = 0.1): Array64 {
  const signs = oracle.uniform(next, shape);
  return oracle.map2(oracle.uniform(next, shape, least, 2), signs, (value, sign) => (sign < 0.5 ? -value : value));
}

const positive = (shape: readonly number[], least = 0.1) => oracle.uniform(next, shape, least, 3);

interface Unary {
  operation: (x: Tensor) => Tensor;
  value: (x: Array64) => Array64;
  gradient: (g: Array64, x: Array64) => Array64;
  inputs?: (shape: readonly number[]) => Array64;
  /** WGSL allows more rounding to functions like exp than to sums. */
  k?: number;
}

const unary: Record<string, Unary> = {
  relu: { operation: p.relu, value: oracle.relu, gradient: oracle.reluGradient },
  leakyRelu: {
    operation: (x) => p.leakyRelu(x, 0.3),
    value: (x) => oracle.leakyRelu(x, 0.3),
    gradient: (g, x) => oracle.leakyReluGradient(g, x, 0.3),
  },
  scale: {
    operation: (x) => p.scale(x, -1.7),
    value: (x) => oracle.scale(x, -1.7),
    gradient: (g) => oracle.scaleGradient(g, -1.7),
  },
  addConstant: {
    operation: (x) => p.addConstant(x, 0.4),
    value: (x) => oracle.addConstant(x, 0.4),
    gradient: oracle.addConstantGradient,
  },
  square: { operation: p.square, value: oracle.square, gradient: oracle.squareGradient },
  sqrt: { operation: p.sqrt, value: oracle.sqrt, gradient: oracle.sqrtGradient, inputs: positive },
  abs: { operation: p.abs, value: oracle.abs, gradient: oracle.absGradient },
  exp: { operation: p.exp, value: oracle.exp, gradient: oracle.expGradient, k: 8 },
  log: { operation: p.log, value: oracle.log, gradient: oracle.logGradient, inputs: positive, k: 8 },
  tanh: { operation: p.tanh, value: oracle.tanh, gradient: oracle.tanhGradient, k: 16 },
  sigmoid: { operation: p.sigmoid, value: oracle.sigmoid, gradient: oracle.sigmoidGradient, k: 8 },
  clamp: {
    operation: (x) => p.clamp(x, -0.5, 1.25),
    value: (x) => oracle.map(x, (v) => Math.min(Math.max(v, -0.5), 1.25)),
    gradient: (g, x) => oracle.map2(g, x, (slope, v) => (v > -0.5 && v < 1.25 ? slope : 0)),
  },
  ...Object.fromEntries(
    [0, 0.25, 0.5, 0.75, 1, 1.25, 2, 2.5, 3, -0.5, 1.7].map((exponent): [string, Unary] => [
      `pow ${exponent}`,
      {
        operation: (x) => p.pow(x, exponent),
        value: (x) => oracle.pow(x, exponent),
        gradient: (g, x) => oracle.powGradient(g, x, exponent),
        inputs: positive,
        // Those that are no products of square roots go through log2 and exp2.
        k: Number.isInteger(exponent * 4) && exponent >= 1 && exponent <= 2.5 ? 4 : 32,
      },
    ]),
  ),
};

describe.each(Object.entries(unary))("%s", (label, { operation, value, gradient, inputs = awayFromZero, k = 4 }) => {
  it.each(SHAPES)("of %ix%ix%i", async (...shape) => {
    const expected = { value, gradients: (g: Array64, x: Array64) => [gradient(g, x)] };
    await checkOperation(device, [inputs(shape)], operation, expected, { label, k });
  });
});

interface Binary {
  operation: (a: Tensor, b: Tensor) => Tensor;
  value: (a: Array64, b: Array64) => Array64;
  gradient: (g: Array64, a: Array64, b: Array64) => oracle.PairGradient;
}

const binary: Record<string, Binary> = {
  add: { operation: p.add, value: oracle.add, gradient: oracle.addGradient },
  subtract: { operation: p.subtract, value: oracle.subtract, gradient: oracle.subtractGradient },
  multiply: { operation: p.multiply, value: oracle.multiply, gradient: oracle.multiplyGradient },
  divide: { operation: p.divide, value: oracle.divide, gradient: oracle.divideGradient },
};

/** The broadcast operand repeated over the shape. */
function spread(x: Array64, shape: readonly number[]): Array64 {
  const repeated = oracle.sizeOf(shape) / x.data.length;
  const result = oracle.zeros(shape);
  result.data.forEach((_, i) => {
    result.data[i] = x.data[Math.floor(i / repeated)];
  });
  return result;
}

/** The gradient of {@link spread}. */
function gathered(gradient: Array64, shape: readonly number[]): Array64 {
  const result = oracle.zeros(shape);
  const repeated = gradient.data.length / result.data.length;
  gradient.data.forEach((value, i) => {
    result.data[Math.floor(i / repeated)] += value;
  });
  return result;
}

/** Shapes of a pair: equal, one value per channel, or a scalar, on either side. */
const PAIRS = SHAPES.flatMap((full) =>
  [full, [3], [3, 1, 1], [], [1]].flatMap((small) => [
    [full, small],
    [small, full],
  ]),
);

describe.each(Object.entries(binary))("%s", (label, { operation, value, gradient }) => {
  it.each(
    PAIRS.slice(1).concat([
      [[3], [3, 1, 1]],
      [[], [1]],
      [[1], []],
    ]),
  )("of [%s] and [%s]", async (left, right) => {
    const larger = oracle.sizeOf(right) > oracle.sizeOf(left) ? right : left;
    const expected = {
      value: (a: Array64, b: Array64) => value(spread(a, larger), spread(b, larger)),
      gradients: (g: Array64, a: Array64, b: Array64) => {
        const slopes = gradient(g, spread(a, larger), spread(b, larger));
        return [gathered(slopes.a, left), gathered(slopes.b, right)];
      },
    };
    const terms = [left, right].map((shape) => oracle.sizeOf(larger) / oracle.sizeOf(shape));
    // Where a gradient is one sum of everything, it must not nearly cancel: nothing would be left to compare.
    const random = terms.every((count) => count === 1) ? awayFromZero : positive;
    const inputs = [random(left, 0.5), random(right, 0.5)];
    await checkOperation(device, inputs, operation, expected, { label, k: 8, gradientTerms: terms });
  });
});

it("reshape and broadcastTo", async () => {
  const reshaped = (x: Array64, shape: readonly number[]) => oracle.array64(shape, x.data);
  await checkOperation(
    device,
    [oracle.normal(next, [2, 3, 4])],
    (x) => reshape(x, [8, 3]),
    { value: (x) => reshaped(x, [8, 3]), gradients: (g) => [reshaped(g, [2, 3, 4])] },
    { label: "reshape", k: 0 },
  );
  for (const shape of [[], [3]]) {
    await checkOperation(
      device,
      [oracle.normal(next, shape)],
      (x) => broadcastTo(x, [3, 4, 5]),
      { value: (x) => spread(x, [3, 4, 5]), gradients: (g) => [gathered(g, shape)] },
      { label: "broadcastTo", k: 2, gradientTerms: [60] },
    );
  }
});

it("a formula of one's own over seven operands", async () => {
  const operands = Array.from({ length: 7 }, () => oracle.normal(next, [2, 3, 4]));
  const tensors = operands.map((operand) => constantOf(device, operand));
  const [a, b, c, d, e, f, g] = operands.map(({ data }) => data);
  const expected = oracle.zeros([2, 3, 4]);
  for (let i = 0; i < a.length; i++) expected.data[i] = a[i] * b[i] - c[i] + d[i] * e[i] * 0.5 + Math.max(f[i], g[i]);
  const computed = p.pointwise("a * b - c + d * e * T(0.5f) + max(f, g)", ...tensors);
  oracle.compare(await computed.read(), expected, { k: 4, terms: 1, label: "formula" });
});

it("letters in a formula that are no operands stay", async () => {
  const x = variable(device, [2], [3, 5]);
  expect([...(await p.pointwise("a * T(2.f) + T(vec4f(1.f, 7.f, 0.f, 0.f).g)", x).read())]).toEqual([13, 17]);
});

describe("at the edges", () => {
  const of = async (operation: (x: Tensor) => Tensor, values: number[]) => [
    ...(await operation(variableOf(device, oracle.array64([values.length], values))).read()),
  ];

  it("functions saturate instead of overflowing", async () => {
    expect(await of(p.tanh, [-1000, -20, 0, 20, 1000])).toEqual([-1, -1, 0, 1, 1]);
    expect(await of(p.sigmoid, [-1000, 0, 1000])).toEqual([0, 0.5, 1]);
    expect(await of(p.relu, [-1, -0, 0, 1e38])).toEqual([0, 0, 0, Math.fround(1e38)]);
    expect(await of((x) => p.pow(x, 1.25), [0, 1, 16])).toEqual([0, 1, 32]);
  });

  it("gradients at kinks are those of the conventions", async () => {
    const at = (operation: (x: Tensor) => Tensor, slopes: number[]) =>
      checkOperation(
        device,
        [oracle.array64([3], [-1, 0, 1])],
        operation,
        { value: (x) => x, gradients: (g) => [oracle.map2(g, oracle.array64([3], slopes), (a, b) => a * b)] },
        { label: "kink", k: 0 },
      );
    // Added to what takes the value back to x, so that only the gradient is of interest.
    await at((x) => p.subtract(p.relu(x), p.relu(p.scale(x, -1))), [1, 0, 1]);
    await at((x) => p.clamp(x, -1, 1), [1, 1, 1]);
    await at((x) => p.add(p.abs(x), p.scale(p.relu(p.scale(x, -1)), -2)), [1, 0, 1]);
    await at((x) => p.subtract(p.leakyRelu(x, 0.5), p.scale(p.relu(p.scale(x, -1)), 0.5)), [1, 0.5, 1]);
  });
});

describe("refuses", () => {
  const x = variableOf(device, oracle.zeros([3, 4, 5]));

  it("shapes that do not fit together", () => {
    const message = "add: shapes 5 and 3x4x5 do not fit together. Equal shapes, a scalar, or one value per channel do.";
    expect(() => p.add(x, variableOf(device, oracle.zeros([5])))).toThrow(new ShapeError(message));
    expect(() => p.multiply(x, variableOf(device, oracle.zeros([3, 5, 4])))).toThrow(ShapeError);
    expect(() => reshape(x, [7, 9])).toThrow("3x4x5 has 60 elements, 7x9 would have 63");
    expect(() => broadcastTo(variableOf(device, oracle.zeros([2])), [3, 4])).toThrow(ShapeError);
  });

  it("numbers that are not finite in float32", () => {
    for (const value of [Number.NaN, Infinity, 1e39]) {
      expect(() => p.scale(x, value)).toThrow(InvalidOptionError);
      expect(() => p.addConstant(x, value)).toThrow(`addConstant: ${value} is not a finite float32`);
      expect(() => p.pow(x, value)).toThrow(InvalidOptionError);
      expect(() => p.clamp(x, 0, value)).toThrow(InvalidOptionError);
      expect(() => p.leakyRelu(x, value)).toThrow(InvalidOptionError);
    }
  });

  it("shapes that are not of whole numbers from 1", () => {
    for (const shape of [[-1, -2], [1.5, 2], [0], [Number.NaN]]) {
      expect(() => variable(device, shape)).toThrow(ShapeError);
      expect(() => filled(1, shape)).toThrow("use whole numbers from 1");
    }
    expect(() => tensor(device, [-1, -2], [1, 2])).toThrow("constant: a shape of -1x-2; use whole numbers from 1.");
    expect(() => reshape(x, [-6, -10])).toThrow(ShapeError);
    for (const value of [Number.NaN, 1e39]) expect(() => filled(value, [2])).toThrow(InvalidOptionError);
  });

  it("formulas that name more operands than they get", () => {
    expect(() => p.pointwise("a + b", x)).toThrow('"a + b" names b, but its operands end at a.');
    expect(() => p.pointwise("c", x, x)).toThrow(InvalidOptionError);
  });

  it("formulas of no operand or more than seven, which is what a shader stage can bind", () => {
    expect(() => p.pointwise("T(1.0f)")).toThrow(InvalidOptionError);
    expect(() => p.pointwise("a + h", ...Array<Tensor>(8).fill(x))).toThrow("8 operands");
  });
});
