/** Loss, terms and image gradient on the GPU against the float64 oracle, on a small network of random weights. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compile } from "../../src/autograd/compile.ts";
import { gradients } from "../../src/autograd/gradient.ts";
import { variable } from "../../src/autograd/runtime.ts";
import type { Device } from "../../src/gpu/device.ts";
import { openDevice } from "../../src/gpu/open-device.ts";
import { type ObjectiveSettings, objective } from "../../src/nst/objective.ts";
import { computeTargets } from "../../src/nst/targets.ts";
import { loadNetwork, type Network } from "../../src/vgg/network.ts";
import { openNetworkWeights } from "../../src/vgg/weights.ts";
import * as oracle from "../oracle/index.ts";
import { type Array64, compare, normal, random, uniform } from "../oracle/index.ts";
import { planesOf, smallNetwork } from "./network.ts";

const { weights, bytes } = smallNetwork(11);
const next = random(12);
// Odd sizes, and styles of other sizes and contrasts than the image.
const image = uniform(next, [3, 19, 23], 0, 255);
const content = uniform(next, [3, 19, 23], 60, 200);
const styles = [
  { image: uniform(next, [3, 14, 21], 100, 255), weight: 0.75 },
  { image: uniform(next, [3, 27, 12], 0, 120), weight: 0.25 },
];

const SETTINGS: ObjectiveSettings = {
  form: "gatys",
  contentLayers: { relu2_2: 0.5, relu1_2: 1.5 },
  styleLayers: { relu3_1: 2, relu1_1: 0.25, relu2_2: 1 },
  contentWeight: 3,
  styleWeight: 0.5,
  tvWeight: 0.125,
  tv: "l2",
  pooling: "max",
  padding: "zero",
};

let device: Device;
let network: Network;
beforeAll(async () => {
  device = await openDevice();
  network = await loadNetwork(device, await openNetworkWeights(bytes), ["relu3_1"]);
});
afterAll(() => device.dispose());

interface Evaluation {
  total: number;
  content: Record<string, number>;
  style: Record<string, number>;
  tv: number;
}

async function onGpu(settings: ObjectiveSettings): Promise<Evaluation & { gradient: Float32Array }> {
  const sources = styles.map((style) => ({ planes: planesOf(style.image), weight: style.weight }));
  const targets = await computeTargets(device, network, planesOf(content), sources, settings);
  const loss = objective(device, network, targets, settings);
  using x = variable(device, image.shape, image.data);
  using program = await compile(device, () => {
    const { total, tv, content, style } = loss.trace(x);
    const named = (prefix: string, terms: object) =>
      Object.fromEntries(Object.entries(terms).map(([layer, term]) => [prefix + layer, term]));
    const [gradient] = gradients(total, [x]);
    return { results: { total, tv, gradient, ...named("content ", content), ...named("style ", style) } };
  });
  program.run();
  const read = async (name: string) => (await program.results[name].read())[0];
  const readAll = async (prefix: string, layers: object) => {
    const entries = Object.keys(layers).map(async (layer) => [layer, await read(prefix + layer)] as const);
    return Object.fromEntries(await Promise.all(entries));
  };
  const result = {
    total: await read("total"),
    content: await readAll("content ", settings.contentLayers),
    style: await readAll("style ", settings.styleLayers),
    tv: await read("tv"),
    gradient: await program.results.gradient.read(),
  };
  loss.dispose();
  return result;
}

/** The loss of a difference, and its derivative with respect to the first of the two, by form of the objective. */
const FORMS: Record<ObjectiveSettings["form"], { content: Difference; style: Difference }> = {
  gatys: {
    content: (f, p) => scaled(1 / 2, f, p),
    style: (g, a) => scaled(1 / (4 * g.shape[0] ** 2), g, a),
  },
  mean: {
    content: (f, p) => scaled(1 / f.data.length, f, p),
    style: (g, a) => scaled(1 / g.shape[0] ** 4, g, a),
  },
  tutorial: {
    content: (f, p) => scaled(1 / (4 * f.data.length), f, p),
    style: (g, a) => scaled(1 / (4 * g.shape[0] ** 2), g, a),
  },
  relative: { content: relative, style: relative },
  scaled: { content: byItsOwnSize, style: byItsOwnSize },
};

type Difference = (actual: Array64, target: Array64) => { loss: number; gradient: Array64 };

function scaled(factor: number, actual: Array64, target: Array64): ReturnType<Difference> {
  const loss = factor * oracle.squaredError(actual, target);
  return { loss, gradient: oracle.squaredErrorGradient(factor, actual, target).a };
}

function relative(actual: Array64, target: Array64): ReturnType<Difference> {
  return scaled(1 / oracle.dot(target, target), actual, target);
}

/** sum D² / sum |D|, whose derivative is 2 D / sum |D| - sign(D) sum D² / (sum |D|)², by the quotient rule. */
function byItsOwnSize(actual: Array64, target: Array64): ReturnType<Difference> {
  const difference = oracle.map2(actual, target, (a, b) => a - b);
  const squares = oracle.dot(difference, difference);
  const absolute = difference.data.reduce((sum, d) => sum + Math.abs(d), 0);
  const derivative = (d: number) => (2 * d) / absolute - (Math.sign(d) * squares) / absolute ** 2;
  return { loss: squares / absolute, gradient: oracle.map(difference, derivative) };
}

function inFloat64(settings: ObjectiveSettings, x: Array64 = image): Evaluation & { gradient: Array64 } {
  const { form, contentLayers, styleLayers, contentWeight, styleWeight, tvWeight, featureScale = 1 } = settings;
  const layers = [...Object.keys(contentLayers), ...Object.keys(styleLayers)];
  const traceOf = (picture: Array64) => oracle.vggFeatures(picture, weights, layers, settings);
  const featuresOf = (picture: Array64, layer: string) => oracle.scale(traceOf(picture).features[layer], featureScale);
  const trace = traceOf(x);
  const result: Evaluation = { total: 0, content: {}, style: {}, tv: 0 };
  const byFeatures: Record<string, Array64> = {};
  const take = (layer: string, weight: number, loss: number, gradient: Array64) => {
    result.total += weight * loss;
    const share = oracle.scale(gradient, weight * featureScale);
    byFeatures[layer] = layer in byFeatures ? oracle.add(byFeatures[layer], share) : share;
  };
  for (const [layer, weight] of Object.entries(contentLayers)) {
    const { loss, gradient } = FORMS[form].content(featuresOf(x, layer), featuresOf(content, layer));
    result.content[layer] = loss;
    take(layer, contentWeight * weight, loss, gradient);
  }
  for (const [layer, weight] of Object.entries(styleLayers)) {
    const features = featuresOf(x, layer);
    const target = styles
      .map((style) => oracle.scale(oracle.gram(featuresOf(style.image, layer)), style.weight))
      .reduce(oracle.add);
    const { loss, gradient } = FORMS[form].style(oracle.gram(features), target);
    result.style[layer] = loss;
    take(layer, styleWeight * weight, loss, oracle.gramGradient(gradient, features));
  }
  const kind = settings.tv === "keras" ? "keras" : "l2";
  const perValue = settings.tv === "mean" ? 1 / x.data.length : 1;
  result.tv = perValue * oracle.totalVariation(x, kind);
  result.total += tvWeight * result.tv;
  const throughVgg = oracle.vggFeaturesGradient(byFeatures, trace, weights, settings);
  const gradient = oracle.add(throughVgg, oracle.totalVariationGradient(tvWeight * perValue, x, kind));
  return { ...result, gradient };
}

/** Sums of positive terms: their rounding is that of the features, not of the longest sum. */
function expectNear(actual: number, expected: number, label: string): void {
  expect(Math.abs(actual / expected - 1), label).toBeLessThan(3e-6);
}

/** The weights make content, style and smoothness all count in the gradient. */
const CASES: Partial<ObjectiveSettings>[] = [
  { form: "gatys", tv: "l2" },
  { form: "mean", tv: "keras", pooling: "average", padding: "reflect", tvWeight: 1e-4 },
  { form: "tutorial", tv: "l2", pooling: "average", contentWeight: 100, tvWeight: 1e-3 },
  { form: "relative", tv: "mean", pooling: "average", padding: "replicate", styleWeight: 5, tvWeight: 1e-3 },
  { form: "scaled", tv: "l2", padding: "circular", contentWeight: 100, tvWeight: 1e-3 },
  { form: "scaled", tv: "mean", featureScale: 1 / 57.63, tvWeight: 1e-3 },
  { form: "gatys", tv: "keras", tvWeight: 0, contentLayers: { relu3_1: 1 }, styleLayers: { relu1_1: 1 } },
];

describe.each(CASES)("%o", (changes) => {
  const settings = { ...SETTINGS, ...changes };
  const expected = inFloat64(settings);

  it("has a gradient that agrees with finite differences of the float64 loss", () => {
    const direction = normal(random(13), image.shape);
    const slope = oracle.finiteDifference((x) => inFloat64(settings, x).total, image, direction);
    expect(oracle.dot(expected.gradient, direction) / slope).toBeCloseTo(1, 5);
  });

  it("gives the loss, its terms and its gradient on the GPU", async () => {
    const actual = await onGpu(settings);
    expectNear(actual.total, expected.total, "total");
    expectNear(actual.tv, expected.tv, "tv");
    for (const kind of ["content", "style"] as const) {
      for (const [layer, term] of Object.entries(expected[kind])) {
        expectNear(actual[kind][layer], term, `${kind} ${layer}`);
      }
    }
    compare(actual.gradient, expected.gradient, { k: 16, terms: 9 * 8, label: "gradient" });
  });
});

it("a target of zeros, which the relative form cannot divide by, counts as it is", async () => {
  const settings: ObjectiveSettings = { ...SETTINGS, form: "relative", tvWeight: 0, contentWeight: 1 };
  const layer = "relu1_2";
  const { features } = oracle.vggFeatures(image, weights, [layer], settings);
  const zeros = { shape: features[layer].shape, data: new Float32Array(features[layer].data.length) };
  const onlyContent = { ...settings, contentLayers: { [layer]: 1 }, styleLayers: {} };
  const loss = objective(device, network, { content: { [layer]: zeros }, style: {} }, onlyContent);
  using x = variable(device, image.shape, image.data);
  using program = await compile(device, () => ({ results: { total: loss.trace(x).total } }));
  program.run();
  const [total] = await program.results.total.read();
  expectNear(total, oracle.dot(features[layer], features[layer]), "sum of squares");
  loss.dispose();
});
