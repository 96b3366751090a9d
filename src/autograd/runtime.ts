/** Tensors with values: made from data, and computed one operation at a time (eager execution). */
import { ShapeError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import { formatShape, sizeOf } from "../kernels/kernel.ts";
import { oncePer } from "../once-per.ts";
import { targetOf } from "./algorithms.ts";
import { encode, record, submit } from "./execution.ts";
import { expand } from "./expand.ts";
import { fuse } from "./fuse.ts";
import { checkShape, ownerOf, type Runtime, type Storage, separate, Tensor } from "./graph.ts";
import { accumulate } from "./in-place.ts";
import type { Shape } from "./kinds.ts";
import { lower } from "./lower.ts";
import { packMasks } from "./masks.ts";
import { planMemory } from "./plan.ts";
import { schedule } from "./schedule.ts";
import { unrollWinograd } from "./winograd.ts";

/** The runtime of a device, the same at every call. */
const runtimeOf = oncePer(makeRuntime);

function makeRuntime(device: Device): Runtime {
  const runtime: Runtime = {
    evaluate: (tensors) => evaluate(device, runtime, tensors),
    write({ buffer }, data) {
      device.check();
      device.gpu.queue.writeBuffer(buffer, 0, data as Float32Array<ArrayBuffer>);
    },
    read: async ({ buffer }, length) => new Float32Array(await device.read(buffer, 4 * length)),
    free: ({ buffer }) => device.destroyBuffer(buffer),
  };
  return runtime;
}

/**
 * A constant: programs may compute with its values while they are compiled, so make what is to change a {@link variable}.
 * Row-major `data` of the shape's size.
 *
 * @example
 * ```ts
 * import { openDevice, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const matrix = tensor(device, [2, 2], [1, 2, 3, 4]);
 * console.log(matrix.shape, await matrix.read()); // [ 2, 2 ] Float32Array(4) [ 1, 2, 3, 4 ]
 * device.dispose();
 * ```
 * @throws {ShapeError} when `data` has another number of values, or the shape is not of whole numbers from 1.
 * @throws {LimitExceededError} when it is larger than the device allows.
 * @category Tensors
 */
export function tensor(device: Device, shape: Shape, data: ArrayLike<number>): Tensor {
  return allocate(device, "constant", shape, data);
}

/**
 * A variable: a tensor whose values programs read anew at each run, and may assign to. Row-major `data` of the shape's size; zeros
 * without it.
 *
 * @example
 * ```ts
 * import { addConstant, compile, openDevice, variable } from "nst-gpu";
 *
 * const device = await openDevice();
 * const count = variable(device, []);
 * const program = await compile(device, () => ({ assign: [[count, addConstant(count, 1)]] }));
 * for (let step = 0; step < 3; step++) program.run();
 * console.log(await count.read()); // Float32Array(1) [ 3 ]
 * device.dispose();
 * ```
 * @throws {ShapeError} when `data` has another number of values, or the shape is not of whole numbers from 1.
 * @throws {LimitExceededError} when it is larger than the device allows.
 * @category Tensors
 */
export function variable(device: Device, shape: Shape, data?: ArrayLike<number>): Tensor {
  return allocate(device, "variable", shape, data);
}

function allocate(device: Device, kind: "constant" | "variable", shape: Shape, data?: ArrayLike<number>): Tensor {
  checkShape(kind, shape);
  if (data && data.length !== sizeOf(shape)) {
    throw new ShapeError(
      `${data.length} values do not fill a tensor of shape ${formatShape(shape)}; pass ${sizeOf(shape)}.`,
    );
  }
  const result = new Tensor({ kind }, [], shape);
  const buffer = device.createBuffer(4 * result.size, `${kind} ${formatShape(shape)}`);
  result.storage = { buffer, runtime: runtimeOf(device) };
  if (data) result.write(data instanceof Float32Array ? data : Float32Array.from(data));
  return result;
}

/** A stored tensor without values yet, for results. */
export function emptyTensor(device: Device, shape: Shape, label: string): Tensor {
  const result = new Tensor({ kind: "variable" }, [], shape);
  result.label = label;
  result.storage = { buffer: device.createBuffer(4 * result.size, label), runtime: runtimeOf(device) };
  return result;
}

/**
 * Runs the graph under some tensors now, and gives each its storage. Eager execution is a program of one operation that
 * is thrown away; its pipelines stay in the device's cache.
 */
function evaluate(device: Device, runtime: Runtime, tensors: readonly Tensor[]): Storage[] {
  const outputs = unrollWinograd(packMasks(accumulate(fuse(separate(expand(tensors, targetOf(device)))))));
  const steps = schedule(outputs);
  for (const node of steps) device.checkSize(4 * node.size, describe(node));
  const plan = planMemory(steps, new Set(outputs), device.largestTensor);
  const results = new Map(outputs.map((node) => [ownerOf(node), device.createBuffer(4 * node.size, describe(node))]));
  const temporary = plan.bytes.map((bytes, index) => device.createBuffer(bytes, `temporary ${index}`));
  const bindingOf = (node: Tensor): GPUBufferBinding => {
    const owner = ownerOf(node);
    const buffer = owner.storage?.buffer ?? results.get(owner);
    if (buffer) return { buffer };
    const place = plan.placeOf.get(owner)!;
    return { buffer: temporary[place.buffer], offset: place.offset, size: 16 * Math.ceil(node.size / 4) };
  };
  const kernels = steps.map((node) => ({ tensor: node, kernel: lower(node) }));
  try {
    submit(device, encode(device, record(device, kernels, bindingOf)));
  } catch (error) {
    // Such as an input that is of another device.
    for (const buffer of results.values()) device.destroyBuffer(buffer);
    throw error;
  } finally {
    for (const buffer of temporary) device.destroyBuffer(buffer);
  }
  return outputs.map((node) => ({ buffer: results.get(ownerOf(node))!, runtime }));
}

function describe({ operation, shape }: Tensor): string {
  return `${operation.kind} ${formatShape(shape)}`;
}
