/**
 * The benchmark: `npm run bench -- --help`. Everything is measured on one adapter, each engine in a process of its own that is
 * asked for one run at a time.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { targetOf } from "../src/autograd/algorithms.ts";
import { requestAdapter } from "../src/gpu/adapter.node.ts";
import { openDevice } from "../src/gpu/open-device.ts";
import { ENGINE_NAMES, ENGINES, enginesOf } from "./engines/index.ts";
import { describeRun, recordFile, writeResults } from "./files.ts";
import { FlagError, type Flags, HELP, parseFlags } from "./flags.ts";
import { measureCeilings, measureKernels } from "./kernels.ts";
import { measureModel } from "./measure.ts";
import { measureMemory, measureScaling } from "./memory.ts";
import { printCeilings, printKernel, printMemory, printProgram, printResult } from "./print.ts";
import { EngineProcess } from "./process.ts";
import { measurePrograms } from "./programs.ts";
import type { ModelResult, Results, Unavailable } from "./results.ts";

/** Sides of the images by default, and that for which memory is planned. */
const SIZES = { software: [64, 96, 128], gpu: [256, 512, 1024] };
const MEMORY_SIZE = 512;

const failures: string[] = [];

const folder = import.meta.dirname;

try {
  const flags = parseFlags(process.argv.slice(2), ENGINE_NAMES);
  if (flags === "help") console.log(HELP.replace("ENGINES", ENGINE_NAMES.join(", ")));
  else await main(flags);
  if (failures.length > 0) throw new Error(failures.join("\n"));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = error instanceof FlagError ? 2 : 1;
}
// Dawn's instance and its timers.
process.exit();

async function main(flags: Flags): Promise<void> {
  install();
  const adapter = await requestAdapter();
  const results = describeRun(adapter, process.argv.slice(2));
  const isSoftware = results.adapter.kind === "software";
  console.error(`${results.adapter.name}, ${results.machine.cores} cores`);
  const files = [...(flags.json ? [flags.json] : []), ...(flags.record ? [recordFile(results)] : [])];
  const save = () => {
    for (const file of files) writeResults(file, results);
  };
  const sizes = flags.sizes ?? SIZES[results.adapter.kind];
  if (flags.levels.includes("model")) {
    for (const size of sizes) {
      await measureSize(size, flags, isSoftware, results);
      save();
    }
  }
  const { repetitions } = flags;
  const largest = Math.max(...sizes);
  if (flags.levels.includes("memory")) {
    results.memory = await measureMemory(MEMORY_SIZE);
    results.scaling = await measureScaling(largest, { repetitions, isSoftware });
    printMemory(results);
    save();
  }
  if (flags.levels.includes("kernels")) {
    const device = await openDevice({ onWarning: () => {} });
    const options = { repetitions, isSoftware, target: targetOf(device) };
    device.dispose();
    const ceilings = await measureCeilings(options);
    results.ceilings = ceilings;
    printCeilings(ceilings);
    await measureKernels(largest, ceilings, options, {
      result(result) {
        results.kernels.push(result);
        printKernel(result);
      },
      failure: (message) => failures.push(message),
    });
    results.programs = await measurePrograms(largest, ceilings, repetitions);
    results.programs.forEach(printProgram);
    save();
  }
}

/** The benchmark's own packages, where they are not there yet. */
function install(): void {
  if (existsSync(join(folder, "node_modules"))) return;
  console.error("installing the packages of the benchmark");
  execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: folder, stdio: ["ignore", 2, 2] });
}

/** All modes of one size, in fresh processes: nothing is compiled yet, and no memory is held. */
async function measureSize(size: number, flags: Flags, isSoftware: boolean, results: Results): Promise<void> {
  const engines: EngineProcess[] = [];
  try {
    for (const name of flags.engines.flatMap((each) => enginesOf(each, isSoftware))) {
      try {
        const engine = await EngineProcess.start(name, ENGINES[name].command(isSoftware));
        engines.push(engine);
        results.versions[name] = engine.greeting.version;
      } catch (error) {
        report(results, { engine: name, size, unavailable: (error as Error).message });
      }
    }
    for (const mode of flags.modes) {
      const able = engines.filter(({ name }) => ENGINES[name].modes.includes(mode));
      const job = { kind: "model", mode, height: size, width: size } as const;
      const { repetitions } = flags;
      for (const result of await measureModel(able, job, { repetitions, isSoftware })) report(results, result);
    }
  } finally {
    for (const engine of engines) engine.stop();
  }
}

/** Keeps and prints a result. Peers that cannot run here are no failure, but those that compute something else are. */
function report(results: Results, result: ModelResult | Unavailable): void {
  results.results.push(result);
  printResult(result);
  if ("unavailable" in result && (result.isWrong || result.engine === "nst-gpu")) {
    failures.push(`${result.engine}: ${result.unavailable}`);
  }
}
