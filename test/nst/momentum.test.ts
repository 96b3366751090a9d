/** Adam's moments on their way from one scale to the next. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { compile } from "../../src/autograd/compile.ts";
import { gradients } from "../../src/autograd/gradient.ts";
import type { Tensor } from "../../src/autograd/graph.ts";
import { multiply, square } from "../../src/autograd/pointwise.ts";
import { dot, sum } from "../../src/autograd/reductions.ts";
import { tensor, variable } from "../../src/autograd/runtime.ts";
import type { Device } from "../../src/gpu/device.ts";
import { openDevice } from "../../src/gpu/open-device.ts";
import { adam } from "../../src/nst/optimizers/adam.ts";
import type { Momentum } from "../../src/nst/optimizers/optimizer.ts";
import * as oracle from "../oracle/index.ts";
import { normal, random } from "../oracle/index.ts";

const SETTINGS = { learningRate: 0.5, beta1: 0.9, beta2: 0.99, epsilon: 1e-8 };

let device: Device;
beforeAll(async () => {
  device = await openDevice();
});
afterAll(() => device.dispose());

/** Takes steps from `start` and gives where they lead, and the moments that are left. */
async function walk(
  start: oracle.Array64,
  lossOf: (image: Tensor) => Tensor,
  steps: number,
  before?: Momentum,
): Promise<{ image: oracle.Array64; momentum: Momentum }> {
  using image = variable(device, start.shape, start.data);
  const optimizer = adam(device, start.shape, SETTINGS, before);
  using program = await compile(device, () => {
    const [gradient] = gradients(lossOf(image), [image]);
    return { assign: optimizer.trace(image, gradient) };
  });
  for (let step = 0; step < steps; step++) program.run();
  const momentum = await optimizer.momentum!();
  optimizer.dispose();
  return { image: oracle.array64(start.shape, await image.read()), momentum };
}

it("at the same size a run in two parts is one run", async () => {
  const shape = [3, 4, 5];
  const next = random(41);
  const start = normal(next, shape, 2);
  const curvature = oracle.map(normal(next, shape), (value) => Math.fround(0.1 + value ** 2));
  using constant = tensor(device, shape, curvature.data);
  const bowl = (image: Tensor) => sum(multiply(constant, square(image)));
  const first = await walk(start, bowl, 4);
  const second = await walk(first.image, bowl, 3, first.momentum);
  expect(second.momentum.count).toBe(7);
  const evaluate = (x: Float64Array) => ({
    loss: 0,
    gradient: x.map((value, i) => 2 * curvature.data[i] * value),
  });
  const expected = oracle.adam(evaluate, start.data, { ...SETTINGS, steps: 7 }).points[7];
  for (const [i, value] of expected.entries()) {
    // WGSL allows its pow of numbers near 1, from which the corrections come, an error of 2^-21.
    expect(Math.abs(second.image.data[i] - value)).toBeLessThan(7 * SETTINGS.learningRate * 5e-5);
  }
});

it("at another size the moments are enlarged, and the count of steps goes on", async () => {
  // A constant slope of each channel: moments are constant planes, and every step is as long as the first.
  const slopes = [3, -2, 0.5];
  const slope = (shape: readonly number[]) => {
    const pixels = shape[1] * shape[2];
    return tensor(
      device,
      shape,
      Float32Array.from({ length: 3 * pixels }, (_, i) => slopes[Math.floor(i / pixels)]),
    );
  };
  using small = slope([3, 3, 4]);
  using large = slope([3, 6, 8]);
  const before = await walk(oracle.zeros([3, 3, 4]), (image) => dot(image, small), 5);
  const { image, momentum } = await walk(oracle.zeros([3, 6, 8]), (x) => dot(x, large), 1, before.momentum);
  for (const [c, value] of slopes.entries()) {
    const plane = [...image.data.slice(48 * c, 48 * (c + 1))];
    expect(Math.max(...plane.map((moved) => Math.abs(moved + 0.5 * Math.sign(value))))).toBeLessThan(5e-5);
    // m = (1 - beta1^6) g and v = (1 - beta2^6) g², because each of six gradients was g.
    expect(momentum.first.data[48 * c] / ((1 - 0.9 ** 6) * value)).toBeCloseTo(1, 5);
    expect(momentum.second.data[48 * c] / ((1 - 0.99 ** 6) * value ** 2)).toBeCloseTo(1, 5);
  }
  expect(momentum.count).toBe(6);
});
