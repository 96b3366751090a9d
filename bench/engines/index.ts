/** The engines by name, and the programs that run them. */
import { fileURLToPath } from "node:url";
import type { Mode } from "../workload.ts";
import { torchCommand } from "./torch.ts";

/** An engine as results name it. */
export interface EngineEntry {
  /** What tables call it. */
  title: string;
  modes: readonly Mode[];
  /** The program and its parameters that run it in a process of its own, where nst-gpu runs on a GPU or not. */
  command: (isSoftware: boolean) => string[];
  /** Largest relative difference of its losses from what is expected, default 1e-3. */
  tolerance?: number;
  /** Whether its main thread computes too, rather than only tell others what to do. */
  mainThreadComputes?: boolean;
}

/**
 * V8's optimising compiler takes 50 s of CPU time for the WebAssembly of ONNX Runtime before its first run. Without it, calls
 * take longer on the main thread, which on software adapters does not count.
 */
const BASELINE = ["--liftoff-only"];

const ALL: readonly Mode[] = ["forward", "gradient", "step"];

/** All engines, by name. */
export const ENGINES: Readonly<Record<string, EngineEntry>> = {
  "nst-gpu": { title: "nst-gpu", modes: ALL, command: () => worker("nst-gpu") },
  tfjs: { title: "TensorFlow.js", modes: ALL, command: () => worker("tfjs") },
  "jax-js": { title: "jax-js", modes: ALL, command: () => worker("jax-js") },
  ort: {
    title: "ONNX Runtime Web",
    modes: ["forward"],
    command: (isSoftware) => worker("ort", isSoftware ? BASELINE : []),
  },
  "torch-cpu": {
    title: "PyTorch (CPU)",
    modes: ALL,
    command: () => torchCommand("cpu"),
    mainThreadComputes: true,
  },
  "torch-cuda": { title: "PyTorch (CUDA)", modes: ALL, command: () => torchCommand("cuda") },
  "torch-cuda-tf32": {
    title: "PyTorch (CUDA, TF32)",
    modes: ALL,
    command: () => torchCommand("cuda-tf32"),
    // TF32 has 10 bits of mantissa.
    tolerance: 1e-2,
  },
};

/** What `--engines` knows: PyTorch is one name for what it has on this machine. */
export const ENGINE_NAMES = ["nst-gpu", "tfjs", "jax-js", "ort", "torch"] as const;

/** The engines that a name of {@link ENGINE_NAMES} means where nst-gpu runs on a GPU or not. */
export function enginesOf(name: string, isSoftware: boolean): string[] {
  if (name !== "torch") return [name];
  return isSoftware ? ["torch-cpu"] : ["torch-cuda", "torch-cuda-tf32"];
}

/** The process of an engine of worker.ts that is no library, such as the kernels alone. */
export const commandOf = (name: string): string[] => worker(name);

/** The process of worker.ts, with what this one runs TypeScript by, and its conditions. */
function worker(name: string, flags: readonly string[] = []): string[] {
  return [
    process.execPath,
    ...process.execArgv,
    ...flags,
    fileURLToPath(new URL("../worker.ts", import.meta.url)),
    name,
  ];
}
