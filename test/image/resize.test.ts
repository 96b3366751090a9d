import { describe, expect, it } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import type { Planes } from "../../src/image/picture.ts";
import { fitSize, resize } from "../../src/image/resize.ts";
import { readJson } from "./fixtures.ts";

interface Case {
  from: [number, number];
  to: [number, number];
  data: number[];
}

const PILLOW = readJson<Case[]>("resize.json");

/** The plane that make-fixtures.py gave to Pillow. */
function plane(width: number, height: number): Planes {
  const data = Float32Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return (x * x * 7 + y * 13 + x * y * 5) % 256;
  });
  return { width, height, channels: 1, data };
}

describe("resize", () => {
  it.each(PILLOW)("agrees with Pillow's LANCZOS from $from to $to", ({ from, to, data }) => {
    const result = resize(plane(...from), ...to);
    expect([result.width, result.height, result.data.length]).toEqual([...to, data.length]);
    const worst = Math.max(...data.map((value, i) => Math.abs(value - result.data[i])));
    expect(worst).toBeLessThan(1e-3);
  });

  it("treats every channel alike and apart from the others", () => {
    const one = plane(13, 7);
    const two = { ...one, data: one.data.map((value) => 255 - value) };
    const both = { ...one, channels: 2, data: Float32Array.from([...one.data, ...two.data]) };
    const result = resize(both, 5, 3);
    expect([...result.data.subarray(0, 15)]).toEqual([...resize(one, 5, 3).data]);
    expect([...result.data.subarray(15)]).toEqual([...resize(two, 5, 3).data]);
  });

  it("keeps a constant exactly up to rounding, at edges too", () => {
    const flat = { width: 11, height: 6, channels: 1, data: new Float32Array(66).fill(200) };
    for (const value of resize(flat, 29, 2).data) expect(value).toBeCloseTo(200, 4);
  });

  it("does not clamp the overshoot at an edge", () => {
    const step = { width: 8, height: 1, channels: 1, data: Float32Array.from([0, 0, 0, 0, 255, 255, 255, 255]) };
    const { data } = resize(step, 32, 1);
    expect(Math.min(...data)).toBeLessThan(-5);
    expect(Math.max(...data)).toBeGreaterThan(260);
  });

  it("removes what a smaller picture cannot show instead of aliasing", () => {
    const stripes = {
      width: 64,
      height: 1,
      channels: 1,
      data: Float32Array.from({ length: 64 }, (_, i) => 255 * (i % 2)),
    };
    for (const value of resize(stripes, 16, 1).data.subarray(2, 14)) expect(Math.abs(value - 127.5)).toBeLessThan(2);
  });

  it("returns a copy when the size stays", () => {
    const input = plane(6, 5);
    const result = resize(input, 6, 5);
    expect(result).toEqual(input);
    expect(result.data).not.toBe(input.data);
  });

  it.each([
    [0, 5],
    [5, -1],
    [2.5, 5],
    [5, Number.NaN],
  ])("refuses the size %sx%s", (width, height) => {
    expect(() => resize(plane(4, 4), width, height)).toThrow(ShapeError);
    expect(() => resize(plane(4, 4), width, height)).toThrow(`${width}x${height}`);
  });
});

describe("fitSize", () => {
  it.each([
    [640, 480, 512, 512, 384],
    [480, 640, 512, 384, 512],
    [100, 100, 256, 256, 256],
    [1000, 3, 100, 100, 1],
    [3, 4000, 16, 1, 16],
    [1023, 767, 512, 512, 384],
  ])("fits %sx%s into %s as %sx%s", (width, height, longest, expectedWidth, expectedHeight) => {
    expect(fitSize(width, height, longest)).toEqual({ width: expectedWidth, height: expectedHeight });
  });
});
