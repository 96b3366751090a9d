/** What compiled programs promise: when assignments happen, and how rings rotate. */
import { describe, expect, it } from "vitest";
import { compile, type Traced } from "../../src/autograd/compile.ts";
import type { Tensor } from "../../src/autograd/graph.ts";
import { add, addConstant, multiply, scale } from "../../src/autograd/pointwise.ts";
import { sum } from "../../src/autograd/reductions.ts";
import { tensor, variable } from "../../src/autograd/runtime.ts";
import { ShapeError } from "../../src/errors.ts";
import { runProgram, testDevice } from "../engine.ts";
import { fakeDevice } from "./fake-gpu.ts";

const device = await testDevice();

const numbers = async (x: Tensor) => [...(await x.read())];

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
    await runProgram(device, () => ({ assign }), times);
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
      await runProgram(device, () => ({ assign: isReversed ? values().reverse() : values() }), times);
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
    const results = await runProgram(
      device,
      () => {
        const next = addConstant(x, 1);
        const total = sum(x);
        return {
          results: { old: x, next, total, later: multiply(add(x, total), next) },
          assign: [
            [x, next],
            [z, add(x, next)],
          ],
        };
      },
      2,
    );
    // In the second run x is [2, 3]: the total is 5, the next value [3, 4].
    expect(results).toEqual({ old: [2, 3], next: [3, 4], total: [5], later: [21, 32] });
    expect(await numbers(x)).toEqual([3, 4]);
    expect(await numbers(z)).toEqual([5, 7]);
  });

  it("equal values for several variables and results are all there", async () => {
    reset();
    const results = await runProgram(device, () => ({
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
    const results = await runProgram(device, () => {
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

  it("two assignments to one variable are refused", async () => {
    const twice = [
      [x, scale(x, 2)],
      [x, scale(x, 3)],
    ] as const;
    await expect(compile(device, () => ({ assign: twice }))).rejects.toThrow("2 assignments are to 1 variables");
  });
});

describe("a run in a loop is encoded while the one before it is computed", () => {
  it("so that it encodes nothing when it is asked for", async () => {
    const { device: fake, log } = await fakeDevice();
    const x = variable(fake, [3]);
    const program = await compile(fake, () => ({ assign: [[x, addConstant(x, 1)]] }));
    const encoded: number[] = [];
    for (let step = 0; step < 4; step++) {
      const before = log.encoders;
      program.run();
      encoded.push(log.encoders - before);
      await fake.finish();
    }
    // One run is no loop yet: the second encodes itself, and then the third.
    expect(encoded).toEqual([1, 1, 0, 0]);
    const { encoders, submissions } = log;
    program.run();
    program.run();
    await fake.finish();
    // Without waiting in between, the second had to encode itself; one more is encoded ahead.
    expect(log).toMatchObject({ encoders: encoders + 2, submissions: submissions + 2 });
    program.run();
    program.dispose();
    await fake.finish();
    // What was disposed is not encoded.
    expect(log).toMatchObject({ encoders: encoders + 2, submissions: submissions + 3 });
  });

  it("and is not used for another rotation, or with other copies to add", async () => {
    const ring = [0, 1, 2].map((value) => variable(device, [], [value]));
    const count = variable(device, []);
    const trace = () => ({ results: { first: ring[0] }, assign: [[count, addConstant(count, 1)]] as const });
    const program = await compile(device, trace, { rings: [ring] });
    const seen: number[][] = [];
    for (const rotation of [0, 1, 2, 0, 1, 1, 2, 4]) {
      program.run(rotation);
      seen.push(await numbers(program.results.first));
    }
    // In run r, 0 stands for ring[(3 - r % 3) % 3].
    expect(seen).toEqual([[0], [2], [1], [0], [2], [2], [1], [2]]);
    const called: string[] = [];
    const [a, b] = ["a", "b"].map((name) => () => void called.push(name));
    for (const finish of [a, a, a, b]) {
      program.run(undefined, finish);
      await device.finish();
    }
    // The third "a" is encoded ahead, and so is a fourth, in vain.
    expect(called).toEqual(["a", "a", "a", "a", "b", "b"]);
    expect(await numbers(count)).toEqual([12]);
    program.dispose();
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

  it("are bound when they are first needed, and what does not rotate only once", async () => {
    const { device: fake, log } = await fakeDevice();
    const ring = Array.from({ length: 100 }, () => variable(fake, []));
    const count = variable(fake, []);
    const trace = (): Traced => ({
      results: { one: scale(ring[1], 2) },
      assign: [
        [ring[0], scale(count, 3)],
        [count, addConstant(count, 1)],
      ],
    });
    const program = await compile(fake, trace, { rings: [ring] });
    const bound: number[] = [];
    const notePerRun = (rotation: number) => {
      const before = log.bindGroups.length;
      program.run(rotation);
      bound.push(log.bindGroups.length - before);
    };
    expect(log.bindGroups.length).toBe(program.steps.length);
    for (const rotation of [0, 50, 3, 50, 150]) notePerRun(rotation);
    expect(bound).toEqual([0, 2, 2, 0, 0]);
    program.dispose();
  });

  it("that are disposed are told of by the run that needs them", async () => {
    const ring = [0, 1, 2].map(() => variable(device, []));
    const count = variable(device, []);
    const trace = () => ({ assign: [[count, addConstant(ring[0], 1)]] as const });
    const program = await compile(device, trace, { rings: [ring] });
    program.run();
    program.run();
    ring.forEach((tensor) => tensor.dispose());
    // The next run is encoded ahead, where nobody could catch an error.
    await device.finish();
    expect(() => program.run()).toThrow(ShapeError);
    program.dispose();
  });

  it("several rotate together, and may be read before they are written in the same run", async () => {
    const rings = [0, 1].map((offset) => [0, 1].map((slot) => variable(device, [2], [offset, slot])));
    const [a, b] = rings;
    const results = await runProgram(
      device,
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
