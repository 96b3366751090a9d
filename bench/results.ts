/** What the benchmark writes: one JSON file per adapter. Times are in milliseconds; fields that do not apply are left out. */
import type { Direction } from "./candidates.ts";
import type { CeilingKind } from "./ceilings.ts";
import type { Mode } from "./workload.ts";

/** The file. */
export interface Results {
  adapter: { name: string; kind: "gpu" | "software"; features: string[] };
  /** The machine: its processor, and the cores that it gives to a process. */
  machine: { processor: string; cores: number; memoryBytes: number; system: string };
  /** Of the engines, of Node and of the binding to WebGPU, by name. */
  versions: Record<string, string>;
  date: string;
  /** The parameters of the command. */
  command: string;
  results: (ModelResult | Unavailable)[];
  kernels: KernelResult[];
  ceilings?: Ceilings;
  /** The kernels of one step of Adam at the largest size, and those that it does not need. */
  programs?: ProgramResult[];
  /** The plan of nst-gpu for one mode at one size, whether or not that was run. */
  memory: MemoryResult[];
  /** Time of loss and gradient for an image of `size` x `size` and one of twice that width. */
  scaling?: { size: number; ms: number; doubledMs: number; ratio: number };
}

/** The times of one engine, mode and size. */
export interface ModelResult {
  engine: string;
  mode: Mode;
  /** Side of the square image in pixels. */
  size: number;
  repetitions: number;
  /** Wall time from the call to the value that was read back. */
  medianMs: number;
  minMs: number;
  maxMs: number;
  /**
   * Software adapters: the CPU time of all threads but the main one over the cores, median. That is the wall time on a machine
   * that nobody else uses, if all cores are kept busy.
   */
  idealMs?: number;
  /** By 2 operations per multiplication and addition of the direct convolutions, whatever the algorithm. */
  gflops: number;
  idealGflops?: number;
  /** Until the calls that enqueue the work had returned, in runs that follow one another at once. */
  hostMs: number;
  /** CPU time of the main thread until then, beside a software adapter, which takes that thread's core from it. */
  hostCpuMs?: number;
  /** CPU time of the main thread. */
  mainThreadMs?: number;
  /** From the images to the first value: targets, compilation, one run. In the first mode of a size nothing was compiled before. */
  firstMs: number;
  firstCpuMs: number;
  /** WebGPU buffers made in a run after the warm-up, at most. */
  buffersCreated: number;
  /** WebGPU buffers that existed at once, at most. */
  bufferBytes?: number;
  /** Largest resident set of the process. */
  peakBytes: number;
  /** Memory plan of nst-gpu: its intermediate tensors, and what they take with a buffer each. */
  plannedBytes?: number;
  naiveBytes?: number;
  /** Mean of relu5_1, or the loss; the norm of the gradient. */
  value: number;
  gradientNorm?: number;
}

/** One convolution by one algorithm and tile. */
export interface KernelResult {
  /** Its names in the network: equal layers are measured once. */
  layers: string[];
  direction: Direction;
  /** Side of the network's image, and of the layer's. */
  size: number;
  side: number;
  inputs: number;
  outputs: number;
  algorithm: string;
  tile: string;
  /** Whether nst-gpu chooses it for this layer unless told otherwise. */
  isDefault: boolean;
  medianMs: number;
  idealMs?: number;
  /** By 2 operations per multiplication and addition of the direct convolution, whatever the algorithm. */
  gflops: number;
  /** Bytes that the algorithm's kernels read and write, each once, per time. */
  gbs: number;
  /** Fractions of what the adapter reached in the same run. */
  ofMatmul: number;
  ofCopy: number;
  /** Operations and bytes of the algorithm's kernels. */
  kernelFlops: number;
  kernelBytes: number;
  /** Operations of the direct convolution per byte of image, weights and result. */
  intensity: number;
}

/** Where the time of one evaluation of a program goes. */
export interface ProgramResult {
  program: "step" | "other kernels";
  /** Side of the image. */
  size: number;
  /** The one that takes longest first. */
  kernels: KernelSum[];
}

/** All dispatches of one kernel in a program, each timed by itself. */
export interface KernelSum {
  /** The first word of their labels. */
  kernel: string;
  dispatches: number;
  /** Sum of their least wall times. */
  ms: number;
  /** Of the time of all the program's dispatches. */
  share: number;
  flops: number;
  bytes: number;
  /** Fractions of what the adapter reached in the same run. */
  ofMatmul: number;
  ofCopy: number;
}

/** What the adapter can do at best, in the run's time (ideal on software adapters). */
export interface Ceilings {
  matmulGflops: number;
  fmaGflops: number;
  copyGbs: number;
  all: CeilingResult[];
}

/** One kernel of ceilings.ts. */
export interface CeilingResult {
  kind: CeilingKind;
  name: string;
  medianMs: number;
  idealMs?: number;
  gflops?: number;
  gbs?: number;
}

/** A memory plan: bytes of the intermediate tensors, and what they would take with a buffer each. */
export interface MemoryResult {
  mode: Mode;
  size: number;
  plannedBytes: number;
  naiveBytes: number;
  bytesPerPixel: number;
}

/** What could not be measured, and why. Without a mode: nothing of the engine could. */
export interface Unavailable {
  engine: string;
  mode?: Mode;
  size?: number;
  unavailable: string;
  /** It ran, but computed something else than it should. */
  isWrong?: boolean;
}
