/** Values that are computed again, to hold fewer at a time: they are the same, and take less memory for little work. */
import { describe, expect, it } from "vitest";
import { compileStep } from "../../scripts/step.ts";
import { compile } from "../../src/autograd/compile.ts";
import { gradients } from "../../src/autograd/gradient.ts";
import type { Tensor } from "../../src/autograd/graph.ts";
import { add, scale, subtract } from "../../src/autograd/pointwise.ts";
import type { Program } from "../../src/autograd/program.ts";
import { sum } from "../../src/autograd/reductions.ts";
import { OutOfMemoryError } from "../../src/errors.ts";
import { openDevice } from "../../src/gpu/open-device.ts";
import { testDevice, variableOf } from "../engine.ts";
import { fakeDevice } from "./fake-gpu.ts";
import { randomGraph } from "./random-graph.ts";
import { compileVggStep, randomFill } from "./vgg-step.ts";

const device = await testDevice();
const flops = ({ steps }: Program) => steps.reduce((total, { kernel }) => total + kernel.flops, 0);

it.each(["float32", "float16"] as const)(
  "three steps of style transfer in %s go the same way to the last bit",
  async (storage) => {
    const run = async (recompute: boolean) => {
      const each = await openDevice({ device: device.gpu, storage, recompute });
      const { program, image } = await compileVggStep(each, {
        widths: [16, 32, 32, 32, 32],
        height: 131,
        width: 160,
        contentLayer: "relu4_2",
        styleLayers: ["relu1_1", "relu2_1", "relu3_1"],
        history: 2,
        fill: randomFill(75),
      });
      const losses: number[] = [];
      for (let step = 0; step < 3; step++) {
        program.run(step);
        losses.push(...(await program.results.loss.read()));
      }
      const done = { losses, image: await image.read(), bytes: program.bytes.planned, flops: flops(program) };
      each.dispose();
      return done;
    };
    const [plain, less] = [await run(false), await run(true)];
    expect(less.losses).toEqual(plain.losses);
    expect(less.image).toEqual(plain.image);
    expect(less.image.every(Number.isFinite)).toBe(true);
    expect(less.bytes).toBeLessThan(0.95 * plain.bytes);
    expect(less.flops).toBeGreaterThan(plain.flops);
    expect(less.flops).toBeLessThanOrEqual((4 / 3) * plain.flops);
  },
);

it("random graphs have the same results, and many of them take less memory", async () => {
  using less = await openDevice({ device: device.gpu, recompute: true });
  let improved = 0;
  for (let seed = 9000; seed < 9008; seed++) {
    const { inputs, build } = randomGraph(seed, 25);
    const done = [];
    for (const each of [device, less]) {
      const variables = inputs.map((input) => variableOf(each, input));
      const program = await compile(each, () => {
        const results = build(variables);
        const slopes = gradients(results.map(sum).reduce(add), variables);
        const assign = variables.map((x, index): [Tensor, Tensor] => [x, subtract(x, scale(slopes[index], 0.1))]);
        return { results: Object.fromEntries(results.entries()), assign };
      });
      program.run();
      const tensors = [...Object.values(program.results), ...variables];
      const values = await Promise.all(tensors.map((tensor) => tensor.read()));
      done.push({ values, flops: flops(program), bytes: program.bytes.planned });
    }
    const [plain, again] = done;
    expect(again.values, `graph ${seed}`).toEqual(plain.values);
    expect(again.flops, `graph ${seed}`).toBeLessThanOrEqual((4 / 3) * plain.flops);
    expect(again.bytes, `graph ${seed}`).toBeLessThanOrEqual(plain.bytes);
    if (again.bytes < plain.bytes) improved++;
  }
  expect(improved).toBeGreaterThan(2);
});

describe("VGG19 at 512x512", async () => {
  const planned = async (options: Parameters<typeof fakeDevice>[0]) => {
    const { device: fake, log } = await fakeDevice(options);
    return { program: await compileStep(fake, 512, "vgg19"), fake, log };
  };
  const plain = await planned({});
  const less = await planned({ recompute: true });
  const bytesOf = ({ log }: typeof plain) =>
    log.buffers.reduce((total, { isDestroyed, size }) => total + (isDestroyed ? 0 : size), 0);

  it("takes five sixths of the memory for a hundredth more work", () => {
    expect(less.program.bytes.planned).toBeLessThan((5 / 6) * plain.program.bytes.planned);
    expect(flops(less.program)).toBeLessThan(1.01 * flops(plain.program));
  });

  it("does so by itself where it does not fit otherwise, and only there", async () => {
    const enough = await planned({ memory: bytesOf(plain) });
    expect(enough.program.bytes).toEqual(plain.program.bytes);
    const tight = await planned({ memory: bytesOf(less) });
    expect(tight.program.bytes).toEqual(less.program.bytes);
    expect(bytesOf(tight)).toBe(bytesOf(less));
  });

  it("is refused where it does not fit at all, or must not compute again, and leaves nothing behind", async () => {
    for (const options of [
      { memory: bytesOf(less) - 2 ** 20 },
      { memory: bytesOf(plain) - 2 ** 20, recompute: false },
    ]) {
      const { device: fake, log } = await fakeDevice(options);
      const error = await compileStep(fake, 512, "vgg19").catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(OutOfMemoryError);
      // Besides weights, targets and the optimiser, and uniforms, which all programs of a device share.
      const left = log.buffers.filter(
        ({ isDestroyed, label }) => !isDestroyed && !/^(variable|constant) (\d|scalar)|^uniforms/.test(label),
      );
      expect(left.map(({ label }) => label)).toEqual([]);
    }
  });
});
