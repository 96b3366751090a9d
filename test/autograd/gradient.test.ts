/** What `gradients` and `grad` promise beyond the rules of single operations. */
import { describe, expect, it } from "vitest";
import { compile } from "../../src/autograd/compile.ts";
import { grad, valueAndGrad } from "../../src/autograd/grad.ts";
import { gradients } from "../../src/autograd/gradient.ts";
import type { Tensor } from "../../src/autograd/graph.ts";
import { conv2d } from "../../src/autograd/operations.ts";
import * as p from "../../src/autograd/pointwise.ts";
import { dot, gram, sum } from "../../src/autograd/reductions.ts";
import { tensor, variable } from "../../src/autograd/runtime.ts";
import { filled, reshape } from "../../src/autograd/shapes.ts";
import { ShapeError } from "../../src/errors.ts";
import { testDevice, variableOf } from "../engine.ts";
import * as oracle from "../oracle/index.ts";

const device = await testDevice();

const x = variable(device, [3], [1, 2, 3]);
const y = variable(device, [3], [10, 20, 30]);

/** The gradients of a loss, compiled. */
async function slopes(loss: () => Tensor, wrt: readonly Tensor[]): Promise<number[][]> {
  const program = await compile(device, () => ({ results: Object.fromEntries(gradients(loss(), wrt).entries()) }));
  program.run();
  const read = wrt.map(async (tensor, index) => {
    expect(program.results[index].shape).toEqual(tensor.shape);
    return [...(await program.results[index].read())];
  });
  const values = await Promise.all(read);
  program.dispose();
  return values;
}

describe("gradients", () => {
  it("add up over all uses of a tensor", async () => {
    // x . x + 3 sum x + x . y: 2 x + 3 + y.
    const loss = () => p.add(p.add(dot(x, x), p.scale(sum(x), 3)), dot(x, y));
    expect(await slopes(loss, [x, y])).toEqual([
      [15, 27, 39],
      [1, 2, 3],
    ]);
    const cube = () => sum(p.multiply(p.multiply(x, x), x));
    expect(await slopes(cube, [x])).toEqual([[3, 12, 27]]);
  });

  it("are 0 for a tensor that the loss does not depend on", async () => {
    expect(await slopes(() => sum(p.square(x)), [y, x])).toEqual([
      [0, 0, 0],
      [2, 4, 6],
    ]);
    expect(await slopes(() => filled(5, []), [x])).toEqual([[0, 0, 0]]);
  });

  it("are 1 for the loss itself, and reach tensors inside of the graph", async () => {
    const program = await compile(device, () => {
      const inner = p.scale(x, 2);
      const loss = sum(p.square(inner));
      const [toLoss, toInner, toX] = gradients(loss, [loss, inner, x]);
      return { results: { toLoss, toInner, toX } };
    });
    program.run();
    const { toLoss, toInner, toX } = program.results;
    expect([...(await toLoss.read())]).toEqual([1]);
    expect([...(await toInner.read())]).toEqual([4, 8, 12]);
    expect([...(await toX.read())]).toEqual([8, 16, 24]);
    program.dispose();
  });

  it("for the same tensor asked twice are there twice", async () => {
    expect(await slopes(() => sum(p.square(x)), [x, x])).toEqual([
      [2, 4, 6],
      [2, 4, 6],
    ]);
  });

  it("of gradients: second derivatives of what is pointwise", async () => {
    // d/dx of sum (3 x^2) is 6 x.
    const second = () => sum(gradients(sum(p.multiply(p.square(x), x)), [x])[0]);
    await expect(slopes(second, [x])).rejects.toThrow("has no gradient");
    const ofProducts = () => sum(gradients(sum(p.multiply(p.multiply(x, x), x)), [x])[0]);
    expect(await slopes(ofProducts, [x])).toEqual([[6, 12, 18]]);
  });

  it("of an input gradient of a convolution, back to the gradient's gradient", async () => {
    // The input gradient is linear in g, so its own gradient in the direction d is conv2d of d.
    const next = oracle.random(61);
    const options = { stride: 1, padding: 1, mode: "zero" } as const;
    const weight = oracle.normal(next, [4, 3, 3, 3]);
    const constant = tensor(device, weight.shape, weight.data);
    const image = tensor(device, [3, 7, 9], oracle.normal(next, [3, 7, 9]).data);
    const g = oracle.normal(next, [4, 7, 9]);
    const direction = oracle.normal(next, [3, 7, 9]);
    const [variableG, factors] = [g, direction].map(({ shape, data }) => variable(device, shape, data));
    const linear = () => {
      const [slope] = gradients(dot(conv2d(image, constant, options), variableG), [image]);
      return dot(slope, factors);
    };
    const [actual] = await slopes(linear, [variableG]);
    const expected = oracle.conv2d(direction, weight, undefined, options);
    oracle.compare(Float32Array.from(actual), expected, { k: 3, terms: 27, label: "second derivative" });
  });

  it("need a loss that is one number", () => {
    const message = "gradients: the loss has shape 3; reduce it to a scalar, for instance with sum or mean.";
    expect(() => gradients(p.square(x), [x])).toThrow(new ShapeError(message));
  });

  it("name the formula that has none, if the loss depends on the tensor through it", async () => {
    const loss = () => sum(p.add(p.pointwise("a * T(7.0f)", x), y));
    await expect(slopes(loss, [x])).rejects.toThrow(ShapeError);
    await expect(slopes(loss, [x])).rejects.toThrow('The formula "a * T(7.0f)" has no gradient; compose it of');
    expect(await slopes(loss, [y])).toEqual([[1, 1, 1]]);
  });
});

describe("grad", () => {
  it("has one gradient per argument, each with memory of its own", async () => {
    const before = { ...device.allocated };
    const [toX, toY] = grad((a, b) => sum(p.add(a, b)))(x, y);
    toX.dispose();
    expect([...(await toY.read())]).toEqual([1, 1, 1]);
    toY.dispose();
    expect(device.allocated).toEqual(before);
  });

  it("of constants, and of a function that returns its argument", async () => {
    const scalar = tensor(device, [], [5]);
    const [value, slope] = valueAndGrad((v) => v)(scalar);
    expect([...(await value.read()), ...(await slope.read())]).toEqual([5, 1]);
  });

  it("agrees with a compiled program", async () => {
    const image = variable(device, [3, 5, 6], oracle.normal(oracle.random(62), [3, 5, 6]).data);
    const loss = (v: Tensor) => sum(p.square(gram(v)));
    const [eager] = grad(loss)(image);
    const [compiled] = await slopes(() => loss(image), [image]);
    expect([...(await eager.read())]).toEqual(compiled);
  });
});

describe("the gradient of a Gram matrix through functions of it", () => {
  const next = oracle.random(83);
  const features = oracle.normal(next, [5, 4, 6]);
  // Neither is symmetric: the transposed gradient is another matrix.
  const [target, factors] = [oracle.normal(next, [5, 5]), oracle.normal(next, [5, 5])];
  const difference = oracle.subtract(oracle.gram(features), target);

  it.each<[string, (matrix: Tensor, target: Tensor, factors: Tensor) => Tensor, oracle.Array64]>([
    ["a squared difference", (m, t) => p.square(p.subtract(m, t)), oracle.squareGradient(filled64(1), difference)],
    [
      "one with a factor",
      (m, t) => p.scale(p.square(p.subtract(m, t)), 3),
      oracle.squareGradient(filled64(3), difference),
    ],
    [
      "one with a factor for each element",
      (m, t, f) => p.multiply(f, p.square(p.subtract(m, t))),
      oracle.squareGradient(factors, difference),
    ],
    ["a product", (m, _, f) => p.multiply(m, f), factors],
  ])("%s", async (label, trace, gradient) => {
    const [z, t, f] = [features, target, factors].map((each) => variableOf(device, each));
    const program = await compile(device, () => {
      const loss = sum(trace(gram(z), t, f));
      return { results: { loss, slope: gradients(loss, [z])[0] } };
    });
    program.run();
    const expected = oracle.gramGradient(gradient, features);
    oracle.compare(await program.results.slope.read(), expected, { k: 16, terms: 30, label });
  });

  it.each([[[5, 5]], [[25]], [[1, 25]]])("that is another matrix, reshaped to %j", async (shape) => {
    // With weights that are not symmetric, transposing another matrix than Gram's own would show.
    const [z, f] = [variableOf(device, features), variable(device, shape, factors.data)];
    const program = await compile(device, () => ({
      results: { slope: gradients(dot(reshape(gram(z), shape), f), [z])[0] },
    }));
    program.run();
    const expected = oracle.gramGradient(factors, features);
    oracle.compare(await program.results.slope.read(), expected, { k: 16, terms: 30, label: `reshaped to ${shape}` });
  });

  it("of which a larger one's elements are those, in a square again", async () => {
    // 4 x 4 as 2 x 8 and back: the transpose of 2 x 8 is none of a square matrix.
    const [four, weights] = [oracle.normal(next, [4, 3, 3]), oracle.normal(next, [4, 4])];
    const [z, f] = [four, weights].map((each) => variableOf(device, each));
    const program = await compile(device, () => {
      const there = reshape(gram(z), [2, 8]);
      return { results: { slope: gradients(dot(reshape(there, [4, 4]), f), [z])[0] } };
    });
    program.run();
    const expected = oracle.gramGradient(weights, four);
    oracle.compare(await program.results.slope.read(), expected, { k: 16, terms: 30, label: "there and back" });
  });

  function filled64(value: number): oracle.Array64 {
    return oracle.map(target, () => value);
  }
});
