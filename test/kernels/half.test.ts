/** Kernels whose tensors are stored in 16 bits: loads and stores against bfloat16 rounded in JavaScript, bit by bit. */
import { expect, it } from "vitest";
import { canStoreHalves, type Format, withFormats } from "../../src/kernels/half.ts";
import { matmulKernel } from "../../src/kernels/matrix.ts";
import { compose, pointwiseKernel, pointwiseOf } from "../../src/kernels/pointwise.ts";
import { poolKernel } from "../../src/kernels/pool.ts";
import { productKernel } from "../../src/kernels/product.ts";
import { loadSoftwareKernels } from "../../src/kernels/software.ts";
import { runKernel, testDevice } from "../engine.ts";
import * as oracle from "../oracle/index.ts";

const device = await testDevice();
await loadSoftwareKernels();

/** The formats of a kernel's bindings, float32 where nothing is said. */
const formats =
  (format: Format, ...bindings: number[]) =>
  (binding: number): Format =>
    bindings.includes(binding) ? format : "float32";

/** The bfloat16 nearest to a number, ties to even, as 16 bits. */
function toHalf(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0];
  const [below, rest] = [bits >>> 16, bits & 0xffff];
  return rest > 0x8000 || (rest === 0x8000 && below % 2 === 1) ? below + 1 : below;
}

const fromHalf = (half: number) => new Float32Array(Uint32Array.of(half << 16).buffer)[0];

/** Numbers as a kernel reads them, two to a word. */
const packed = (values: ArrayLike<number>) => new Float32Array(Uint16Array.from(values, toHalf).buffer);

const rounded = (values: ArrayLike<number>) => Float64Array.from(values, (value) => fromHalf(toHalf(value)));

it("loads vectors and stores them rounded to nearest, ties to even, from the smallest to the largest numbers", async () => {
  const next = oracle.random(4);
  const a = oracle.normal(next, [4, 8, 8]).data.map((value, i) => value * 2 ** ((i % 200) - 100));
  const b = Float64Array.from(a, (value, i) => (i % 3 === 0 ? fromHalf(toHalf(value)) * 2 ** -9 : 0));
  const kernel = pointwiseKernel(pointwiseOf("a + b", ["element", "element"]), [4, 8, 8]);
  const halved = withFormats(kernel, formats("bfloat16", 0, 2));
  const result = await runKernel(device, halved, [packed(a), Float32Array.from(b)], a.length / 2);
  const expected = rounded(a).map((value, i) => Math.fround(value + Math.fround(b[i])));
  expect([...new Uint16Array(result.buffer, result.byteOffset, a.length)]).toEqual([...expected].map(toHalf));
});

it("stores float16 within a unit of the last place, and stops at its largest number", async () => {
  const values = oracle
    .normal(oracle.random(7), [2, 8, 8])
    .data.map((value, i) => (i % 8 === 0 ? value * 1e9 : value * 2 ** (i % 15)));
  const copy = pointwiseKernel(pointwiseOf("a", ["element"]), [2, 8, 8]);
  const stored = await runKernel(device, withFormats(copy, formats("float16", 1)), [Float32Array.from(values)], 64);
  const loaded = await runKernel(device, withFormats(copy, formats("float16", 0)), [stored], 128);
  values.forEach((value, i) => {
    const expected = Math.max(-65504, Math.min(65504, value));
    expect(Math.abs(loaded[i] - expected), `${value}`).toBeLessThanOrEqual(2 ** -10 * Math.abs(expected));
  });
});

it.each([
  // NaN of NVIDIA, of x86, the one with the fewest bits, and a negative one.
  ["float16", [0x7fffffff, 0x7fc00000, 0x7f800001, 0xffffffff]],
  ["bfloat16", [0x7fffffff, 0x7fc00000, 0x7f800001, 0xffffffff]],
] as const)("keeps NaN in %s, whatever its bits, and what is beside it", async (format, bits) => {
  const copy = pointwiseKernel(pointwiseOf("a", ["element"]), [2, 2, 4]);
  const values = new Float32Array(16).fill(1.5);
  const given = new Uint32Array(values.buffer);
  bits.forEach((each, i) => (given[5 * i] = each));
  const stored = await runKernel(device, withFormats(copy, formats(format, 1)), [values], 8);
  const loaded = await runKernel(device, withFormats(copy, formats(format, 0)), [stored], 16);
  expect([...loaded]).toEqual([...values].map((value, i) => (i % 5 === 0 ? NaN : value)));
});

it("loads single numbers", async () => {
  const image = oracle.normal(oracle.random(5), [3, 6, 10]);
  const kernel = withFormats(poolKernel(image.shape as number[], "average"), formats("bfloat16", 0));
  const result = await runKernel(device, kernel, [packed(image.data)], 3 * 3 * 5);
  const expected = oracle.averagePool2d({ shape: image.shape, data: rounded(image.data) });
  oracle.compare(result, expected, { k: 4, terms: 4, label: "average pool of halves" });
});

it("rewrites loads inside of indices and epilogues", async () => {
  const next = oracle.random(6);
  const [a, b, c] = [oracle.normal(next, [9, 5]), oracle.normal(next, [5, 8]), oracle.normal(next, [9, 8])];
  const epilogue = compose(
    pointwiseOf("max(a, T(0.0f))", ["element"]),
    0,
    pointwiseOf("a + b", ["element", "element"]),
  );
  const shape = { rows: 9, columns: 8, depth: 5, transposeA: false, transposeB: false };
  const kernel = withFormats(matmulKernel(shape, epilogue), formats("bfloat16", 1, 2, 3));
  const result = await runKernel(device, kernel, [Float32Array.from(a.data), packed(b.data), packed(c.data)], 36);
  const [roundedB, roundedC] = [b, c].map(({ shape: own, data }) => ({ shape: own, data: rounded(data) }));
  const sum = oracle.add(oracle.matmul(a, roundedB), roundedC);
  const values = Float32Array.from(new Uint16Array(result.buffer, result.byteOffset, 72), fromHalf);
  const errors = oracle
    .relu(sum)
    .data.map((value, i) => Math.abs(values[i] - value) - Math.abs(value) * 2 ** -8 * 1.01);
  expect(Math.max(...errors)).toBeLessThan(1e-5);
});

it("leaves first what a text must begin with", async () => {
  const next = oracle.random(8);
  const [left, right] = [oracle.normal(next, [6, 32]), oracle.normal(next, [6, 40])];
  const lanes = device.gpu.adapterInfo.subgroupMaxSize!;
  const kernel = productKernel(
    { batches: 1, rows: 32, columns: 40, depth: 6 },
    { kind: "subgroup", rows: 8, vectors: 2, lanes, steps: 2 },
  );
  const halved = withFormats(kernel, formats("bfloat16", 0, 1));
  expect(halved.wgsl).toMatch(/^enable subgroups;/);
  const result = await runKernel(device, halved, [packed(left.data), packed(right.data)], 32 * 40);
  const [a, b] = [left, right].map(({ shape, data }) => ({ shape, data: rounded(data) }));
  const expected = oracle.matmul(a, b, { transposeA: true, transposeB: false });
  oracle.compare(result, expected, { k: 8, terms: 6, label: "product of halves in subgroups" });
});

it("leaves results alone that are stored one by one, since two numbers share a word", () => {
  expect(canStoreHalves(pointwiseKernel(pointwiseOf("a", ["element"]), [4, 8, 8]))).toBe(true);
  expect(canStoreHalves(pointwiseKernel(pointwiseOf("a", ["element"]), [3, 3, 3]))).toBe(false);
});

it("does not touch a kernel without halves", () => {
  const kernel = pointwiseKernel(pointwiseOf("a", ["element"]), [4, 8, 8]);
  expect(withFormats(kernel, formats("float16"))).toBe(kernel);
});
