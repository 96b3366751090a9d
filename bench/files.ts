/** Results as files, and what they say of the machine. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, cpus, release, totalmem, type } from "node:os";
import { dirname, join } from "node:path";
import { reportAdapter } from "../src/gpu/adapter-choice.ts";
import type { Results } from "./results.ts";
import { rounded } from "./statistics.ts";

/** An empty result that says where and how it was measured. */
export function describeRun(adapter: GPUAdapter, parameters: readonly string[]): Results {
  const { name, kind, features } = reportAdapter(adapter);
  const binding = createRequire(import.meta.url).resolve("webgpu/package.json");
  return {
    adapter: { name, kind, features },
    machine: {
      processor: cpus()[0]?.model.trim() || process.arch,
      cores: availableParallelism(),
      memoryBytes: totalmem(),
      system: `${type()} ${release()}`,
    },
    versions: { node: process.versions.node, webgpu: JSON.parse(readFileSync(binding, "utf8")).version },
    date: new Date().toISOString().slice(0, 10),
    command: ["npm run bench --", ...parameters].join(" "),
    results: [],
    kernels: [],
    memory: [],
  };
}

/** Where the results of an adapter are committed. */
export function recordFile({ adapter }: Results): string {
  return join(import.meta.dirname, "results", `${shortName(adapter.name)}.json`);
}

/** The adapter in one word that can be a file name: `lavapipe`, `swiftshader`, `nvidia-h200`. */
export function shortName(adapter: string): string {
  if (/llvmpipe/i.test(adapter)) return "lavapipe";
  if (/swiftshader/i.test(adapter)) return "swiftshader";
  const words = adapter.toLowerCase().match(/[a-z0-9]+/g) ?? ["adapter"];
  return words.slice(0, 4).join("-");
}

/** Writes a file that is whole whenever it exists. */
export function writeResults(file: string, results: Results): void {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(rounded(results), null, 1)}\n`);
  renameSync(temporary, file);
}
