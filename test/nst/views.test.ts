/**
 * A loss averaged over views of a network, against the float64 oracle on pictures that are turned, mirrored and colored before
 * one and the same network sees them.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compile } from "../../src/autograd/compile.ts";
import { gradients } from "../../src/autograd/gradient.ts";
import { variable } from "../../src/autograd/runtime.ts";
import type { Device } from "../../src/gpu/device.ts";
import { openDevice } from "../../src/gpu/open-device.ts";
import { presets, styleTransfer } from "../../src/index.ts";
import type { ObjectiveSettings, Targets } from "../../src/nst/objective.ts";
import { computeTargets } from "../../src/nst/targets.ts";
import { objectiveOfViews } from "../../src/nst/views.ts";
import { loadNetwork } from "../../src/vgg/network.ts";
import { loadViews, VIEWS, type View } from "../../src/vgg/views.ts";
import { openNetworkWeights } from "../../src/vgg/weights.ts";
import * as oracle from "../oracle/index.ts";
import { type Array64, compare, random, uniform } from "../oracle/index.ts";
import { planesOf, smallNetwork } from "./network.ts";
import { scene, stripes } from "./pictures.ts";

const { weights, bytes } = smallNetwork(21);
const next = random(22);
// Sides that divide by 4: of others a pooling leaves out the last row, which is not the last one of a turned picture.
const image = uniform(next, [3, 16, 24], 0, 255);
const content = uniform(next, [3, 16, 24], 60, 200);
const style = uniform(next, [3, 20, 12], 100, 255);

const LAYERS = { contentLayers: { relu2_2: 0.5 }, styleLayers: { relu1_1: 0.25, relu3_1: 2 } };

/** Where each value of the picture that the network sees comes from, and its shape. */
function seen([, height, width]: readonly number[], { colors, mirrored, turns }: View) {
  let rows = Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => y * width + x));
  if (mirrored) rows = rows.map((row) => row.toReversed());
  // Clockwise: the first column, from below, becomes the first row.
  for (let turn = 0; turn < turns; turn++) rows = rows[0].map((_, x) => rows.map((row) => row[x]).toReversed());
  const places = colors.flatMap((color) => rows.flat().map((place) => color * height * width + place));
  return { places, shape: [3, rows.length, rows[0].length] };
}

function asSeen({ data, shape }: Array64, view: View): Array64 {
  const { places, shape: turned } = seen(shape, view);
  return {
    shape: turned,
    data: Float64Array.from(places, (place) => (view.negative ? 255 - data[place] : data[place])),
  };
}

/** A gradient with respect to what the network sees, as one with respect to the picture. */
function back({ data }: Array64, view: View): Array64 {
  const { places } = seen(image.shape, view);
  const result = new Float64Array(data.length);
  for (const [index, place] of places.entries()) result[place] = view.negative ? -data[index] : data[index];
  return { shape: image.shape, data: result };
}

let device: Device;
beforeAll(async () => {
  device = await openDevice();
});
afterAll(() => device.dispose());

describe.each([
  { pooling: "max", padding: "zero", form: "gatys" },
  { pooling: "average", padding: "replicate", form: "mean" },
] as const)("with $pooling pooling and $padding padding", ({ pooling, padding, form }) => {
  it.each([2, 8])("the loss and gradient of %d views are the means of what each picture gives", async (count) => {
    const settings: ObjectiveSettings = {
      ...LAYERS,
      ...{ form, pooling, padding, tv: "l2", contentWeight: 1, styleWeight: 1, tvWeight: 0.125 },
    };
    const file = await openNetworkWeights(bytes);
    const network = await loadNetwork(device, file, ["relu3_1"]);
    const views = await loadViews(device, file, network, count);
    expect(views.length).toBe(count);
    const sources = [{ planes: planesOf(style), weight: 1 }];
    const targets = [];
    for (const view of views) targets.push(await computeTargets(device, view, planesOf(content), sources, settings));
    const loss = objectiveOfViews(device, views, targets, settings);
    using x = variable(device, image.shape, image.data);
    using program = await compile(device, () => {
      const { total, tv, content, style } = loss.trace(x);
      const terms = { relu2_2: content.relu2_2, relu1_1: style.relu1_1, relu3_1: style.relu3_1 };
      return { results: { total, tv, ...terms, gradient: gradients(total, [x])[0] } };
    });
    program.run();

    const itself: View = { colors: [0, 1, 2], turns: 0 };
    const options = { ...LAYERS, objective: form, pooling, padding, tv: "l2", tvWeight: 0.125 } as const;
    const each = [itself, ...VIEWS.slice(0, count - 1)].map((view) => {
      const [x, c, s] = [image, content, style].map((each) => asSeen(each, view));
      const { terms, gradient } = oracle.objective(
        x,
        oracle.objectiveTargets(c, [{ image: s, weight: 1 }], weights, options),
        weights,
        options,
      );
      return { terms, gradient: back(gradient, view) };
    });
    const mean = (of: (terms: oracle.Terms) => number) => each.reduce((sum, { terms }) => sum + of(terms), 0) / count;
    const expected = {
      total: mean(({ total }) => total),
      tv: mean(({ tv }) => tv),
      relu2_2: mean(({ content }) => content.relu2_2),
      relu1_1: mean(({ style }) => style.relu1_1),
      relu3_1: mean(({ style }) => style.relu3_1),
    };
    for (const [name, value] of Object.entries(expected)) {
      const [actual] = await program.results[name].read();
      expect(Math.abs(actual - value) / value, name).toBeLessThan(3e-6);
    }
    const gradient = oracle.scale(each.map(({ gradient }) => gradient).reduce(oracle.add), 1 / count);
    compare(await program.results.gradient.read(), gradient, {
      k: 16,
      terms: 9 * 8,
      label: `gradient of ${count} views`,
    });
    loss.dispose();
    for (const view of views) view.dispose();
    await file.close();
  });
});

it("several views, whose losses are reported layer by layer, take hardly more memory than one, and few more shaders", async () => {
  const settings: ObjectiveSettings = { ...presets.slim };
  const file = await openNetworkWeights("slim");
  const network = await loadNetwork(device, file, ["relu4_1"]);
  const views = await loadViews(device, file, network, 4);
  await file.close();
  const planes = { channels: 3, height: 64, width: 64, data: new Float32Array(3 * 64 ** 2).fill(100) };
  const targets: Targets[] = [];
  for (const view of views) targets.push(await computeTargets(device, view, planes, [{ planes, weight: 1 }], settings));
  using x = variable(device, [3, 64, 64]);
  const costs = async (count: number) => {
    const loss = objectiveOfViews(device, views.slice(0, count), targets.slice(0, count), settings);
    using program = await compile(device, () => {
      const { total, content, style } = loss.trace(x);
      const terms = [content, style].flatMap((kind, index) =>
        Object.entries(kind).map(([layer, term]) => [index + layer, term]),
      );
      return { results: { total, ...Object.fromEntries(terms) }, assign: [[x, gradients(total, [x])[0]]] };
    });
    loss.dispose();
    return { bytes: program.bytes.planned, shaders: new Set(program.steps.map(({ kernel }) => kernel.wgsl)).size };
  };
  const [one, four] = [await costs(1), await costs(4)];
  // They are computed in turn, and differ in no number that is written into a shader.
  expect(four.bytes).toBeLessThan(1.1 * one.bytes);
  expect(four.shaders).toBeLessThan(1.4 * one.shaders);
});

it("every view differs from every other", () => {
  const all = [{ colors: [0, 1, 2], turns: 0 } as View, ...VIEWS];
  const effects = all.map((view) => asSeen(image, view).data.join());
  expect(new Set(effects).size).toBe(all.length);
});

it("a run takes as many as it is told, and by default those of the preset", async () => {
  const run = async (options: object) => {
    const result = await styleTransfer({
      ...{ content: scene(32, 24), style: stripes(32, 24), size: 32, steps: 1, device: device.gpu },
      ...options,
    });
    return result.losses[0].total;
  };
  const [one, four] = [await run({ views: 1 }), await run({ views: 4 })];
  expect(one).not.toBe(four);
  expect(await run({})).toBe(four);
});
