import { describe, expect, it } from "vitest";
import { checkAgreement, Disagreement, expectedOf } from "../agreement.ts";

const job = (mode: "forward" | "gradient" | "step", width = 64) =>
  ({ kind: "model", mode, height: 64, width }) as const;

describe("what is expected", () => {
  it("is what the mode computes", () => {
    expect(Object.keys(expectedOf(job("forward"))!)).toEqual(["value"]);
    expect(Object.keys(expectedOf(job("gradient"))!)).toEqual(["value", "norm"]);
    expect(Object.keys(expectedOf(job("step"))!)).toEqual(["value", "second"]);
    expect(expectedOf(job("step"))!.second).toBeLessThan(expectedOf(job("step"))!.value);
  });

  it("is unknown for other sizes", () => {
    expect(expectedOf(job("forward", 65))).toBeUndefined();
  });
});

describe("agreement", () => {
  const check = (computed: object) =>
    checkAgreement("tfjs", "gradient", computed as { value: number }, { value: 2, norm: 0.5 }, 1e-3);

  it("is relative", () => {
    expect(() => check({ value: 2.0019, norm: 0.4996 })).not.toThrow();
  });

  it.each([
    [{ value: 2.0021, norm: 0.5 }, "tfjs computes the value 2.0021 in the mode gradient, but 2 is expected"],
    [{ value: 2, norm: 0.4994 }, "tfjs computes the norm of the gradient 0.4994"],
    [{ value: Number.NaN, norm: 0.5 }, "tfjs computes the value NaN"],
    [{ value: 2 }, "tfjs computes the norm of the gradient undefined"],
  ])("fails with %j", (computed, message) => {
    expect(() => check(computed)).toThrow(Disagreement);
    expect(() => check(computed)).toThrow(message);
  });
});
