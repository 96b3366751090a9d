/** What the engine's tests share: a device per file, kernels run one at a time, and the way between tensors and the oracle. */
import { afterAll } from "vitest";
import { record, submit } from "../src/autograd/execution.ts";
import { Tensor } from "../src/autograd/graph.ts";
import { tensor, variable } from "../src/autograd/runtime.ts";
import { type Device, openDevice } from "../src/gpu/device.ts";
import type { Kernel } from "../src/kernels/kernel.ts";
import { type Array64, array64 } from "./oracle/index.ts";

/** Opens a device on the adapter that NST_ADAPTER names, and disposes it after the file's last test. For the top level. */
export async function testDevice(): Promise<Device> {
  const device = await openDevice({ onWarning: () => {} });
  afterAll(() => device.dispose());
  return device;
}

/** The oracle's values as a constant on the device. */
export function constantOf(device: Device, { shape, data }: Array64): Tensor {
  return tensor(device, shape, data);
}

/** The oracle's values as a variable on the device. */
export function variableOf(device: Device, { shape, data }: Array64): Tensor {
  return variable(device, shape, data);
}

/** Reads a tensor as the oracle's type. */
export async function arrayOf(values: Tensor): Promise<Array64> {
  return array64(values.shape, await values.read());
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
  if (inputs.length !== kernel.inputs) throw new Error(`${kernel.label} reads ${kernel.inputs}, not ${inputs.length}`);
  await device.pipelines.prepare([kernel]);
  const operands = inputs.map((data) => tensor(device, [data.length], data));
  const result = variable(device, [size + MARGIN], new Float32Array(size + MARGIN).fill(NaN));
  const node = new Tensor({ kind: "placeholder" }, operands, [size]);
  submit(
    device,
    record(device, [{ tensor: node, kernel }], (each) => (each.storage ?? result.storage!).buffer),
  );
  const values = await result.read();
  for (const used of [...operands, result]) used.dispose();
  const touched = values.subarray(size).findIndex((value) => !Number.isNaN(value));
  if (touched >= 0) throw new Error(`${kernel.label} wrote to element ${size + touched} of ${size}`);
  return values.subarray(0, size);
}
