/** StepReport.change: weights and step size that change while a run goes on. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InvalidOptionError } from "../../src/errors.ts";
import type { Changes, OptimizerOptions, StepReport, StyleTransferOptions } from "../../src/nst/options.ts";
import { styleTransfer } from "../../src/nst/style-transfer.ts";
import { type OwnDevice, openOwnDevice, SMALL } from "./gpu.ts";
import { distance } from "./pictures.ts";

let own: OwnDevice;
beforeAll(async () => {
  own = await openOwnDevice();
});
afterAll(() => own.device.destroy());

const WEIGHTS = { contentWeight: 1e5, styleWeight: 3e6, tvWeight: 30 };

/** A run whose settings change after some of its steps. */
async function changed(
  changes: Readonly<Record<number, Changes>>,
  options: Partial<StyleTransferOptions> = {},
): Promise<StepReport[]> {
  const reports: StepReport[] = [];
  for await (const step of styleTransfer.steps({ ...SMALL, device: own.device, ...WEIGHTS, ...options })) {
    reports.push(step);
    if (changes[step.step]) step.change(changes[step.step]);
  }
  return reports;
}

/** The total that weights make of the terms of a report. */
function weighted({ losses }: StepReport, weights: Required<Omit<Changes, "learningRate">>): number {
  const sum = (terms: Record<string, number>) => Object.values(terms).reduce((total, term) => total + term, 0);
  const style = sum(losses.style) / Object.keys(losses.style).length;
  return weights.contentWeight * sum(losses.content) + weights.styleWeight * style + weights.tvWeight * losses.tv;
}

const OPTIMIZERS: OptimizerOptions[] = [
  { kind: "lbfgs" },
  { kind: "lbfgs", lineSearch: "strong-wolfe" },
  { kind: "adam" },
  { kind: "adam", averaging: 0.5 },
  { kind: "gd" },
];

describe.each(OPTIMIZERS)("by $kind $lineSearch $averaging", (optimizer) => {
  it("other weights hold from the next step on, also at the next scale", async () => {
    const reports = await changed(
      { 2: { styleWeight: 7e5, tvWeight: 0 } },
      { optimizer, scales: [24, 32], scaleSteps: 4, steps: 2 },
    );
    const after = { ...WEIGHTS, styleWeight: 7e5, tvWeight: 0 };
    for (const report of reports) {
      const expected = weighted(report, report.step <= 2 ? WEIGHTS : after);
      expect(Math.abs(report.loss / expected - 1), `step ${report.step}`).toBeLessThan(1e-5);
    }
    expect(reports.length).toBe(6);
  });

  it("the next step starts from the result as it was", async () => {
    const images: Awaited<ReturnType<StepReport["image"]>>[] = [];
    const options = { ...SMALL, device: own.device, ...WEIGHTS, optimizer, scales: [32], steps: 4 };
    for await (const step of styleTransfer.steps(options)) {
      images.push(await step.image());
      if (step.step === 3) step.change({ learningRate: 1e-20 });
    }
    expect(images[3]).toEqual(images[2]);
    expect(distance(images[2], images[0])).toBeGreaterThan(0.1);
  });
});

it("a change while the next scale is prepared holds there from its first step on", async () => {
  const options = { ...SMALL, device: own.device, ...WEIGHTS, scales: [24, 32], scaleSteps: 1, steps: 3 };
  const steps = styleTransfer.steps(options);
  const { value: first } = await steps.next();
  // The buffer that losses are read through is the last thing that a stage makes.
  const { createBuffer } = own.device;
  let isMade = false;
  own.device.createBuffer = (descriptor) => {
    if (descriptor.label === "scalars" && !isMade) {
      isMade = true;
      first!.change({ styleWeight: 7e5 });
    }
    return createBuffer(descriptor);
  };
  const reports: StepReport[] = [];
  for await (const report of steps) reports.push(report);
  own.device.createBuffer = createBuffer;
  expect({ isMade, steps: reports.map(({ step }) => step) }).toEqual({ isMade: true, steps: [2, 3, 4] });
  for (const report of reports) {
    const expected = weighted(report, { ...WEIGHTS, styleWeight: 7e5 });
    expect(Math.abs(report.loss / expected - 1), `step ${report.step}`).toBeLessThan(1e-5);
  }
});

describe("what cannot be changed", () => {
  it.each<[unknown, string]>([
    [{ styleWeigth: 1 }, 'Did you mean "styleWeight"?'],
    [{ styleWeight: -1 }, "styleWeight is -1"],
    [{ learningRate: 0 }, "learningRate is 0"],
    [{ contentWeight: 0, styleWeight: 0, tvWeight: 0 }, "nothing is left to optimize"],
    [{ styleWeight: 3e38, contentWeight: NaN }, "contentWeight is NaN"],
    [undefined, "Give an object"],
  ])("%o is refused, and the run goes on as before", async (changes, message) => {
    const losses: number[] = [];
    const undisturbed = await changed({}, { steps: 4 });
    for await (const step of styleTransfer.steps({ ...SMALL, device: own.device, ...WEIGHTS, steps: 4 })) {
      losses.push(step.loss);
      if (step.step > 1) continue;
      expect(() => step.change(changes as Changes)).toThrow(InvalidOptionError);
      expect(() => step.change(changes as Changes)).toThrow(message);
    }
    expect(losses).toEqual(undisturbed.map(({ loss }) => loss));
  });
});

it("nothing is left on the caller's device after changes", async () => {
  const reports = await changed({ 1: { styleWeight: 1e6 }, 2: { learningRate: 0.5 } }, { steps: 4 });
  expect(reports.length).toBe(4);
  expect(own.live()).toEqual([]);
});

it("reports say how much memory is in use", async () => {
  const [{ bytes }] = await changed({}, { steps: 1, scales: [32] });
  const [{ bytes: more }] = await changed({}, { steps: 1, scales: [64] });
  expect(bytes).toBeGreaterThan(4 * 3 * 32 * 21);
  expect(more).toBeGreaterThan(bytes);
});

it("there is nothing to draw into outside of a browser", async () => {
  for await (const step of styleTransfer.steps({ ...SMALL, device: own.device, steps: 1 })) {
    await expect(step.draw({} as OffscreenCanvas)).rejects.toThrow("Use image() instead");
  }
});
