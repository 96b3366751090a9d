/**
 * From a function to a program: trace -> expand -> constants -> fuse -> in place -> masks -> winograd -> formats -> order -> plan ->
 * compile -> record (program.ts replays). Gradients are part of the trace: `gradients` extends the graph while the function runs.
 */
import { OutOfMemoryError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import { loadSoftwareKernels } from "../kernels/software.ts";
import { type ChooseConvolution, targetOf } from "./algorithms.ts";
import { expand } from "./expand.ts";
import { fuse } from "./fuse.ts";
import { isLeaf, separate, Tensor, topologicalOrder, tracing } from "./graph.ts";
import { accumulate } from "./in-place.ts";
import { packMasks } from "./masks.ts";
import { type NamedTensors, type Outputs, Program } from "./program.ts";
import { emptyTensor } from "./runtime.ts";
import { unrollWinograd } from "./winograd.ts";

/**
 * What a traced function returns.
 *
 * @category Gradients and programs
 */
export interface Traced<Results extends NamedTensors = NamedTensors> {
  /** Tensors to keep after each run, readable through {@link Program.results}. */
  results?: Results;
  /** Variables and the values they get at the end of each run; all values are computed from the variables before it. */
  assign?: readonly (readonly [variable: Tensor, value: Tensor])[];
}

/**
 * Options of {@link compile}.
 *
 * @category Gradients and programs
 */
export interface CompileOptions {
  /** Name in messages, default "program". */
  label?: string;
  /**
   * Lists of equally many variables that rotate: in run r, `ring[i]` stands for `ring[(i + n - r % n) % n]`, so what run r
   * calls `ring[0]` is `ring[1]` in run r + 1. A history needs no copying this way.
   */
  rings?: readonly (readonly Tensor[])[];
  /** Chooses the algorithm of each convolution. Default: what was measured on a device that tunes, else the cheapest by an estimate. */
  convolution?: ChooseConvolution;
}

/**
 * Compiles a function over variables and constants. It is called once, with operations building a graph.
 *
 * @example
 * ```ts
 * import { compile, gradients, openDevice, scale, square, subtract, sum, variable } from "nst-gpu";
 *
 * const device = await openDevice();
 * const x = variable(device, [2], [4, 8]);
 * const program = await compile(device, () => {
 *   const loss = sum(square(x));
 *   const [slope] = gradients(loss, [x]);
 *   return { results: { loss }, assign: [[x, subtract(x, scale(slope, 0.25))]] };
 * });
 * for (let step = 0; step < 2; step++) program.run();
 * console.log(await program.results.loss.read(), await x.read()); // Float32Array(1) [ 20 ] Float32Array(2) [ 1, 2 ]
 * program.dispose();
 * device.dispose();
 * ```
 * @throws {ShapeError} when an assignment is to no variable, or of another shape.
 * @throws {LimitExceededError} before anything is allocated, when a tensor is larger than the device allows.
 * @throws {OutOfMemoryError} when the planned buffers cannot be allocated.
 * @throws {KernelError} when a formula of the caller's own does not compile.
 * @category Gradients and programs
 */
export async function compile<Results extends NamedTensors = NamedTensors>(
  device: Device,
  trace: () => Traced<Results>,
  options: CompileOptions = {},
): Promise<Program<Results>> {
  const { results = {} as Results, assign = [] } = tracing(trace);
  const fits = ([{ operation, shape }, value]: readonly [Tensor, Tensor]) =>
    operation.kind === "variable" && shape.join() === value.shape.join();
  const targets = assign.map(([target]) => target);
  const lengths = options.rings?.map(({ length }) => length);
  if (!assign.every(fits) || new Set(targets).size < targets.length || new Set(lengths).size > 1) {
    // Loaded only then: pages download less.
    throw (await import("./refused-assignment.ts")).refusedAssignment(assign, lengths);
  }
  const names = Object.keys(results);
  const outputs = [...names.map((name) => results[name]), ...assign.map(([, value]) => value)];
  // A choice of the caller's own may be any tile.
  if (options.convolution) await loadSoftwareKernels();
  const choose = options.convolution ?? (await tuned(device, outputs));
  const expanded = expand(outputs, targetOf(device), choose);
  const constants = await hoistConstants(device, expanded);
  const nodes = unrollWinograd(packMasks(accumulate(fuse(separate(constants.outputs)))));
  const lowered = inFormats(device, nodes);
  const prepare = async (recomputes?: boolean) =>
    Program.prepare<Results>(device, options, {
      results: names.map((name, index) => [name, nodes[index]]),
      assignments: assign.map(([target], index) => [target, nodes[names.length + index]]),
      lower: await lowered,
      recompute: recomputes ? (await import("./recompute.ts")).recompute : undefined,
    });
  const program = prepare(device.recomputes).catch((error) => {
    if (device.recomputes !== undefined || !(error instanceof OutOfMemoryError)) throw error;
    return prepare(true);
  });
  return orFree(
    program.then((prepared) => prepared.own(constants.owned)),
    constants.owned,
  );
}

/** What was measured, on a device that tunes. Like formats, this is loaded only where it is used: pages download less. */
async function tuned(device: Device, outputs: readonly Tensor[]): Promise<ChooseConvolution | undefined> {
  if (!device.tunes) return undefined;
  const { tunedChoice } = await import("./tune.ts");
  return tunedChoice(device, outputs);
}

/** Chooses how the nodes are stored, and returns what lowers them accordingly, where that is not float32 alone. */
async function inFormats(device: Device, nodes: readonly Tensor[]) {
  if (!device.storesHalves) return undefined;
  const { chooseFormats, lowerWithFormats } = await import("./formats.ts");
  chooseFormats(nodes);
  return lowerWithFormats;
}

/** Frees the tensors made for a program if that cannot be prepared. */
export async function orFree<Freed>(program: Promise<Freed>, tensors: readonly Tensor[]): Promise<Freed> {
  try {
    return await program;
  } catch (error) {
    for (const tensor of tensors) tensor.dispose();
    throw error;
  }
}

/** Computes once what depends on constants alone, such as packed weights, and puts stored tensors in its place. */
async function hoistConstants(device: Device, outputs: readonly Tensor[]) {
  const order = topologicalOrder(outputs);
  const isConstant = new Set<Tensor>();
  // Made of numbers alone, such as what a gradient starts from: written into kernels, and a constant only beside one.
  const isNumber = new Set<Tensor>();
  for (const node of order) {
    if (isLeaf(node)) {
      if (node.operation.kind === "constant") isConstant.add(node);
    } else if (node.inputs.every((input) => isNumber.has(input))) {
      isNumber.add(node);
    } else if (node.inputs.every((input) => isNumber.has(input) || isConstant.has(input))) {
      isConstant.add(node);
    }
  }
  const boundary = new Set<Tensor>();
  for (const node of order) {
    if (isConstant.has(node) || isLeaf(node)) continue;
    for (const input of node.inputs) if (isConstant.has(input) && !isLeaf(input)) boundary.add(input);
  }
  const values = await evaluateOnce(device, [...boundary]);
  const replaced = new Map<Tensor, Tensor>(values);
  for (const node of order) {
    if (replaced.has(node)) continue;
    const isSame = isLeaf(node) || node.inputs.every((input) => replaced.get(input) === input);
    const inputs = isSame ? node.inputs : node.inputs.map((input) => replaced.get(input)!);
    const result = isSame ? node : new Tensor(node.operation, inputs, node.shape);
    result.label = node.label;
    replaced.set(node, result);
  }
  return { outputs: outputs.map((output) => replaced.get(output)!), owned: [...values.values()] };
}

async function evaluateOnce(device: Device, tensors: readonly Tensor[]): Promise<Map<Tensor, Tensor>> {
  if (tensors.length === 0) return new Map();
  const nodes = unrollWinograd(fuse(tensors));
  const values = tensors.map(({ shape }) => emptyTensor(device, shape, "constant"));
  const outputs: Outputs = { results: [], assignments: nodes.map((node, index) => [values[index], node]) };
  const program = await orFree(Program.prepare(device, { label: "constants" }, outputs), values);
  program.run();
  program.dispose();
  return new Map(tensors.map((tensor, index) => [tensor, values[index]]));
}
