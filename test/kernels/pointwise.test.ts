/** Pointwise functions: how they compose, how operands are broadcast, and as the epilogue of every kernel that takes one. */
import { describe, expect, it } from "vitest";
import type { Kernel } from "../../src/kernels/kernel.ts";
import { literal } from "../../src/kernels/kernel.ts";
import { matmulKernel } from "../../src/kernels/matrix.ts";
import { type Padding, padGradientKernel, padKernel } from "../../src/kernels/pad.ts";
import { type Broadcast, compose, type Pointwise, pointwiseKernel, pointwiseOf } from "../../src/kernels/pointwise.ts";
import { poolGradientKernel, poolKernel } from "../../src/kernels/pool.ts";
import { dilateKernel, transposeKernel, upsampleGradientKernel, upsampleKernel } from "../../src/kernels/rearrange.ts";
import { sumKernel, sumSlicesKernel } from "../../src/kernels/sum.ts";
import { runKernel, testDevice } from "../engine.ts";
import type { Array64 } from "../oracle/index.ts";
import * as oracle from "../oracle/index.ts";

const device = await testDevice();
const next = oracle.random(13);

/** What a broadcast reads at each element of a result of this shape. */
function spread(operand: Array64, broadcast: Broadcast, shape: readonly number[]): Array64 {
  const perChannel = oracle.sizeOf(shape.slice(1));
  const same = (i: number) => i;
  const channel = (i: number) => Math.floor(i / perChannel);
  const place = { element: same, channel, scalar: () => 0, bit: same, own: same };
  const result = oracle.zeros(shape);
  result.data.forEach((_, i) => {
    const value = operand.data[place[broadcast](i)];
    result.data[i] = broadcast === "bit" ? Number(value > 0) : value;
  });
  return result;
}

function operandOf(broadcast: Broadcast, shape: readonly number[]): Array64 {
  return oracle.normal(
    next,
    { element: shape, channel: shape.slice(0, 1), scalar: [], bit: shape, own: shape }[broadcast],
  );
}

/** The operand as the kernel reads it. */
function bufferOf(operand: Array64, broadcast: Broadcast): ArrayLike<number> {
  return broadcast === "bit" ? oracle.signMask(operand) : operand.data;
}

const BROADCASTS: readonly Broadcast[] = ["element", "channel", "scalar", "bit"];
const PAIRS = BROADCASTS.flatMap((a) => BROADCASTS.map((b) => [a, b] as const));

describe.each([[3, 4, 5], [3, 5, 7], [8, 3], [4, 80], [5], [1]])("broadcasts over %s %s %s", (...dimensions) => {
  const shape = dimensions.filter((extent) => typeof extent === "number");

  it.each(PAIRS)("%s and %s", async (...broadcasts) => {
    const operands = broadcasts.map((broadcast) => operandOf(broadcast, shape));
    const kernel = pointwiseKernel(pointwiseOf("a - T(2.0f) * b", broadcasts), shape);
    const [a, b] = operands.map((operand, i) => spread(operand, broadcasts[i], shape));
    const expected = oracle.map2(a, b, (p, q) => p - 2 * q);
    const buffers = operands.map((operand, i) => bufferOf(operand, broadcasts[i]));
    const actual = await runKernel(device, kernel, buffers, expected.data.length);
    oracle.compare(actual, expected, { k: 2, terms: 1, label: `${kernel.label} ${broadcasts}` });
  });
});

describe("composition", () => {
  const run = async (pointwise: Pointwise, operands: readonly number[]) => {
    const kernel = pointwiseKernel(pointwise, [1]);
    const inputs = operands.map((operand) => [operand]);
    return (await runKernel(device, kernel, inputs, 1))[0];
  };
  const outer = pointwiseOf("a - b * c", ["element", "scalar", "element"]);
  const inner = pointwiseOf("a / b", ["channel", "element"]);

  it("puts the inner function in place of an operand, its operands after the others", async () => {
    // Outer of (10, 3, 5) is -5; each composition gives the outer operands that are left, then 12 / 4.
    const composed = [0, 1, 2].map((position) => compose(outer, position, inner));
    expect(composed.map(({ operands }) => operands)).toEqual([
      ["scalar", "element", "channel", "element"],
      ["element", "element", "channel", "element"],
      ["element", "scalar", "channel", "element"],
    ]);
    expect(await run(outer, [10, 3, 5])).toBe(-5);
    expect(await run(composed[0], [3, 5, 12, 4])).toBe(12 / 4 - 3 * 5);
    expect(await run(composed[1], [10, 5, 12, 4])).toBe(10 - (12 / 4) * 5);
    expect(await run(composed[2], [10, 3, 12, 4])).toBe(10 - 3 * (12 / 4));
  });

  it("of compositions, on either side", async () => {
    const double = pointwiseOf("a + a", ["element"]);
    const twice = compose(compose(outer, 2, inner), 0, compose(double, 0, double));
    expect(twice.operands).toEqual(["scalar", "channel", "element", "element"]);
    expect(await run(twice, [3, 12, 4, 10])).toBe(4 * 10 - 3 * (12 / 4));
  });

  it("replaces the letters of operands alone, not those inside of names and numbers", async () => {
    const formula = "select(abs(b), exp2(a), a > T(1e-3f)) + T(2.5e0f) + c + d + e + f + g";
    const pointwise = pointwiseOf(formula, Array<Broadcast>(7).fill("element"));
    expect(await run(pointwise, [3, -4, 1, 2, 3, 4, 5])).toBe(8 + 2.5 + 15);
    expect(await run(pointwise, [0, -4, 1, 2, 3, 4, 5])).toBe(4 + 2.5 + 15);
  });
});

it("tensors of all sizes share a shader, unless an operand has a value for each channel", () => {
  const textOf = (broadcast: Broadcast, shape: number[]) =>
    pointwiseKernel(pointwiseOf("a * b", ["element", broadcast]), shape).wgsl;
  expect(textOf("scalar", [3, 16, 16])).toBe(textOf("scalar", [8, 4, 4]));
  expect(textOf("element", [3, 16, 16])).toBe(textOf("element", [8, 4, 4]));
  expect(textOf("channel", [3, 16, 16])).not.toBe(textOf("channel", [8, 4, 4]));
});

it("numbers are written as WGSL reads them, as the nearest float32", async () => {
  const values = [0, -0, 1, -3, 0.1, 1 / 3, 1e-10, 1.5e21, 3.4e38, -2e-38, 16777217, 2 ** 100];
  for (const value of values) {
    const kernel = pointwiseKernel(pointwiseOf(`a + T(${literal(value)})`, ["element"]), [1]);
    expect((await runKernel(device, kernel, [[0]], 1))[0], literal(value)).toBe(Math.fround(value) + 0);
  }
  expect(() => literal(1e39 * 1e300)).toThrow("Infinity cannot be written in WGSL.");
  expect(() => literal(Number.NaN)).toThrow("NaN cannot be written in WGSL.");
});

describe("as an epilogue", () => {
  const padding: Padding = { mode: "reflect", top: 1, bottom: 2, left: 1, right: 0, extraRows: 0, extraColumns: 0 };
  const identity = pointwiseOf("a", ["element"]);
  const image = [4, 6, 8];
  const odd = [3, 5, 7];
  /** Kernels with and without epilogue by the shapes of their inputs, and the shape of their result. */
  const hosts: [name: string, make: (epilogue?: Pointwise) => Kernel, inputs: number[][], result: number[]][] = [
    [
      "matmul of vectors",
      (e) => matmul(8, e),
      [
        [5, 3],
        [3, 8],
      ],
      [5, 8],
    ],
    [
      "matmul",
      (e) => matmul(7, e),
      [
        [5, 3],
        [3, 7],
      ],
      [5, 7],
    ],
    ["sumRows", (e) => sumKernel({ rows: 3, columns: 35, slices: 1 }, identity, e), [odd], [3]],
    ["sumSlices", (e) => sumSlicesKernel([4, 6], 2, e), [[2, 4, 6]], [4, 6]],
    ["sumSlices of vectors", (e) => sumSlicesKernel([4, 8], 2, e), [[2, 4, 8]], [4, 8]],
    ["max pooling", (e) => poolKernel(odd, "max", e), [odd], [3, 2, 3]],
    ["average pooling", (e) => poolKernel(image, "average", e), [image], [4, 3, 4]],
    [
      "max pooling's gradient",
      (e) => poolGradientKernel(odd, "max", e),
      [
        [3, 2, 3],
        [3, 2, 1],
      ],
      odd,
    ],
    ["average pooling's gradient", (e) => poolGradientKernel(image, "average", e), [[4, 3, 4]], image],
    ["pad", (e) => padKernel(odd, padding, e), [odd], [3, 8, 8]],
    ["pad's gradient", (e) => padGradientKernel(odd, padding, e), [[3, 8, 8]], odd],
    ["upsample", (e) => upsampleKernel(odd, 2, e), [odd], [3, 10, 14]],
    ["upsample's gradient", (e) => upsampleGradientKernel(odd, 2, e), [[3, 10, 14]], odd],
    ["dilate", (e) => dilateKernel(odd, 2, e), [odd], [3, 9, 13]],
    ["transpose", (e) => transposeKernel([5, 3], e), [[5, 3]], [3, 5]],
  ];

  function matmul(columns: number, epilogue?: Pointwise): Kernel {
    return matmulKernel({ rows: 5, columns, depth: 3, transposeA: false, transposeB: false }, epilogue);
  }

  it.each(hosts)("of %s", async (_name, make, inputShapes, shape) => {
    const inputs = inputShapes.map((input) => oracle.normal(next, input).data);
    const plain = oracle.array64(shape, await runKernel(device, make(), inputs, oracle.sizeOf(shape)));
    const broadcasts = ["element", "channel", "scalar", "element", "bit"] as const;
    const operands = broadcasts.slice(1).map((broadcast) => operandOf(broadcast, shape));
    const kernel = make(pointwiseOf("((a + b) * c - d) * e", broadcasts));
    const buffers = [...inputs, ...operands.map((operand, i) => bufferOf(operand, broadcasts[i + 1]))];
    const [b, c, d, e] = operands.map((operand, i) => spread(operand, broadcasts[i + 1], shape));
    const expected = oracle.multiply(oracle.subtract(oracle.multiply(oracle.add(plain, b), c), d), e);
    const actual = await runKernel(device, kernel, buffers, expected.data.length);
    oracle.compare(actual, expected, { k: 5, terms: 1, label: kernel.label });
  });
});
