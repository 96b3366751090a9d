import { describe, expect, it } from "vitest";
import { median, positionalNorm, rounded } from "../statistics.ts";

describe("median", () => {
  it("is the middle of an odd number of values, whatever their order", () => {
    expect(median([30, 1, 2])).toBe(2);
  });

  it("is the mean of the two in the middle of an even number", () => {
    expect(median([4, 1, 3, 100])).toBe(3.5);
  });

  it("leaves its argument as it is", () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });
});

describe("positionalNorm", () => {
  it("tells the same values in other places apart", () => {
    expect(positionalNorm(Float32Array.from([3, 4]))).toBe(Math.sqrt(9 + 2 * 16));
    expect(positionalNorm(Float32Array.from([4, 3]))).toBe(Math.sqrt(16 + 2 * 9));
  });
});

describe("rounded", () => {
  it("keeps four digits of numbers at any depth, and all of integers", () => {
    expect(rounded({ ms: [12.34567, 0.00123456], bytes: 123456789, name: "x", none: undefined })).toEqual({
      ms: [12.35, 0.001235],
      bytes: 123456789,
      name: "x",
      none: undefined,
    });
  });
});
