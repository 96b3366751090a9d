/**
 * What a GPU's compiler makes of the kernels of one step of style transfer: registers, and the instructions of the innermost loop. The
 * compiler is that of Mesa's driver for AMD GPUs, and no GPU is needed: run by scripts/isa/run, on Linux.
 *
 *   npm run --silent isa -- [SIZE] [slim|vgg19] [float32|float16] [ROWS]
 *
 * Exits with 1 if a kernel spills registers or needs scratch memory, which would make it many times slower.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DeviceOptions } from "../../src/gpu/device-options.ts";
import { openDevice } from "../../src/gpu/open-device.ts";
import type { Kernel } from "../../src/kernels/kernel.ts";
import { compileStep } from "../step.ts";
import { type Compiled, parseCompiled } from "./compiled.ts";

const [size = "512", name = "vgg19", storage = "float32", rows = "15"] = process.argv.slice(2);
const device = await openDevice({ storage: storage as DeviceOptions["storage"] });
const program = await compileStep(device, Number(size), name);
const folder = await mkdtemp(join(tmpdir(), "isa-"));

interface Row {
  kernel: Kernel;
  compiled: Compiled;
  dispatches: number;
  flops: number;
}
const all = new Map<string, Row>();
for (const { kernel } of program.steps) {
  const row = all.get(kernel.wgsl) ?? { kernel, compiled: await compiledAgain(kernel), dispatches: 0, flops: 0 };
  all.set(kernel.wgsl, { ...row, dispatches: row.dispatches + 1, flops: row.flops + kernel.flops });
}
await rm(folder, { recursive: true });

const spilling = [...all.values()].filter(({ compiled }) => compiled.spilled + compiled.scratch > 0);
console.log(
  `${device.name}: ${program.steps.length} dispatches of ${all.size} kernels, of which ${spilling.length} spill registers`,
);
console.log(
  "dispatches  registers  subgroups  instructions  in the innermost loop, and its reads and writes      kernel",
);
const hottest = [...all.values()].sort((a, b) => b.flops - a.flops).slice(0, Number(rows));
for (const { kernel, compiled, dispatches } of new Set([...hottest, ...spilling])) {
  const { registers, subgroups, instructions, loop } = compiled;
  const columns = [dispatches, registers, subgroups, instructions].map((each, i) =>
    String(each).padStart([10, 11, 11, 14][i]),
  );
  const inside = loop
    ? `${loop.multiplyAdds} of ${loop.instructions} multiply and add, ${loop.memory} buffer, ${loop.workgroupMemory} workgroup`
    : "";
  console.log(`${columns.join("")}  ${inside.padEnd(52)} ${kernel.label}`);
}
device.dispose();
process.exitCode = spilling.length > 0 ? 1 : 0;

/** Compiles a kernel by itself, under a text of its own: Dawn would take the pipeline that it has. */
async function compiledAgain({ wgsl, ...kernel }: Kernel): Promise<Compiled> {
  const file = join(folder, String(all.size));
  process.env.PIPELINE_STATISTICS = file;
  await device.pipelines.prepare([{ ...kernel, wgsl: `${wgsl}\n// ${all.size}\n` }]);
  delete process.env.PIPELINE_STATISTICS;
  return parseCompiled(await readFile(file, "utf8"));
}
