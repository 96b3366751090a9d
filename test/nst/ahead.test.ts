/** On GPUs a step is submitted before the loss of the one before it has been read; nobody must see a difference but in time. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Program } from "../../src/autograd/program.ts";
import type { Picture } from "../../src/image/picture.ts";
import type { OptimizerOptions, StepReport, StyleTransferOptions } from "../../src/nst/options.ts";
import { styleTransfer } from "../../src/nst/style-transfer.ts";
import { type OwnDevice, openOwnDevice, SMALL, withKind } from "./gpu.ts";

let own: OwnDevice;
beforeAll(async () => {
  own = await openOwnDevice();
});
afterAll(() => own.device.destroy());

const options = (changes: Partial<StyleTransferOptions>): StyleTransferOptions => ({
  ...SMALL,
  device: withKind(own.device, "gpu"),
  ...changes,
});

/** How many steps have been submitted between the first report and each. A step may be several submissions where it takes long. */
async function stepsSubmitted(kind: "gpu" | "software"): Promise<number[]> {
  const run = vi.spyOn(Program.prototype, "run");
  const counts: number[] = [];
  const onStep = () => counts.push(run.mock.calls.length);
  await styleTransfer(options({ device: withKind(own.device, kind), steps: 5, onStep }));
  run.mockRestore();
  return counts.map((count) => count - counts[0]);
}

it("a GPU has the next step by the time of a report, but for the last one; a software adapter has not", async () => {
  // By the first report two steps are submitted, by the second three, by the fifth all five.
  expect(await stepsSubmitted("gpu")).toEqual([0, 1, 2, 3, 3]);
  expect(await stepsSubmitted("software")).toEqual([0, 1, 2, 3, 4]);
});

const OPTIMIZERS: OptimizerOptions[] = [
  { kind: "lbfgs", history: 3 },
  { kind: "adam" },
  { kind: "adam", averaging: 0.5 },
  { kind: "gd", momentum: 0.5 },
];

describe.each(OPTIMIZERS)("by %o", (optimizer) => {
  it("a step shows what a run of as many steps gives", async () => {
    const [losses, images]: [number[], Picture[]] = [[], []];
    for await (const step of styleTransfer.steps(options({ optimizer, steps: 4 }))) {
      losses.push(step.loss);
      images.push(await step.image());
    }
    for (const steps of [1, 2, 3, 4]) {
      const result = await styleTransfer(options({ optimizer, steps }));
      expect(result.losses.map(({ total }) => total)).toEqual(losses.slice(0, steps));
      expect(result.image, `after ${steps} steps`).toEqual(images[steps - 1]);
    }
  });

  it("a change starts from what was shown, and an image may be read at the end of a long pause", async () => {
    const images: Picture[] = [];
    for await (const step of styleTransfer.steps(options({ optimizer, steps: 4 }))) {
      if (step.step === 2) await new Promise((resolve) => setTimeout(resolve, 100));
      images.push(await step.image());
      if (step.step === 3) step.change({ learningRate: 1e-20 });
    }
    expect(images[3]).toEqual(images[2]);
    expect(images[2]).not.toEqual(images[0]);
  });
});

it("a change goes on with the moments of what was shown", async () => {
  const lossesOf = async (kind: "gpu" | "software") => {
    const losses: number[] = [];
    const run = options({ device: withKind(own.device, kind), optimizer: { kind: "adam", beta1: 0.9 }, steps: 8 });
    for await (const step of styleTransfer.steps(run)) {
      losses.push(step.loss);
      if (step.step === 3) step.change({ styleWeight: 10 });
    }
    return losses;
  };
  const [ahead, plain] = [await lossesOf("gpu"), await lossesOf("software")];
  for (const [step, loss] of ahead.entries())
    expect(Math.abs(loss / plain[step] - 1), `step ${step + 1}`).toBeLessThan(1e-4);
});

it("a loss that is not finite is undone, with the step that has begun from it", async () => {
  const rate = 1e34;
  const outcome = async (kind: "gpu" | "software") => {
    const reported: StepReport[] = [];
    const optimizer = { kind: "gd", learningRate: rate } as const;
    const run = styleTransfer(
      options({ device: withKind(own.device, kind), optimizer, steps: 30, onStep: (step) => reported.push(step) }),
    );
    const message = await run.then(
      () => "none",
      (error: Error) => error.message,
    );
    return { message, steps: reported.length, finite: reported.filter(({ loss }) => Number.isFinite(loss)).length };
  };
  const onGpu = await outcome("gpu");
  expect(onGpu.message).toMatch(/3 returns to the best image/);
  expect(onGpu).toEqual(await outcome("software"));
  expect(own.live()).toEqual([]);
});

it("nothing is left of a run that is ended while a step is on its way", async () => {
  for await (const step of styleTransfer.steps(options({ steps: 10 }))) if (step.step === 2) break;
  expect(own.live()).toEqual([]);
  const controller = new AbortController();
  const onStep = ({ step }: StepReport) => step === 2 && controller.abort("enough");
  await expect(styleTransfer(options({ steps: 10, signal: controller.signal, onStep }))).rejects.toBe("enough");
  expect(own.live()).toEqual([]);
  await own.device.queue.onSubmittedWorkDone();
});
