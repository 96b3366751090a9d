/** What the engine's tests share: a device per file, the way between tensors and the oracle, and comparisons with it. */
import { afterAll, expect } from "vitest";
import { type CompileOptions, compile, type Traced } from "../src/autograd/compile.ts";
import { encode, record, submit } from "../src/autograd/execution.ts";
import { gradients } from "../src/autograd/gradient.ts";
import { Tensor } from "../src/autograd/graph.ts";
import { multiply } from "../src/autograd/pointwise.ts";
import { sum } from "../src/autograd/reductions.ts";
import { tensor, variable } from "../src/autograd/runtime.ts";
import type { Device } from "../src/gpu/device.ts";
import { openDevice } from "../src/gpu/open-device.ts";
import type { Kernel } from "../src/kernels/kernel.ts";
import { type Array64, array64, compare, random, uniform } from "./oracle/index.ts";

/** Opens a device on the adapter that NST_ADAPTER names, and disposes it after the file's last test. For the top level. */
export async function testDevice(): Promise<Device> {
  const device = await openDevice({ onWarning: () => {} });
  afterAll(() => device.dispose());
  return device;
}

/** The oracle's values as a constant on the device. */
export const constantOf = (device: Device, { shape, data }: Array64): Tensor => tensor(device, shape, data);

/** The oracle's values as a variable on the device. */
export const variableOf = (device: Device, { shape, data }: Array64): Tensor => variable(device, shape, data);

/** Compiles a program, runs it some times and gives the results of the last run by name. */
export async function runProgram(
  device: Device,
  trace: () => Traced,
  times = 1,
  options?: CompileOptions,
): Promise<Record<string, number[]>> {
  const program = await compile(device, trace, options);
  for (let step = 0; step < times; step++) program.run(step);
  const results: Record<string, number[]> = {};
  for (const [name, result] of Object.entries(program.results)) results[name] = [...(await result.read())];
  program.dispose();
  return results;
}

/** Values beyond the result that no kernel may touch. */
const MARGIN = 16;

/**
 * Runs one kernel on buffers of its own and gives the `size` values it wrote. What it leaves unwritten is NaN; writing
 * past the end is an error.
 */
export async function runKernel(
  device: Device,
  kernel: Kernel,
  inputs: readonly ArrayLike<number>[],
  size: number,
): Promise<Float32Array> {
  expect(inputs.length, `inputs of ${kernel.label}`).toBe(kernel.inputs);
  await device.pipelines.prepare([kernel]);
  const operands = inputs.map((data) => tensor(device, [data.length], data));
  const result = variable(device, [size + MARGIN], new Float32Array(size + MARGIN).fill(NaN));
  const node = new Tensor({ kind: "variable" }, operands, [size]);
  const bindingOf = (each: Tensor) => ({ buffer: (each.storage ?? result.storage!).buffer });
  submit(device, encode(device, record(device, [{ tensor: node, kernel }], bindingOf)));
  const values = await result.read();
  for (const used of [...operands, result]) used.dispose();
  const beyond = [...values.subarray(size)];
  expect(beyond.every(Number.isNaN), `${kernel.label} wrote past its end`).toBe(true);
  return values.subarray(0, size);
}

/** What the oracle says of an operation. Gradients are those of the inputs, given that of the value. */
export interface Expected {
  value: (...inputs: Array64[]) => Array64 | number;
  gradients: (gradient: Array64, ...inputs: Array64[]) => readonly Array64[];
}

/** How strictly {@link checkOperation} compares, see `compare`; `gradientTerms` has one number per input. */
export interface Strictness {
  label: string;
  k: number;
  terms?: number;
  gradientTerms?: readonly number[];
}

/**
 * Compares an operation with the oracle: its value, eager and compiled, and the gradient of every input, where the loss
 * is the dot product of the value with random numbers, all positive so that sums of them do not cancel.
 */
export async function checkOperation(
  device: Device,
  inputs: readonly Array64[],
  operation: (...inputs: Tensor[]) => Tensor,
  expected: Expected,
  { label, k, terms = 1, gradientTerms }: Strictness,
): Promise<void> {
  const value = asArray(expected.value(...inputs));
  const gradient = uniform(random(99), value.shape, 0.5, 1.5);
  const slopes = expected.gradients(gradient, ...inputs);
  const variables = inputs.map((input) => variableOf(device, input));
  const factors = constantOf(device, gradient);
  const program = await compile(device, () => {
    const computed = operation(...variables);
    const all = gradients(sum(multiply(computed, factors)), variables);
    return {
      results: { value: computed, ...Object.fromEntries(all.map((slope, index) => [`gradient ${index}`, slope])) },
    };
  });
  program.run();
  const eager = operation(...variables);
  const check = async (name: string, actual: Tensor, wanted: Array64, count: number) => {
    expect(actual.shape, `${label}, ${name}`).toEqual(wanted.shape);
    compare(await actual.read(), wanted, { k, terms: count, label: `${label}, ${name}` });
  };
  await check("compiled", program.results.value, value, terms);
  await check("eager", eager, value, terms);
  for (const [index, slope] of slopes.entries()) {
    const name = `gradient ${index}`;
    await check(name, program.results[name], slope, gradientTerms?.[index] ?? terms);
  }
  program.dispose();
  for (const used of [eager, factors, ...variables]) used.dispose();
}

function asArray(value: Array64 | number): Array64 {
  return typeof value === "number" ? array64([], [value]) : value;
}
