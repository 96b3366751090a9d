/** What programs compute only once, what eager operations share with them, and how long ones are submitted. */
import { describe, expect, it } from "vitest";
import { compile } from "../../src/autograd/compile.ts";
import { gradients } from "../../src/autograd/gradient.ts";
import type { Tensor } from "../../src/autograd/graph.ts";
import { conv2d } from "../../src/autograd/operations.ts";
import { add, multiply, pointwise, scale, square, subtract } from "../../src/autograd/pointwise.ts";
import { channelSum, gram, matmul, mean, sum } from "../../src/autograd/reductions.ts";
import { tensor, variable } from "../../src/autograd/runtime.ts";
import { runProgram, testDevice } from "../engine.ts";
import * as oracle from "../oracle/index.ts";
import { fakeDevice } from "./fake-gpu.ts";

const device = await testDevice();

const numbers = async (x: Tensor) => [...(await x.read())];

describe("constants", () => {
  const next = oracle.random(51);
  const image = variable(device, [3, 6, 8], oracle.normal(next, [3, 6, 8]).data);
  const values = oracle.normal(next, [4, 3, 3, 3]).data;
  const kinds = async (weight: Tensor) => {
    const program = await compile(device, () => ({ results: { y: conv2d(image, weight, { padding: 1 }) } }));
    program.run();
    const result = await program.results.y.read();
    const steps = program.steps.map(({ tensor: { operation } }) => operation.kind);
    program.dispose();
    return { result, steps };
  };

  it("weights that are constants are packed once, variables at each run", async () => {
    const constant = await kinds(tensor(device, [4, 3, 3, 3], values));
    const changing = await kinds(variable(device, [4, 3, 3, 3], values));
    expect(constant.steps).toEqual(["pad", "convolve"]);
    expect(changing.steps.sort()).toEqual(["convolve", "packWeights", "pad"]);
    expect(constant.result).toEqual(changing.result);
  });

  it("expressions of constants are computed once, whatever uses them", async () => {
    const c = tensor(device, [3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const x = variable(device, [3, 3], [1, 1, 1, 0, 0, 0, 0, 0, 0]);
    const trace = () => {
      const squared = matmul(c, c);
      return { results: { product: matmul(x, squared), sum: add(x, scale(squared, 2)) } };
    };
    const program = await compile(device, trace);
    expect(program.steps.map(({ tensor: { operation } }) => operation.kind).sort()).toEqual(["matmul", "pointwise"]);
    program.dispose();
    // c squared is [[30, 36, 42], [66, 81, 96], [102, 126, 150]].
    expect(await runProgram(device, trace)).toEqual({
      product: [198, 243, 288, 0, 0, 0, 0, 0, 0],
      sum: [61, 73, 85, 132, 162, 192, 204, 252, 300],
    });
  });

  it("what a gradient starts from, times a constant, is computed once", async () => {
    const [half, quarter] = [0.5, 0.25].map((value) => tensor(device, [], [value]));
    const x = variable(device, [2], [3, 4]);
    const trace = () => {
      const loss = scale(multiply(half, multiply(quarter, sum(square(x)))), 16);
      return { results: { gradient: gradients(loss, [x])[0] } };
    };
    const program = await compile(device, trace);
    expect(program.steps.map(({ tensor: { shape } }) => shape)).toEqual([[2]]);
    program.dispose();
    expect(await runProgram(device, trace)).toEqual({ gradient: [12, 16] });
  });

  it("a result of constants alone, also where other results use it", async () => {
    const c = tensor(device, [2], [3, 4]);
    const x = variable(device, [2], [1, 1]);
    const results = await runProgram(device, () => {
      const doubled = scale(c, 2);
      return { results: { c, doubled, length: sum(square(c)), total: add(x, doubled) }, assign: [[x, doubled]] };
    });
    expect(results).toEqual({ c: [3, 4], doubled: [6, 8], length: [25], total: [7, 9] });
    expect(await numbers(x)).toEqual([6, 8]);
  });

  it("their memory is freed with the program", async () => {
    const weight = tensor(device, [4, 3, 3, 3], values);
    const before = { ...device.allocated };
    const program = await compile(device, () => ({ results: { y: conv2d(image, weight) } }));
    expect(device.allocated.bytes).toBeGreaterThan(before.bytes);
    program.dispose();
    program.dispose();
    expect(device.allocated).toEqual(before);
  });
});

it("eager operations give the same bits as programs of that one operation", async () => {
  const next = oracle.random(52);
  const of = (...shape: number[]) => variable(device, shape, oracle.uniform(next, shape, 0.1, 2).data);
  const [x, y, weight, bias, matrix] = [of(3, 7, 12), of(3, 7, 12), of(5, 3, 3, 3), of(3), of(12, 7)];
  const operations: Record<string, () => Tensor> = {
    add: () => add(x, y),
    broadcast: () => subtract(x, bias),
    pointwise: () => pointwise("exp(a) / (b + tanh(a))", x, y),
    convolution: () => conv2d(x, weight, { padding: 1, mode: "reflect" }),
    sum: () => sum(x),
    channelSum: () => channelSum(y),
    mean: () => mean(x),
    gram: () => gram(y),
    matmul: () => matmul(matrix, matrix, { transposeB: true }),
  };
  for (const [name, operation] of Object.entries(operations)) {
    const eager = operation();
    const { result } = await runProgram(device, () => ({ results: { result: operation() } }));
    expect(await numbers(eager), name).toEqual(result);
  }
});

it("a long program is split into several submissions of the same work", async () => {
  const layers = (x: Tensor, weight: Tensor) => () => {
    const y = Array.from({ length: 5 }).reduce<Tensor>((image) => conv2d(image, weight, { padding: 1 }), x);
    return { results: { y } };
  };
  const x = variable(device, [4, 8, 8], oracle.normal(oracle.random(53), [4, 8, 8]).data);
  const weight = tensor(device, [4, 4, 3, 3], oracle.normal(oracle.random(54), [4, 4, 3, 3], 0.2).data);
  const program = await compile(device, layers(x, weight));
  const fakes = await Promise.all([false, true].map((isSoftware) => fakeDevice({ isSoftware })));
  const counted = await Promise.all(
    fakes.map(({ device: fake }) => compile(fake, layers(variable(fake, [4, 8, 8]), variable(fake, [4, 4, 3, 3])))),
  );
  program.run();
  const whole = await numbers(program.results.y);
  // One for each 200 ms that a run took on a GPU, and for each 2 s on a software adapter.
  for (const [milliseconds, ...submissions] of [
    [200, 1, 1],
    [201, 2, 1],
    [900, 5, 1],
    [4100, 21, 3],
    [1e6, 64, 64],
  ]) {
    program.results.y.write(new Float32Array(4 * 8 * 8));
    program.milliseconds = milliseconds;
    program.run();
    expect(await numbers(program.results.y)).toEqual(whole);
    const before = fakes.map(({ log }) => log.submissions);
    for (const each of counted) {
      each.milliseconds = milliseconds;
      each.run();
    }
    expect(fakes.map(({ log }, index) => log.submissions - before[index])).toEqual(submissions);
  }
  program.dispose();
});
