/** What compiled programs promise: when assignments happen, how rings rotate, and what is computed only once. */
import { describe, expect, it } from "vitest";
import { type CompileOptions, compile, type Traced } from "../../src/autograd/compile.ts";
import type { Tensor } from "../../src/autograd/graph.ts";
import { channelSum, conv2d, gram, matmul, mean, sum } from "../../src/autograd/operations.ts";
import { add, addConstant, multiply, pointwise, scale, square, subtract } from "../../src/autograd/pointwise.ts";
import { tensor, variable } from "../../src/autograd/runtime.ts";
import { ShapeError } from "../../src/errors.ts";
import { testDevice } from "../engine.ts";
import * as oracle from "../oracle/index.ts";
import { fakeDevice } from "./fake-gpu.ts";

const device = await testDevice();

const numbers = async (x: Tensor) => [...(await x.read())];

/** Compiles, runs some times and returns the results by name. */
async function run(trace: () => Traced, times = 1, options?: CompileOptions): Promise<Record<string, number[]>> {
  const program = await compile(device, trace, options);
  for (let i = 0; i < times; i++) program.run(i);
  const entries = await Promise.all(
    Object.entries(program.results).map(async ([name, result]) => [name, await numbers(result)] as const),
  );
  program.dispose();
  return Object.fromEntries(entries);
}

describe("assignments use the values from before the run", () => {
  const x = variable(device, [2]);
  const y = variable(device, [2]);
  const z = variable(device, [2]);
  const reset = () => {
    x.write(Float32Array.of(1, 2));
    y.write(Float32Array.of(10, 20));
    z.write(Float32Array.of(100, 200));
  };
  const valuesAfter = async (times: number, assign: Traced["assign"]) => {
    reset();
    await run(() => ({ assign }), times);
    return Promise.all([x, y, z].map(numbers));
  };

  it("a swap", async () => {
    const assign = [
      [x, y],
      [y, x],
    ] as const;
    expect(await valuesAfter(1, assign)).toEqual([
      [10, 20],
      [1, 2],
      [100, 200],
    ]);
    expect(await valuesAfter(3, assign)).toEqual([
      [10, 20],
      [1, 2],
      [100, 200],
    ]);
  });

  it("a rotation of three", async () => {
    const assign = [
      [x, y],
      [y, z],
      [z, x],
    ] as const;
    expect(await valuesAfter(1, assign)).toEqual([
      [10, 20],
      [100, 200],
      [1, 2],
    ]);
    expect(await valuesAfter(2, assign)).toEqual([
      [100, 200],
      [1, 2],
      [10, 20],
    ]);
  });

  it("a variable that gets another, which is assigned too, in either order", async () => {
    const values = () =>
      [
        [x, y],
        [y, scale(y, 2)],
      ] as [Tensor, Tensor][];
    const program = async (times: number, isReversed: boolean) => {
      reset();
      await run(() => ({ assign: isReversed ? values().reverse() : values() }), times);
      return Promise.all([x, y].map(numbers));
    };
    for (const isReversed of [false, true]) {
      expect(await program(1, isReversed)).toEqual([
        [10, 20],
        [20, 40],
      ]);
      expect(await program(3, isReversed)).toEqual([
        [40, 80],
        [80, 160],
      ]);
    }
  });

  it("results and other values see the old value, wherever they are in the program", async () => {
    reset();
    const results = await run(() => {
      const next = addConstant(x, 1);
      const total = sum(x);
      return {
        results: { old: x, next, total, later: multiply(add(x, total), next) },
        assign: [
          [x, next],
          [z, add(x, next)],
        ],
      };
    }, 2);
    // In the second run x is [2, 3]: the total is 5, the next value [3, 4].
    expect(results).toEqual({ old: [2, 3], next: [3, 4], total: [5], later: [21, 32] });
    expect(await numbers(x)).toEqual([3, 4]);
    expect(await numbers(z)).toEqual([5, 7]);
  });

  it("equal values for several variables and results are all there", async () => {
    reset();
    const results = await run(() => ({
      results: { a: add(x, y), b: add(x, y), x },
      assign: [
        [y, add(x, y)],
        [z, add(x, y)],
      ],
    }));
    expect(results).toEqual({ a: [11, 22], b: [11, 22], x: [1, 2] });
    expect(await Promise.all([x, y, z].map(numbers))).toEqual([
      [1, 2],
      [11, 22],
      [11, 22],
    ]);
  });

  it("the same tensor under several names", async () => {
    reset();
    const results = await run(() => {
      const both = add(x, y);
      return { results: { a: both, b: both }, assign: [[z, both]] };
    });
    expect(results).toEqual({ a: [11, 22], b: [11, 22] });
    expect(await numbers(z)).toEqual([11, 22]);
  });

  it("writing to a variable between runs counts from the next run", async () => {
    reset();
    const program = await compile(device, () => ({ results: { doubled: scale(x, 2) } }));
    program.run();
    expect(await numbers(program.results.doubled)).toEqual([2, 4]);
    x.write(Float32Array.of(5, 6));
    expect(await numbers(program.results.doubled)).toEqual([2, 4]);
    program.run();
    expect(await numbers(program.results.doubled)).toEqual([10, 12]);
    program.dispose();
  });

  it("a value of another shape, and a target that is no variable, are refused", async () => {
    const constant = tensor(device, [2], [1, 2]);
    const sumOfX = () => ({ assign: [[x, sum(x)]] as const });
    await expect(compile(device, sumOfX)).rejects.toThrow(
      new ShapeError("A variable of shape 2 cannot become scalar. Assign a value of its shape."),
    );
    await expect(compile(device, () => ({ assign: [[constant, x]] }))).rejects.toThrow("not a constant");
    await expect(compile(device, () => ({ assign: [[scale(x, 1), x]] }))).rejects.toThrow("not a pointwise");
  });
});

describe("rings", () => {
  it("what a run calls 0 is 1 in the next and n - 1 in the last before it is 0 again", async () => {
    const ring = [variable(device, []), variable(device, []), variable(device, [])];
    const count = variable(device, []);
    const program = await compile(
      device,
      () => ({
        results: { one: ring[1], two: ring[2] },
        assign: [
          [ring[0], count],
          [count, addConstant(count, 1)],
        ],
      }),
      { rings: [ring] },
    );
    const seen: number[][] = [];
    for (let step = 0; step < 7; step++) {
      program.run(step);
      seen.push([...(await numbers(program.results.one)), ...(await numbers(program.results.two))]);
    }
    // Step t writes t: one step later it is number 1, two steps later number 2.
    expect(seen).toEqual([
      [0, 0],
      [0, 0],
      [1, 0],
      [2, 1],
      [3, 2],
      [4, 3],
      [5, 4],
    ]);
    program.dispose();
  });

  it("several rotate together, and may be read before they are written in the same run", async () => {
    const rings = [0, 1].map((offset) => [0, 1].map((slot) => variable(device, [2], [offset, slot])));
    const [a, b] = rings;
    const results = await run(
      () => ({
        results: { sum: add(add(a[0], a[1]), add(b[0], b[1])) },
        assign: [
          [a[0], add(a[1], b[0])],
          [b[0], addConstant(a[0], 10)],
        ],
      }),
      3,
      { rings },
    );
    // The same with arrays, which are turned by one after each step.
    let [p, q] = [
      [
        [0, 0],
        [0, 1],
      ],
      [
        [1, 0],
        [1, 1],
      ],
    ];
    let expected: number[] = [];
    const plus = (u: number[], v: number[]) => u.map((value, i) => value + v[i]);
    for (let step = 0; step < 3; step++) {
      expected = [p[0], p[1], q[0], q[1]].reduce(plus);
      [p[0], q[0]] = [plus(p[1], q[0]), plus(p[0], [10, 10])];
      p = [p[1], p[0]];
      q = [q[1], q[0]];
    }
    expect(results.sum).toEqual(expected);
  });
});

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
    expect(await run(trace)).toEqual({
      product: [198, 243, 288, 0, 0, 0, 0, 0, 0],
      sum: [61, 73, 85, 132, 162, 192, 204, 252, 300],
    });
  });

  it("a result of constants alone, also where other results use it", async () => {
    const c = tensor(device, [2], [3, 4]);
    const x = variable(device, [2], [1, 1]);
    const results = await run(() => {
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
    const { result } = await run(() => ({ results: { result: operation() } }));
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
  const { device: fake, log } = await fakeDevice();
  const counted = await compile(fake, layers(variable(fake, [4, 8, 8]), variable(fake, [4, 4, 3, 3])));
  program.run();
  const whole = await numbers(program.results.y);
  // One for each 200 ms that a run took.
  for (const [milliseconds, submissions] of [
    [200, 1],
    [201, 2],
    [900, 5],
    [1e6, 64],
  ]) {
    program.results.y.write(new Float32Array(4 * 8 * 8));
    program.milliseconds = milliseconds;
    program.run();
    expect(await numbers(program.results.y)).toEqual(whole);
    const before = log.submissions;
    counted.milliseconds = milliseconds;
    counted.run();
    expect(log.submissions - before).toBe(submissions);
  }
  program.dispose();
});
