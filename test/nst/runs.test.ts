/**
 * Our optimisers against torch's, on VGG19 and from the same start: the loss after each of 100 evaluations. Recorded in
 * float32, so that paths part after a while even where both are right: L-BFGS is compared by where it gets to.
 */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { prepareCase, type Spec } from "../../scripts/reference.ts";
import { compile } from "../../src/autograd/compile.ts";
import { gradients } from "../../src/autograd/gradient.ts";
import { variable } from "../../src/autograd/runtime.ts";
import type { Device } from "../../src/gpu/device.ts";
import { adam } from "../../src/nst/optimizers/adam.ts";
import { lbfgs } from "../../src/nst/optimizers/lbfgs.ts";
import type { Optimizer } from "../../src/nst/optimizers/optimizer.ts";
import { describeShared } from "../shared.ts";

/** As nst_optimise.py sets torch's: rates for pixels in 0..255, nothing clamped. */
const OPTIMIZERS: Record<"lbfgs" | "adam", (device: Device, shape: readonly number[]) => Optimizer> = {
  lbfgs: (device, shape) => lbfgs(device, shape, { history: 10, learningRate: 1 }),
  adam: (device, shape) => adam(device, shape, { learningRate: 5, beta1: 0.9, beta2: 0.99, epsilon: 1e-8 }),
};

describeShared("optimisers on VGG19, with torch's word", (path) => {
  const record = (name: string, kind: string) =>
    JSON.parse(readFileSync(path(`reference/runs/${name}-${kind}.json`), "utf8")) as { spec: Spec; losses: number[] };

  async function ourLosses(name: string, kind: keyof typeof OPTIMIZERS, evaluations: number): Promise<number[]> {
    const specPath = path(`reference/cases/${name}.json`);
    // The images are recorded with the case, not with the run.
    expect(JSON.parse(readFileSync(specPath, "utf8"))).toEqual(record(name, kind).spec);
    const { device, images, loss } = await prepareCase(specPath, path(`reference/expected/${name}`));
    const { data, height, width } = images.image;
    const image = variable(device, [3, height, width], data);
    const optimizer = OPTIMIZERS[kind](device, image.shape);
    const program = await compile(
      device,
      () => {
        const { total } = loss.trace(image);
        const [gradient] = gradients(total, [image]);
        return { results: { total }, assign: optimizer.trace(image, gradient) };
      },
      { rings: optimizer.rings },
    );
    const losses: number[] = [];
    for (let step = 0; step < evaluations; step++) {
      program.run(step);
      losses.push(...(await program.results.total.read()));
    }
    device.dispose();
    return losses;
  }

  const cases = ["two-styles", "mean-max-zero"];

  it.each(cases)("L-BFGS gets as far on %s", { timeout: 1_800_000 }, async (name) => {
    const expected = record(name, "lbfgs").losses;
    const losses = await ourLosses(name, "lbfgs", expected.length);
    expect(losses[0] / expected[0]).toBeCloseTo(1, 5);
    expect(losses.length).toBe(100);
    expect(losses[99]).toBeLessThanOrEqual(1.03 * expected[99]);
  });

  it.each(cases)("Adam goes the same way on %s", { timeout: 1_800_000 }, async (name) => {
    const expected = record(name, "adam").losses;
    const losses = await ourLosses(name, "adam", expected.length);
    expect(losses[0] / expected[0]).toBeCloseTo(1, 5);
    expect(losses.length).toBe(100);
    const apart = losses.map((loss, step) => Math.abs(loss / expected[step] - 1));
    expect(Math.max(...apart)).toBeLessThanOrEqual(0.02);
  });
});
