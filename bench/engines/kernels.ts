/** One convolution of the network by one algorithm, as nst-gpu compiles it alone: packing is done before, padding is not. */
import { compile } from "../../src/autograd/compile.ts";
import { conv2d, convolve } from "../../src/autograd/operations.ts";
import type { Program } from "../../src/autograd/program.ts";
import { tensor, variable } from "../../src/autograd/runtime.ts";
import type { Device } from "../../src/gpu/device.ts";
import { openDevice } from "../../src/gpu/open-device.ts";
import type { KernelJob } from "../protocol.ts";
import { positionalNorm } from "../statistics.ts";
import { normal } from "../workload.ts";
import type { Engine } from "./engine.ts";

interface Prepared {
  program: Program;
  owned: readonly { dispose(): void }[];
}

export async function open(): Promise<Engine> {
  const device = await openDevice({ onWarning: () => {} });
  const known = new Map<string, Prepared>();
  let nameOfKnown: string;
  let program: Program;

  return {
    version: "",
    async prepare(job: KernelJob) {
      if (job.name !== nameOfKnown) {
        for (const { owned } of known.values()) for (const each of owned) each.dispose();
        known.clear();
        nameOfKnown = job.name;
      }
      const key = JSON.stringify(job);
      const prepared = known.get(key) ?? (await compileJob(device, job));
      known.set(key, prepared);
      program = prepared.program;
      const total = (count: (step: Program["steps"][number]) => number) =>
        program.steps.reduce((sum, step) => sum + count(step), 0);
      return { flops: total(({ kernel }) => kernel.flops), bytes: total(({ kernel }) => kernel.bytes) };
    },
    start() {
      program.run();
      return async () => {
        await device.finish();
        return 0;
      };
    },
    norm: async () => positionalNorm(await program.results.result.read()),
  };
}

async function compileJob(device: Device, { direction, convolution, choice }: KernelJob): Promise<Prepared> {
  const { inputs, outputs, inputHeight, inputWidth, padding } = convolution;
  const image = variable(device, [inputs, inputHeight, inputWidth], normal(inputs * inputHeight * inputWidth, 1));
  const shape = direction === "forward" ? [outputs, inputs, 3, 3] : [inputs, outputs, 3, 3];
  const weight = tensor(device, shape, normal(9 * inputs * outputs, 2, Math.sqrt(2 / (9 * inputs))));
  const bias = tensor(device, [outputs], normal(outputs, 3, 0.01));
  const program = await compile(
    device,
    () => ({
      results: {
        result:
          direction === "forward"
            ? conv2d(image, weight, { bias, padding: 1, activation: "relu" })
            : convolve(image, weight, 1, padding, true),
      },
    }),
    { convolution: () => choice },
  );
  return { program, owned: [image, weight, bias, program] };
}
