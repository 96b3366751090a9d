/** Style transfer's objective through VGG: PyTorch's values on a network of three channels, and finite differences. */
import { describe, expect, it } from "vitest";
import { expectClose, expectCloseNumber, readFixture } from "./fixture.ts";
import {
  type Array64,
  dot,
  finiteDifference,
  normal,
  type ObjectiveOptions,
  objective,
  objectiveTargets,
  random,
  type Terms,
  uniform,
  type VggWeights,
  vggFeatures,
  vggFeaturesGradient,
} from "./index.ts";

const { weights, image, content, styles, cases } = readFixture<{
  weights: VggWeights;
  image: Array64;
  content: Array64;
  styles: { image: Array64; weight: number }[];
  cases: { options: ObjectiveOptions; terms: Terms; gradient: Array64 }[];
}>("style-transfer");

it.each(cases)("PyTorch gives the same, $options.objective", ({ options, terms, gradient }) => {
  const targets = objectiveTargets(content, styles, weights, options);
  const computed = objective(image, targets, weights, options);
  expectCloseNumber(computed.terms.total, terms.total);
  expectCloseNumber(computed.terms.tv, terms.tv);
  for (const kind of ["content", "style"] as const) {
    expect(Object.keys(computed.terms[kind])).toEqual(Object.keys(terms[kind]));
    for (const layer of Object.keys(terms[kind])) {
      expectCloseNumber(computed.terms[kind][layer], terms[kind][layer], 1e-12);
    }
  }
  expectClose(computed.gradient, gradient, 1e-12);
});

describe("gradients agree with finite differences", () => {
  const next = random(3);

  it.each(cases)("of the objective, $options.objective", ({ options }) => {
    const targets = objectiveTargets(content, styles, weights, options);
    const { gradient } = objective(image, targets, weights, options);
    for (let trial = 0; trial < 3; trial++) {
      const direction = normal(next, image.shape);
      const expected = finiteDifference((x) => objective(x, targets, weights, options).terms.total, image, direction);
      expect(dot(gradient, direction) / expected).toBeCloseTo(1, 6);
    }
  });

  it.each([
    { pooling: "max", padding: "reflect" },
    { pooling: "average", padding: "circular" },
  ] as const)("of features, $pooling pooling, $padding padding", (options) => {
    const rgb = uniform(next, [3, 13, 9], 0, 255);
    const wanted = ["relu1_1", "pool1", "relu2_2", "relu3_1"];
    const trace = vggFeatures(rgb, weights, wanted, options);
    expect(Object.keys(trace.features)).toEqual(wanted);
    const factors = Object.fromEntries(wanted.map((layer) => [layer, normal(next, trace.features[layer].shape)]));
    const loss = (x: Array64) => {
      const { features } = vggFeatures(x, weights, wanted, options);
      return wanted.reduce((total, layer) => total + dot(features[layer], factors[layer]), 0);
    };
    const gradient = vggFeaturesGradient(factors, trace, weights, options);
    const direction = normal(next, rgb.shape);
    expect(dot(gradient, direction) / finiteDifference(loss, rgb, direction)).toBeCloseTo(1, 6);
  });
});

it("an image that is its own content and only style has no loss but its total variation", () => {
  const [{ options }] = cases;
  const targets = objectiveTargets(image, [{ image, weight: 2 }], weights, options);
  const { terms } = objective(image, targets, weights, options);
  expect(Object.values(terms.content)).toEqual([0]);
  expect(Object.values(terms.style)).toEqual([0, 0, 0]);
  expect(terms.total).toBe(options.tvWeight * terms.tv);
});

it("refuses features that do not exist or lack weights", () => {
  const options = { pooling: "max", padding: "zero" } as const;
  expect(() => vggFeatures(image, weights, ["relu6_1"], options)).toThrow("no feature relu6_1");
  expect(() => vggFeatures(image, weights, ["relu3_2"], options)).toThrow("conv3_1 is the deepest");
});
