/**
 * Tuning: the algorithms that can compute each convolution of a graph, and on GPUs their tiles, are timed on the device, once, and the
 * fastest is kept in the cache by adapter, driver and shape. Off by default: results differ in the last digits between algorithms, so
 * a tuned device may choose, and compute, differently from another one.
 */
import { readCache, writeCache } from "#cache";
import type { Device } from "../gpu/device.ts";
import {
  type ChooseConvolution,
  type ConvolutionAlgorithm,
  type ConvolutionLayer,
  candidates,
  chooseConvolution,
  targetOf,
} from "./algorithms.ts";
import { orFree } from "./compile.ts";
import { expand } from "./expand.ts";
import { fuse } from "./fuse.ts";
import { isLeaf, Tensor, topologicalOrder } from "./graph.ts";
import { Program } from "./program.ts";
import { emptyTensor } from "./runtime.ts";
import { unrollWinograd } from "./winograd.ts";

/** Name in the cache. The number changes with the kernels, whose measured times then no longer hold. */
const CACHE = "tuning-5";

/** Rounds through all candidates, of which the fastest run of each counts, and the least time of a round in milliseconds. */
const ROUNDS = 3;
const ROUND_MILLISECONDS = 10;

/** Least time of a run, in milliseconds: browsers whose clocks are coarse measure 0. */
const LEAST_MILLISECONDS = 0.05;

/** Times what is not in the cache yet; returns a choice that knows every convolution under `outputs`. */
export async function tunedChoice(device: Device, outputs: readonly Tensor[]): Promise<ChooseConvolution> {
  const target = targetOf(device);
  // Safari's devices do not say on which adapter they are.
  const { vendor, architecture, description }: Partial<GPUAdapterInfo> = device.gpu.adapterInfo ?? {};
  const keyOf = (layer: ConvolutionLayer) => JSON.stringify([device.name, vendor, architecture, description, layer]);
  const layers = new Map<string, ConvolutionLayer>();
  expand(outputs, target, (layer) => {
    layers.set(keyOf(layer), layer);
    return chooseConvolution(layer, target);
  });
  const known = parsed(await readCache(CACHE));
  const missing = [...layers].filter(([key]) => !known[key]);
  for (const [key, layer] of missing) known[key] = nameOf(await fastest(device, layer, candidates(layer, target)));
  if (missing.length > 0) await writeCache(CACHE, JSON.stringify(known));
  return (layer) =>
    candidates(layer, target).find((each) => nameOf(each) === known[keyOf(layer)]) ?? chooseConvolution(layer, target);
}

function parsed(text = "{}"): Record<string, string> {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** What tells a layer's candidates apart. */
export function nameOf(algorithm: ConvolutionAlgorithm): string {
  if (algorithm.kind === "direct") return "direct";
  const { shape, tile } = algorithm;
  const name = `F(${shape.size}x${shape.size})`;
  if (tile.kind === "workgroup") return `${name} ${tile.rows}x${tile.columns}`;
  return tile.kind === "subgroup" ? `${name} by subgroups` : name;
}

async function fastest(
  device: Device,
  layer: ConvolutionLayer,
  algorithms: readonly ConvolutionAlgorithm[],
): Promise<ConvolutionAlgorithm> {
  if (algorithms.length === 1) return algorithms[0];
  const best = algorithms.map(() => Infinity);
  for (const [index, algorithm] of algorithms.entries()) {
    const program = await prepare(device, layer, algorithm);
    try {
      // The first run also finishes the compilation of the shaders.
      await hostTime(device, program);
      const once = await hostTime(device, program);
      for (let round = 0; round < ROUNDS; round++) {
        best[index] = Math.min(best[index], await timed(device, program, once));
      }
    } finally {
      program.dispose();
    }
  }
  return algorithms[best.indexOf(Math.min(...best))];
}

/**
 * Milliseconds per run. Of short ones many together, by the GPU's own clock where there is one: the host takes as long to submit a dispatch as a
 * fast GPU takes to compute it. A long one by itself, in as many submissions as it needs.
 */
async function timed(device: Device, program: Program, once: number): Promise<number> {
  if (once > ROUND_MILLISECONDS) return hostTime(device, program);
  return program.time(Math.ceil(ROUND_MILLISECONDS / Math.max(once, LEAST_MILLISECONDS)));
}

async function hostTime(device: Device, program: Program): Promise<number> {
  const began = performance.now();
  program.run();
  await device.finish();
  return performance.now() - began;
}

/** A program of one convolution, whose weights are packed or transformed already. */
async function prepare(device: Device, layer: ConvolutionLayer, algorithm: ConvolutionAlgorithm) {
  const { inputs, inputHeight, inputWidth, outputs, height, width, kernel, stride, padding } = layer;
  const image = new Tensor({ kind: "variable" }, [], [inputs, inputHeight, inputWidth]);
  const weight = new Tensor({ kind: "constant" }, [], [outputs, inputs, ...kernel]);
  const convolution = new Tensor(
    { kind: "conv2d", stride, padding, transposed: false },
    [image, weight],
    [outputs, height, width],
  );
  const expanded = expand([convolution], targetOf(device), () => algorithm);
  const leaves: Tensor[] = [];
  const stored = new Map<Tensor, Tensor>();
  for (const node of topologicalOrder(expanded)) {
    const isStored = node === image || node.inputs.includes(weight);
    const replacement = isStored
      ? emptyTensor(device, node.shape, "tuning")
      : isLeaf(node)
        ? node
        : new Tensor(
            node.operation,
            node.inputs.map((input) => stored.get(input)!),
            node.shape,
          );
    if (isStored) leaves.push(replacement);
    stored.set(node, replacement);
  }
  const [result] = unrollWinograd(fuse(expanded.map((node) => stored.get(node)!)));
  const traced = { results: [["result", result] as const], assignments: [] };
  const program = await orFree(Program.prepare(device, { label: "tuning" }, traced), leaves);
  return program.own(leaves);
}
