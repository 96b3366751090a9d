/**
 * Tensors and the graph they form. A tensor is the node of the operation that makes it: its inputs are tensors, its
 * shape is static. A tensor with `storage` also has values on a GPU: it is a constant, or a variable that programs change.
 *
 * Operations on tensors that all have storage run at once (eager); while a function is traced, or when any input has no
 * storage, they only add to the graph. Both take the same path afterwards: expand, fuse, plan, run (program.ts).
 */
import { ShapeError } from "../errors.ts";
import type { Format } from "../kernels/half.ts";
import { formatShape, sizeOf } from "../kernels/kernel.ts";
import { type Broadcast, pointwiseOf } from "../kernels/pointwise.ts";
import type { Operation, Shape } from "./kinds.ts";

/** Values on a GPU. The engine behind them is known only by what it can do, so that this file depends on no device. */
export interface Storage {
  readonly buffer: GPUBuffer;
  readonly runtime: Runtime;
}

/** What a device does for tensors; implemented by runtime.ts. */
export interface Runtime {
  /** Runs the graph under some tensors now and returns the storage of each. */
  evaluate(tensors: readonly Tensor[]): Storage[];
  write(storage: Storage, data: Float32Array): void;
  read(storage: Storage, length: number): Promise<Float32Array>;
  free(storage: Storage): void;
}

/** Refuses what is no shape; `name` begins the message. */
export function checkShape(name: string, shape: Shape): void {
  if (shape.every((dimension) => Number.isInteger(dimension) && dimension >= 1)) return;
  throw new ShapeError(`${name}: a shape of ${formatShape(shape)}; use whole numbers from 1.`);
}

let nextId = 0;
let tracingDepth = 0;

/**
 * A float32 array of fixed shape, in row-major order: a node of a graph, and when it has storage, values on the GPU. Made by
 * {@link tensor}, {@link variable} and the operations.
 *
 * @category Tensors
 */
export class Tensor {
  /** A number that no other tensor has. */
  readonly id = nextId++;
  /** Name shown in plans and in error messages. */
  label = "";
  /**
   * How the values are stored, see formats.ts.
   * @internal
   */
  format: Format = "float32";
  /**
   * Where the values are, when they exist.
   * @internal
   */
  storage: Storage | undefined;

  /** @internal */
  constructor(
    /** @internal */
    readonly operation: Operation,
    /** @internal */
    readonly inputs: readonly Tensor[],
    /** Dimensions, outermost first. */
    readonly shape: Shape,
  ) {}

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** Memory that the values take, in bytes. */
  get bytes(): number {
    return this.format === "float32" ? 4 * this.size : 2 * this.size;
  }

  /**
   * Reads the values from the GPU, in row-major order, after all that was submitted before.
   * @throws {ShapeError} for a tensor of a traced graph, which has no values.
   */
  async read(): Promise<Float32Array> {
    const { runtime, storage } = this.#stored("read");
    return runtime.read(storage, this.size);
  }

  /**
   * Replaces the values, for all that is submitted afterwards. `data` has one number per element in row-major order.
   *
   * Write to variables, which programs read anew at each run. What a program computes from constants alone, such as packed weights
   * or the square of one, it has computed when it was compiled: after writing to a constant, compile anew.
   * @throws {ShapeError} when the number of values differs, or the tensor has none.
   */
  write(data: Float32Array): void {
    const { runtime, storage } = this.#stored("written");
    if (data.length !== this.size) {
      throw new ShapeError(
        `${data.length} values do not fill a tensor of shape ${formatShape(this.shape)}; pass ${this.size}.`,
      );
    }
    runtime.write(storage, data);
  }

  /** Frees the values. Using the tensor afterwards is an error. */
  dispose(): void {
    if (this.storage) this.storage.runtime.free(this.storage);
    this.storage = undefined;
  }

  /** As {@link dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  #stored(verb: string): { runtime: Runtime; storage: Storage } {
    if (!this.storage) {
      throw new ShapeError(
        `This tensor (${this.operation.kind} ${formatShape(this.shape)}) has no values to be ${verb}: it is part of a traced graph or was disposed. Return it from the traced function and read the program's result instead.`,
      );
    }
    return { runtime: this.storage.runtime, storage: this.storage };
  }
}

/** Runs `body` so that operations only build graphs, even on tensors that have values. */
export function tracing<Result>(body: () => Result): Result {
  tracingDepth++;
  try {
    return body();
  } finally {
    tracingDepth--;
  }
}

/** Whether operations only build graphs now. */
export function isTracing(): boolean {
  return tracingDepth > 0;
}

/**
 * Runs `body`, an operation composed of others on `inputs`. Where those run at once, it is one graph that runs at once: what
 * is computed in between is fused or freed.
 */
export function composed(inputs: readonly Tensor[], body: () => Tensor): Tensor {
  if (!runsAtOnce(inputs)) return body();
  const output = tracing(body);
  return stored(output, inputs[0].storage!.runtime.evaluate([output])[0]);
}

function runsAtOnce(inputs: readonly Tensor[]): boolean {
  return !isTracing() && inputs.length > 0 && inputs.every((input) => input.storage);
}

/** Makes the tensor of an operation; outside of {@link tracing}, with all inputs stored, also runs it. */
export function apply(operation: Operation, inputs: readonly Tensor[], shape: Shape): Tensor {
  checkShape(operation.kind, shape);
  const tensor = new Tensor(operation, inputs, shape);
  if (!runsAtOnce(inputs)) return tensor;
  // The result forgets how it was made, so that the inputs' memory can be freed.
  return stored(tensor, inputs[0].storage!.runtime.evaluate([tensor])[0]);
}

/** A constant with the shape of `tensor` and the given values. */
export function stored({ shape, label }: Tensor, storage: Storage): Tensor {
  const result = new Tensor({ kind: "constant" }, [], shape);
  result.storage = storage;
  result.label = label;
  return result;
}

/** What copies a tensor, or repeats it over a larger shape. */
export function identity(broadcast: Broadcast): Operation {
  return { kind: "pointwise", name: "identity", parameter: 0, function: pointwiseOf("a", [broadcast]) };
}

/** A node that copies a tensor. */
export function copyOf(tensor: Tensor): Tensor {
  return new Tensor(identity("element"), [tensor], tensor.shape);
}

/** `outputs`, each with a kernel of its own: leaves, and second uses of the same tensor, are copied. */
export function separate(outputs: readonly Tensor[]): Tensor[] {
  return outputs.map((output, index) =>
    isLeaf(output) || outputs.indexOf(output) !== index ? copyOf(output) : output,
  );
}

/** All tensors that the given ones depend on, inputs before users, each once. Leaves and stored tensors outside a trace end the walk. */
export function topologicalOrder(outputs: readonly Tensor[]): Tensor[] {
  const order: Tensor[] = [];
  const seen = new Set<Tensor>();
  // An explicit stack: graphs of long optimiser programs are deeper than the call stack allows.
  const stack = [...outputs].reverse().map((tensor) => ({ tensor, next: 0 }));
  while (stack.length > 0) {
    const top = stack[stack.length - 1];
    if (top.next === 0 && seen.has(top.tensor)) {
      stack.pop();
      continue;
    }
    seen.add(top.tensor);
    const input = isLeaf(top.tensor) ? undefined : top.tensor.inputs[top.next++];
    if (input === undefined) {
      order.push(top.tensor);
      stack.pop();
    } else if (!seen.has(input)) {
      stack.push({ tensor: input, next: 0 });
    }
  }
  return order;
}

/** How often each tensor under `outputs` is an input or an output. */
export function countUses(outputs: readonly Tensor[]): Map<Tensor, number> {
  const uses = new Map<Tensor, number>();
  for (const used of [...topologicalOrder(outputs).flatMap(({ inputs }) => inputs), ...outputs]) {
    uses.set(used, (uses.get(used) ?? 0) + 1);
  }
  return uses;
}

/**
 * Rewrites the graph under `outputs`, inputs before users; returns what each of them has become. `rewrite` gets a node, and what its
 * inputs have become; leaves stay.
 */
export function rewritten(
  outputs: readonly Tensor[],
  rewrite: (tensor: Tensor, inputs: Tensor[], became: (tensor: Tensor) => Tensor) => Tensor,
): Tensor[] {
  const map = new Map<Tensor, Tensor>();
  const became = (tensor: Tensor) => map.get(tensor)!;
  for (const tensor of topologicalOrder(outputs)) {
    const result = isLeaf(tensor) ? tensor : rewrite(tensor, tensor.inputs.map(became), became);
    result.label ||= tensor.label;
    map.set(tensor, result);
  }
  return outputs.map(became);
}

/**
 * Whether a node goes on with what its first input has written, in the same buffer: a later chunk of one result, or a result
 * that is added in place (in-place.ts). It binds that buffer once, for its result.
 */
export function isContinuation({ operation }: Tensor): boolean {
  if ((operation.kind === "winogradOutput" || operation.kind === "gramSlices") && operation.chunk > 0) return true;
  return (operation.kind === "winogradOutput" || operation.kind === "convolve") && operation.inPlace === true;
}

/** The inputs that a node's kernel binds besides the result. */
export function kernelInputs(tensor: Tensor): readonly Tensor[] {
  return isContinuation(tensor) ? tensor.inputs.slice(1) : tensor.inputs;
}

/** The node whose buffer a node writes to: itself, or the first of those that it continues. */
export function ownerOf(tensor: Tensor): Tensor {
  let owner = tensor;
  while (isContinuation(owner)) owner = owner.inputs[0];
  return owner;
}

/** Whether a tensor is a start of the graph: a constant, a variable, or a value computed earlier. */
export function isLeaf(tensor: Tensor): boolean {
  const { kind } = tensor.operation;
  return tensor.storage !== undefined || kind === "constant" || kind === "variable";
}
