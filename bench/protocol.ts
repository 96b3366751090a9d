/**
 * What the benchmark asks the process of an engine, one JSON line at a time on its standard input, and what that answers,
 * one JSON line at a time on file descriptor 3. Standard output stays free for what libraries print.
 */
import type { ConvolutionAlgorithm, ConvolutionLayer } from "../src/autograd/algorithms.ts";
import type { Direction } from "./candidates.ts";
import type { Mode } from "./workload.ts";

/** One evaluation of the whole network. */
export interface ModelJob {
  kind: "model";
  mode: Mode;
  height: number;
  width: number;
}

/** A convolution of the network alone, by one of candidates.ts. Those of one name stay prepared beside each other. */
export interface KernelJob {
  kind: "kernel";
  name: string;
  direction: Direction;
  convolution: ConvolutionLayer;
  choice: ConvolutionAlgorithm;
}

/** One of the kernels of ceilings.ts. */
export interface CeilingJob {
  kind: "ceiling";
  name: string;
}

/** The program of engines/other-kernels.ts. */
export interface OtherKernelsJob {
  kind: "other kernels";
  /** Side of the image. */
  size: number;
}

/** What can be asked for. `run` evaluates the prepared job `count` times and waits for the last. */
export type Request =
  | { call: "prepare"; job: unknown }
  | { call: "run"; count: number }
  | { call: "norm" }
  | { call: "profile"; repetitions: number };

/** The first line of an engine: it is ready. */
export interface Greeting {
  /** Version of the library, as its package says. */
  version: string;
  /** What the engine computes on. */
  adapter: string;
}

/** The answer to `prepare`. */
export interface Preparation {
  /** Targets, compilation and all else that precedes the first run, and its CPU time. */
  ms: number;
  cpuMs: number;
  /** Bytes of the engine's memory plan, and of the same tensors with a buffer each, where there is a plan. */
  plannedBytes?: number;
  naiveBytes?: number;
  /** Operations and bytes of the kernels themselves, where the engine knows. */
  flops?: number;
  bytes?: number;
}

/** The answer to `run`. Times are in milliseconds. */
export interface Run {
  /** From the call to the value. */
  ms: number;
  /** Until the calls that enqueue the work had returned. */
  hostMs: number;
  /** CPU time of the main thread until then, where the system tells. */
  hostCpuMs?: number;
  /** CPU time of the process, and of its main thread alone where the system tells. */
  cpuMs: number;
  mainThreadMs?: number;
  /** Mean of relu5_1 or loss. */
  value: number;
  /** WebGPU buffers made during the run. */
  buffersCreated: number;
  /** Most bytes that WebGPU buffers had at once since the preparation began. */
  bufferBytes?: number;
  /** Largest resident set of the process since the preparation began. */
  peakBytes: number;
}

/** Every answer but the greeting. */
export type Answer = { result: unknown } | { error: string };
