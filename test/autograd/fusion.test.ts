/** Fusion changes what is dispatched, and never what is computed. */
import { describe, expect, it } from "vitest";
import { compileStep } from "../../scripts/step.ts";
import { compile } from "../../src/autograd/compile.ts";
import { gradients } from "../../src/autograd/gradient.ts";
import { apply, isLeaf, type Tensor, topologicalOrder, tracing } from "../../src/autograd/graph.ts";
import { conv2d, maxPool2d } from "../../src/autograd/operations.ts";
import * as p from "../../src/autograd/pointwise.ts";
import type { Program } from "../../src/autograd/program.ts";
import { channelSum, squaredError, sum } from "../../src/autograd/reductions.ts";
import { tensor, variable } from "../../src/autograd/runtime.ts";
import { reshape } from "../../src/autograd/shapes.ts";
import { runProgram, testDevice, variableOf } from "../engine.ts";
import * as oracle from "../oracle/index.ts";
import { fakeDevice } from "./fake-gpu.ts";
import { randomGraph } from "./random-graph.ts";
import { compileVggStep, zeroFill } from "./vgg-step.ts";

const device = await testDevice();

/** Computes a traced graph node by node, each as an eager operation of its own: nothing can be fused. */
function oneByOne(outputs: readonly Tensor[]): Tensor[] {
  const values = new Map<Tensor, Tensor>();
  for (const node of topologicalOrder(outputs)) values.set(node, isLeaf(node) ? node : evaluated(node));
  return outputs.map((output) => values.get(output)!);

  function evaluated({ operation, inputs, shape }: Tensor): Tensor {
    if (inputs.length > 0)
      return apply(
        operation,
        inputs.map((input) => values.get(input)!),
        shape,
      );
    const value = operation.kind === "pointwise" ? operation.parameter : NaN;
    return tensor(device, shape, new Float32Array(oracle.sizeOf(shape)).fill(value));
  }
}

const seeds = Array.from({ length: 12 }, (_, index) => 100 * index);

it.each(seeds)("random graph %i and its gradients are the same fused and one by one", async (seed) => {
  const { inputs, build } = randomGraph(seed);
  const variables = inputs.map((input) => variableOf(device, input));
  const trace = () => {
    const values = build(variables);
    return [...values, ...gradients(values.map(sum).reduce(p.add), variables)];
  };
  const graph = tracing(trace);
  const program = await compile(device, () => ({ results: Object.fromEntries(trace().entries()) }));
  program.run();
  const nodes = topologicalOrder(graph).filter((node) => !isLeaf(node));
  expect(program.steps.length).toBeLessThan(nodes.length);
  for (const [index, expected] of oneByOne(graph).entries()) {
    const actual = program.results[index];
    expect(actual.shape).toEqual(expected.shape);
    const label = `result ${index} of graph ${seed}`;
    const wanted = oracle.array64(expected.shape, await expected.read());
    oracle.compare(await actual.read(), wanted, { k: 16, terms: 1, label });
  }
  program.dispose();
});

/** What each dispatch computes, paddings and packed weights aside. */
function kinds(program: Program): string[] {
  return program.steps
    .map(({ tensor: { operation } }) => operation.kind)
    .filter((kind) => !/^(pad|packWeights)$/.test(kind));
}

describe("in one dispatch", () => {
  const x = variable(device, [4, 6, 8]);
  const weight = variable(device, [4, 4, 3, 3]);
  const bias = variable(device, [4]);
  const target = variable(device, [4, 6, 8]);
  const kindsOf = async (trace: () => Tensor | Tensor[]) => {
    const program = await compile(device, () => ({ results: Object.fromEntries([trace()].flat().entries()) }));
    program.dispose();
    return kinds(program);
  };
  const convolved = () => conv2d(x, weight, { bias, padding: 1, activation: "relu" });

  it("a convolution, its bias and ReLU", async () => {
    expect(await kindsOf(convolved)).toEqual(["convolve"]);
  });

  it("a chain of pointwise operations", async () => {
    expect(await kindsOf(() => p.tanh(p.add(p.multiply(p.scale(x, 2), target), bias)))).toEqual(["pointwise"]);
  });

  it("a squared error", async () => {
    expect(await kindsOf(() => p.scale(squaredError(x, target), 0.5))).toEqual(["sumRows"]);
  });

  it("a pooling and what follows it", async () => {
    expect(await kindsOf(() => p.relu(p.add(maxPool2d(x), bias)))).toEqual(["pool"]);
  });

  it("the input gradient of a convolution and the mask of the ReLU before it", async () => {
    const gradient = () => gradients(sum(conv2d(p.relu(x), weight, { padding: 1 })), [x]);
    // The other dispatch makes the gradient of the sum, which is 1 everywhere.
    expect((await kindsOf(gradient)).sort()).toEqual(["convolve", "pointwise"]);
  });

  it("which the plan describes", async () => {
    const program = await compile(device, () => ({ results: { y: convolved(), error: squaredError(x, target) } }));
    expect(program.describe()).toMatch(/convolution .*, stores \[a \+ b; max\(a, T\(0.0f\)\)\]\n/);
    expect(program.describe()).toMatch(/sum .*, loads \[a - b; a \* a\]\n/);
    expect(program.describe()).not.toContain("[]");
    program.dispose();
  });

  it("the input gradient of a convolution and another gradient that is added to it", async () => {
    const twoUses = () => gradients(p.add(sum(conv2d(x, weight, { padding: 1 })), squaredError(x, target)), [x]);
    expect((await kindsOf(twoUses)).sort()).toEqual(["convolve", "pointwise"]);
  });
});

it("never more than the eight buffers of WebGPU's default limits, however many operands there are", async () => {
  const many = Array.from({ length: 20 }, (_, i) => variableOf(device, oracle.array64([5], [i, i, i, i, i])));
  const program = await compile(device, () => ({
    results: { total: many.reduce(p.add), dot: sum(many.reduce(p.multiply)) },
  }));
  for (const { kernel } of program.steps) expect(kernel.inputs).toBeLessThanOrEqual(7);
  program.run();
  expect([...(await program.results.total.read())]).toEqual([190, 190, 190, 190, 190]);
  program.dispose();
});

it("a broadcast stays right when a sum or another function follows in another shape", async () => {
  const x = variableOf(device, oracle.array64([3, 4], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]));
  const bias = variableOf(device, oracle.array64([3], [100, 200, 300]));
  const results = await runProgram(device, () => {
    const biased = reshape(p.add(x, bias), [6, 2]);
    return { results: { rows: channelSum(biased), sum: sum(biased), doubled: p.scale(biased, 2) } };
  });
  expect(results).toEqual({
    rows: [203, 207, 411, 415, 619, 623],
    sum: [2478],
    doubled: [202, 204, 206, 208, 410, 412, 414, 416, 618, 620, 622, 624],
  });
});

it("what several nodes use is computed once, unless it is cheap", async () => {
  const x = variableOf(device, oracle.uniform(oracle.random(1), [5], 0.5, 2));
  const program = await compile(device, () => {
    const costly = p.tanh(p.exp(p.sqrt(p.multiply(x, p.log(x)))));
    return { results: { a: p.scale(costly, 2), b: p.addConstant(costly, 1) } };
  });
  const uses = program.steps.filter(({ kernel }) => kernel.wgsl.includes("tanh"));
  expect(uses.length).toBe(1);
  program.dispose();
});

describe("in a step of style transfer on VGG19", async () => {
  const { device: fake } = await fakeDevice();
  const { program, convolutions, poolings } = await compileVggStep(fake, {
    widths: [64, 128, 256, 512, 512],
    height: 96,
    width: 96,
    fill: zeroFill,
    contentLayer: "relu4_2",
    styleLayers: ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"],
  });
  const direct = 2;
  const of = (...kinds: string[]) =>
    program.steps.filter(({ tensor: { operation } }) => kinds.includes(operation.kind));

  it("each convolution is three dispatches forward and three backward, of three channels one", () => {
    expect(convolutions).toBe(13);
    expect(of("convolve").length).toBe(direct);
    for (const kind of ["winogradInput", "product", "winogradOutput"]) {
      expect(of(kind).length).toBe(2 * convolutions - direct);
    }
    expect(of("pool").length).toBe(poolings);
    expect(of("poolGradient").length).toBe(poolings);
  });

  it("bias, ReLU, its mask and the sums of gradients have no dispatch of their own", () => {
    const onFeatures = program.steps.filter(
      ({ tensor: { operation, shape } }) => operation.kind === "pointwise" && shape.length === 3 && shape[0] !== 3,
    );
    expect(onFeatures.map(({ kernel }) => kernel.label)).toEqual([]);
    const text = (pattern: string) =>
      of("convolve", "winogradOutput").filter(({ kernel }) => kernel.wgsl.includes(pattern)).length;
    expect(text("max(")).toBe(convolutions);
    // ReLU's gradient: of the last layer it is in the product of its style, of layers before a pooling in that of the pooling.
    const products = of("matmul").filter(({ kernel }) => kernel.wgsl.includes("select(T(0.0f), "));
    expect(products.length).toBe(1);
    expect(text("select(T(0.0f), ")).toBe(convolutions - poolings - 1);
    for (const { kernel } of of("poolGradient")) expect(kernel.inputs).toBe(2);
  });

  it("weights are packed and filters transformed before it", () => {
    expect(of("packWeights", "winogradFilters")).toEqual([]);
  });
});

it.each(["slim", "vgg19"])("functions of Gram matrices join other kernels in a step of %s", async (name) => {
  const { device: fake } = await fakeDevice();
  const { steps } = await compileStep(fake, 64, name);
  const matrices = steps.filter(({ tensor: { shape } }) => shape.length === 2 && shape[0] > 1 && shape[0] === shape[1]);
  expect(new Set(matrices.map(({ tensor }) => tensor.operation.kind))).toEqual(new Set(["sumSlices", "transpose"]));
});
