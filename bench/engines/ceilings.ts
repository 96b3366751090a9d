/** The kernels of ceilings.ts on random numbers. */
import { targetOf } from "../../src/autograd/algorithms.ts";
import { type Dispatch, encode, record, submit } from "../../src/autograd/execution.ts";
import { Tensor } from "../../src/autograd/graph.ts";
import { tensor, variable } from "../../src/autograd/runtime.ts";
import { openDevice } from "../../src/gpu/open-device.ts";
import { ceilings } from "../ceilings.ts";
import type { CeilingJob } from "../protocol.ts";
import { positionalNorm } from "../statistics.ts";
import { uniform } from "../workload.ts";
import type { Engine } from "./engine.ts";

export async function open(): Promise<Engine> {
  const device = await openDevice({ onWarning: () => {} });
  const all = ceilings(targetOf(device));
  let dispatches: Dispatch[];
  let result: Tensor;
  let owned: Tensor[] = [];
  let numbers = new Float32Array(0);

  return {
    version: "",
    async prepare({ name }: CeilingJob) {
      for (const each of owned) each.dispose();
      const { kernel, inputs, output } = all.find(({ kernel }) => kernel.label === name)!;
      const operands = inputs.map((size, index) => tensor(device, [size], random(size, index)));
      result = variable(device, [output]);
      owned = [...operands, result];
      await device.pipelines.prepare([kernel]);
      const node = new Tensor({ kind: "variable" }, operands, [output]);
      dispatches = record(device, [{ tensor: node, kernel }], (each) => ({
        buffer: (each.storage ?? result.storage!).buffer,
      }));
      return { flops: kernel.flops, bytes: kernel.bytes };
    },
    start() {
      submit(device, encode(device, dispatches));
      return async () => {
        await device.finish();
        return 0;
      };
    },
    norm: async () => positionalNorm(await result.read()),
  };

  /** Some of a list of numbers below 1: long chains of multiplications stay finite. */
  function random(size: number, first: number): Float32Array {
    if (first + size > numbers.length) {
      const next = uniform(1);
      numbers = new Float32Array(first + size);
      for (let i = 0; i < numbers.length; i++) numbers[i] = next();
    }
    return numbers.subarray(first, first + size);
  }
}
