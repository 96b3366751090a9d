/** The oracle's own tools, and its word on real VGG19 weights. Its operations are tested beside them, in oracle/. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { expectClose, expectCloseNumber } from "./oracle/fixture.ts";
import * as oracle from "./oracle/index.ts";
import { array64, compare, conv2d, finiteDifference, normal, random, uniform } from "./oracle/index.ts";
import { describeShared } from "./shared.ts";

describe("compare", () => {
  // The root mean square is 5, so that with 4 terms and k = 1 the tolerance is 2^-23 * 2 * 5.
  const expected = array64([1, 2, 2], [1, -7, 7, 1]);
  const tolerance = 10 * 2 ** -23;
  const options = { k: 1, terms: 4, label: "example" };
  const off = (index: number, by: number) => {
    const values = Float32Array.from(expected.data);
    values[index] += by;
    return values;
  };

  it("accepts what is within k * eps * sqrt(terms) * RMS, and returns the k needed", () => {
    expect(compare(Float32Array.from(expected.data), expected, options)).toBe(0);
    expect(compare(off(0, tolerance), expected, options)).toBe(1);
    expect(compare(off(0, -tolerance / 2), expected, options)).toBe(0.5);
  });

  it("names the worst place and both values", () => {
    const actual = off(2, 0.5);
    actual[0] = 1.25;
    expect(() => compare(actual, expected, options)).toThrow(/^example: 7\.5 instead of 7 at \[0,1,0\] of \[1,2,2\]/);
    expect(() => compare(off(0, 1.5 * tolerance), expected, options)).toThrow("k = 1.50, allowed is k = 1");
  });

  it("accepts neither NaN, infinity nor missing values", () => {
    expect(() => compare(off(3, Number.NaN), expected, options)).toThrow("NaN instead of 1 at [0,1,1]");
    expect(() => compare(off(3, Infinity), expected, options)).toThrow("Infinity instead of 1");
    expect(() => compare(new Float32Array(3), expected, options)).toThrow("3 values, but 4");
    const infinite = array64([1], [Infinity]);
    expect(() => compare(Float32Array.of(Infinity), infinite, options)).toThrow("not finite");
  });

  it("wants exact zeros where all is zero", () => {
    const zero = oracle.zeros([2]);
    expect(compare(Float32Array.of(0, -0), zero, options)).toBe(0);
    expect(() => compare(Float32Array.of(0, 1e-30), zero, options)).toThrow("at [1]");
  });
});

describe("random", () => {
  it("repeats itself for the same seed only", () => {
    expect(normal(random(5), [9])).toEqual(normal(random(5), [9]));
    expect(normal(random(5), [9])).not.toEqual(normal(random(6), [9]));
  });

  it("has the moments of its distribution", () => {
    const x = normal(random(1), [40_000], 3);
    const u = uniform(random(2), [40_000], -1, 3);
    const moment = (values: oracle.Array64, order: number) => oracle.mean(oracle.pow(values, order));
    // Five standard errors each: of the mean of n values sigma / sqrt(n), of their squares sqrt(2) sigma^2 / sqrt(n).
    expect(Math.abs(moment(x, 1))).toBeLessThan((5 * 3) / 200);
    expect(Math.abs(moment(x, 2) - 9)).toBeLessThan((5 * Math.SQRT2 * 9) / 200);
    expect(Math.abs(moment(u, 1) - 1)).toBeLessThan((5 * 4) / Math.sqrt(12) / 200);
    expect(Math.min(...u.data)).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...u.data)).toBeLessThan(3);
  });

  it("gives float32 numbers", () => {
    const x = normal(random(1), [50], 0.1);
    expect(Float64Array.from(oracle.toFloat32(x))).toEqual(x.data);
  });
});

describe("finiteDifference", () => {
  it("of x^3 + 2 y along (1, 4) at (2, 0) is 3 * 4 * 1 + 2 * 4", () => {
    const f = ({ data: [x, y] }: oracle.Array64) => x ** 3 + 2 * y;
    expect(finiteDifference(f, array64([2], [2, 0]), array64([2], [1, 4]))).toBeCloseTo(20, 8);
  });
});

describe("shapes that do not fit are refused", () => {
  const options = { stride: 1, padding: 1, mode: "reflect" } as const;
  const weight = oracle.zeros([2, 3, 3, 3]);

  it.each([
    ["values", () => array64([2, 2], [1, 2, 3]), "[2,2] has 4 values, but 3 were given"],
    ["pairs", () => oracle.add(oracle.zeros([2, 3]), oracle.zeros([3, 2])), "[3,2], but [2,3] is needed"],
    ["channels", () => conv2d(oracle.zeros([2, 5, 5]), weight, undefined, options), "2 channels, the weight 3"],
    ["bias", () => conv2d(oracle.zeros([3, 5, 5]), weight, oracle.zeros([3]), options), "but [2] is needed"],
    ["kernel", () => conv2d(oracle.zeros([3, 0, 5]), weight, undefined, options), "smaller than the 3x3 kernel"],
    ["reflection", () => conv2d(oracle.zeros([3, 1, 5]), weight, undefined, options), "too short"],
    ["product", () => oracle.matmul(oracle.zeros([2, 3]), oracle.zeros([2, 3])), "[2,3] times [2,3]"],
  ])("%s", (_name, call, message) => {
    expect(call).toThrow(message);
  });
});

describeShared("PyTorch's losses and image gradient on VGG19", (path) => {
  it("gatys, Keras' total variation, max pooling, at 71x53", () => {
    const folder = "reference/expected/gatys-keras-tv";
    const { spec, losses } = JSON.parse(readFileSync(path(`${folder}/reference.json`), "utf8")) as {
      spec: oracle.ObjectiveOptions;
      losses: oracle.Terms;
    };
    const { image, content, style0, gradient } = oracle.readSafetensors(path(`${folder}/gradient.safetensors`));
    const weights = oracle.readSafetensors(path("weights/vgg19-conv1_1-conv3_4.safetensors"));
    const targets = oracle.objectiveTargets(content, [{ image: style0, weight: 1 }], weights, spec);
    const computed = oracle.objective(image, targets, weights, spec);
    expectCloseNumber(computed.terms.total, losses.total, 1e-12);
    expectCloseNumber(computed.terms.content.relu3_1, losses.content.relu3_1, 1e-12);
    for (const layer of Object.keys(losses.style)) {
      expectCloseNumber(computed.terms.style[layer], losses.style[layer], 1e-12);
    }
    expectClose(computed.gradient, gradient, 1e-11);
  });
});
