/** L-BFGS with line search on the GPU: the oracle's way on a small function, and the conditions on a network. */
import { describe, expect, it, onTestFinished } from "vitest";
import type { Tensor } from "../../src/autograd/graph.ts";
import { crop } from "../../src/autograd/operations.ts";
import { add, addConstant, clamp, multiply, scale, square, subtract } from "../../src/autograd/pointwise.ts";
import { sum } from "../../src/autograd/reductions.ts";
import { tensor, variable } from "../../src/autograd/runtime.ts";
import { NotFiniteError } from "../../src/errors.ts";
import { toPlanes } from "../../src/image/convert.ts";
import type { Planes } from "../../src/image/picture.ts";
import { LOSS_ROUNDOFF, prepareLineSearchStage, type Search } from "../../src/nst/line-search-stage.ts";
import { objective } from "../../src/nst/objective.ts";
import { layersOfSettings, resolveSettings } from "../../src/nst/settings.ts";
import { type Objective, readShown, type Stage } from "../../src/nst/stage.ts";
import { styleTransfer } from "../../src/nst/style-transfer.ts";
import { computeTargets } from "../../src/nst/targets.ts";
import { validateOptions } from "../../src/nst/validate.ts";
import { loadNetwork } from "../../src/vgg/network.ts";
import { openNetworkWeights } from "../../src/vgg/weights.ts";
import { testDevice } from "../engine.ts";
import { type Evaluate, lbfgs, random, uniform } from "../oracle/index.ts";
import { scene, stripes } from "./pictures.ts";

const device = await testDevice();

const [HEIGHT, WIDTH] = [3, 5];

/** Pixels of which each has two minima, at 96 and 160, and that pull at their neighbors. The loss is near 1000. */
function wells(more: (image: Tensor, total: Tensor) => Tensor = (_, total) => total): Objective {
  return {
    trace(image) {
      const x = scale(addConstant(image, -128), 1 / 32);
      const well = sum(square(addConstant(square(x), -1)));
      const differences = sum(square(subtract(crop(x, { left: 1 }), crop(x, { right: 1 }))));
      return { total: more(image, add(scale(well, 2.5), differences)), content: {}, style: {}, tv: differences };
    },
    dispose() {},
  };
}

/** The same for the oracle, with its gradient by hand. */
const evaluateWells: Evaluate = (pixels) => {
  const x = pixels.map((value) => (value - 128) / 32);
  const gradient = x.map((value) => (10 * (value ** 2 - 1) * value) / 32);
  let loss = x.reduce((total, value) => total + 2.5 * (value ** 2 - 1) ** 2, 0);
  for (let i = 0; i < x.length; i++) {
    if ((i + 1) % WIDTH === 0) continue;
    const difference = x[i + 1] - x[i];
    loss += difference ** 2;
    gradient[i] -= (2 * difference) / 32;
    gradient[i + 1] += (2 * difference) / 32;
  }
  return { loss, gradient };
};

function startOf(seed: number): Planes {
  const { data } = uniform(random(seed), [3, HEIGHT, WIDTH], 0, 255);
  return { width: WIDTH, height: HEIGHT, channels: 3, data: Float32Array.from(data) };
}

/** Frees a stage after the test that opened it. */
async function opened<AnyStage extends Stage>(preparing: Promise<AnyStage>): Promise<AnyStage> {
  const stage = await preparing;
  onTestFinished(() => stage.dispose());
  return stage;
}

/** Float32 and float64 part slowly, from step to step; a different turn of the search would tear them apart. */
function expectNear(actual: readonly number[], expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  actual.forEach((value, index) => {
    expect(Math.abs(value - expected[index]), `${index}: ${value}, not ${expected[index]}`).toBeLessThan(
      1e-3 * largest,
    );
  });
}

function satisfiesWolfe({ start, found }: Search): boolean {
  const { length, loss, slope } = found!;
  const roundoff = LOSS_ROUNDOFF * start.loss;
  return loss <= start.loss + 1e-4 * length * start.slope + roundoff && Math.abs(slope) <= -0.9 * start.slope;
}

describe("on a function of a few pixels", () => {
  it.each([
    { seed: 1, history: 10, learningRate: 20 },
    { seed: 2, history: 3, learningRate: 40 },
    { seed: 3, history: 5, learningRate: 20 },
    { seed: 4, history: 5, learningRate: 100 },
  ])("takes the oracle's steps: %o", async ({ seed, ...settings }) => {
    const steps = 8;
    const start = startOf(seed);
    const seen: { loss: number; x: Float64Array }[] = [];
    const observed: Evaluate = (x) => {
      const result = evaluateWells(x);
      seen.push({ loss: result.loss, x });
      return result;
    };
    const options = { steps, lineSearch: "strong-wolfe", ...settings } as const;
    const expected = lbfgs(observed, Float64Array.from(start.data), options);
    const stage = await opened(prepareLineSearchStage(device, wells(), start, settings));
    const losses: number[] = [];
    const trials: number[] = [];
    for (let step = 0; step < steps; step++) {
      losses.push((await stage.step()).total);
      trials.push(...stage.search!.trials.map(({ loss }) => loss));
    }
    expectNear(losses, expected.losses.slice(0, -1));
    expectNear(
      trials,
      seen.slice(1).map(({ loss }) => loss),
    );
    const best = seen.reduce((lowest, each) => (each.loss < lowest.loss ? each : lowest));
    expectNear([...(await readShown(stage.result())).data], [...best.x]);
  });

  it("turns back from lengths at which the loss overflows", async () => {
    const stage = await opened(
      prepareLineSearchStage(device, wells(), startOf(5), { history: 10, learningRate: 1e15 }),
    );
    const { total } = await stage.step();
    const { trials, found } = stage.search!;
    expect(trials[0].loss).not.toBeLessThan(Infinity);
    expect(found!.length).toBeGreaterThan(0);
    expect((await stage.step()).total).toBeLessThan(total);
    expect((await readShown(stage.result())).data.every((value) => Math.abs(value) < 1e3)).toBe(true);
  });

  it("returns to the best image where no trial is finite, and gives up after three times", async () => {
    const start = startOf(6);
    // 0 at the start image alone; (1e20)² is beyond float32.
    const wall = (image: Tensor, total: Tensor) => {
      const distance = subtract(image, tensor(device, [3, HEIGHT, WIDTH], start.data));
      return add(total, sum(square(scale(square(scale(distance, 1e10)), 1e10))));
    };
    const stage = await opened(prepareLineSearchStage(device, wells(wall), start, { history: 10, learningRate: 1e30 }));
    const expected = evaluateWells(Float64Array.from(start.data)).loss;
    for (let step = 1; step <= 3; step++) {
      expectNear([(await stage.step()).total], [expected]);
      expect(stage.search!.found).toBeUndefined();
    }
    expect((await readShown(stage.result())).data).toEqual(start.data);
    await expect(stage.step()).rejects.toThrow(NotFiniteError);
    await expect(stage.step()).rejects.toThrow("3 returns to the best image");
  });

  it("stays where every trial is higher, and tries the gradient's direction next", async () => {
    // A cliff round one image, whose slope the clamp hides from the gradient.
    const center = variable(device, [3, HEIGHT, WIDTH]);
    const height = variable(device, []);
    const cliff = (image: Tensor, total: Tensor) => {
      const distance = scale(subtract(image, center), 1e30);
      return add(total, multiply(height, sum(square(clamp(distance, -1, 1)))));
    };
    const settings = { history: 10, learningRate: 20 };
    const stage = await opened(prepareLineSearchStage(device, wells(cliff), startOf(8), settings));
    for (let step = 1; step <= 3; step++) await stage.step();
    const { data } = await readShown(stage.result());
    const { loss, gradient } = evaluateWells(Float64Array.from(data));
    const steepest = -gradient.reduce((squares, value) => squares + value ** 2, 0);
    center.write(data);
    height.write(Float32Array.of(1e4));

    expectNear([(await stage.step()).total], [loss]);
    expect(stage.search!.found!.length).toBe(0);
    expect(stage.search!.start.slope / steepest).not.toBeCloseTo(1, 1);
    expectNear([(await stage.step()).total], [loss]);
    expect(stage.search!.start.slope / steepest).toBeCloseTo(1, 3);
    expect((await readShown(stage.result())).data).toEqual(data);
  });

  it("refuses a start whose loss is not finite, even where its gradient and its neighbors are", async () => {
    const start = startOf(9);
    const peak = (image: Tensor, total: Tensor) => {
      const distance = scale(subtract(image, tensor(device, [3, HEIGHT, WIDTH], start.data)), 1e30);
      const changed = sum(square(clamp(distance, -1, 1)));
      return subtract(total, scale(addConstant(changed, -start.data.length), 3e38));
    };
    const stage = await opened(prepareLineSearchStage(device, wells(peak), start, { history: 10, learningRate: 100 }));
    await expect(stage.step()).rejects.toThrow("The loss became Infinity at step 1.");
  });

  it("refuses a start from which nothing finite is near", async () => {
    const start = startOf(7);
    start.data[4] = 1e30;
    const stage = await opened(prepareLineSearchStage(device, wells(), start, { history: 10, learningRate: 1 }));
    await expect(stage.step()).rejects.toThrow(NotFiniteError);
  });

  it("stays where the gradient is 0", async () => {
    const data = new Float32Array(3 * HEIGHT * WIDTH).fill(160);
    const stage = await opened(
      prepareLineSearchStage(device, wells(), { ...startOf(0), data }, { history: 10, learningRate: 1 }),
    );
    for (let step = 0; step < 3; step++) expect((await stage.step()).total).toBe(0);
    expect((await readShown(stage.result())).data).toEqual(data);
  });
});

describe("on a network", async () => {
  const options = { content: scene(48, 40), style: stripes(40, 40), size: 48, scales: [48] };
  const weights = await openNetworkWeights("slim");
  const settings = resolveSettings(validateOptions(options), weights);
  const network = await loadNetwork(device, weights, layersOfSettings(settings));
  const content = toPlanes(options.content);
  const style = { planes: toPlanes(options.style), weight: 1 };
  const targets = await computeTargets(device, network, content, [style], settings.objective);
  const loss = () => objective(device, network, targets, settings.objective);
  const lbfgs = { kind: "lbfgs", history: 10, learningRate: 1, lineSearch: "none" } as const;

  it("every step satisfies the Wolfe conditions, and the loss never rises", async () => {
    const steps = 25;
    const searched = await opened(prepareLineSearchStage(device, loss(), content, lbfgs));
    const losses: number[] = [];
    for (let step = 0; step < steps; step++) {
      losses.push((await searched.step()).total);
      const search = searched.search!;
      expect(search.start.loss).toBe(losses[step]);
      expect(satisfiesWolfe(search), `step ${step + 1}: ${JSON.stringify(search)}`).toBe(true);
    }
    losses.push((await searched.step()).total);
    for (let step = 1; step <= steps; step++) {
      expect(losses[step]).toBeLessThanOrEqual(losses[step - 1] * (1 + LOSS_ROUNDOFF));
    }
    expect(losses[steps]).toBeLessThan(0.2 * losses[0]);
  });

  it("is what the option of styleTransfer asks for", async () => {
    const run = { ...options, steps: 5, views: 1, init: "content", onWarning: () => {} } as const;
    const result = await styleTransfer({ ...run, optimizer: { kind: "lbfgs", lineSearch: "strong-wolfe" } });
    const searched = await opened(prepareLineSearchStage(device, loss(), content, lbfgs));
    for (const { total } of result.losses) expect((await searched.step()).total).toBe(total);
  });
});
