/** The images that scales start from. */
import { describe, expect, it } from "vitest";
import { toPlanes } from "../../src/image/convert.ts";
import type { Planes } from "../../src/image/picture.ts";
import { matchColors } from "../../src/nst/color.ts";
import { carryOver, startImage } from "../../src/nst/start.ts";
import { scene, stripes } from "./pictures.ts";

const content = toPlanes(scene(24, 16));
const styles = [{ planes: toPlanes(stripes(20, 30)), weight: 1 }];

function planes(width: number, height: number, valueAt: (index: number) => number): Planes {
  const data = Float32Array.from({ length: 3 * width * height }, (_, index) => valueAt(index));
  return { width, height, channels: 3, data };
}

function momentsOf(values: Float32Array): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}

describe("startImage", () => {
  const start = (init: Parameters<typeof startImage>[0], seed = 0) => startImage(init, content, styles, seed);

  it("content is the content", () => {
    expect(start("content")).toEqual(content);
  });

  it("gray is the middle of 0 and 255 everywhere", () => {
    expect(start("gray")).toEqual(planes(24, 16, () => 127.5));
  });

  it("color is the content in the style's colors", () => {
    expect(start("color")).toEqual(matchColors(content, styles));
  });

  it("noise is of mean 127.5 and deviation 32, and repeats itself for the same seed only", () => {
    const noise = start("noise", 5);
    expect(noise).toMatchObject({ width: 24, height: 16, channels: 3 });
    expect(start("noise", 5).data).toEqual(noise.data);
    expect(start("noise", 6).data).not.toEqual(noise.data);
    // Five standard errors: sigma / sqrt(n) of the mean, sigma / sqrt(2 n) of the deviation.
    const { mean, deviation } = momentsOf(noise.data);
    expect(Math.abs(mean - 127.5)).toBeLessThan((5 * 32) / Math.sqrt(noise.data.length));
    expect(Math.abs(deviation - 32)).toBeLessThan((5 * 32) / Math.sqrt(2 * noise.data.length));
  });

  it("an image is stretched to the content's size", () => {
    const rising = planes(6, 30, (index) => 40 * (index % 6));
    const stretched = start(rising);
    expect(stretched).toMatchObject({ width: 24, height: 16, channels: 3 });
    const row = stretched.data.slice(5 * 24, 6 * 24);
    // The middles of the first and last of six columns, in 24: 1/12 and 11/12 of the width.
    expect(row[2]).toBeCloseTo(5, -1);
    expect(row[21]).toBeCloseTo(195, -1);
    expect([...row.slice(3, 21)]).toEqual([...row.slice(3, 21)].sort((a, b) => a - b));
  });
});

describe("carryOver", () => {
  const before = planes(2, 2, () => 100);
  const here = planes(4, 4, (index) => 10 * (index % 16));

  it("the image goes on, enlarged and within 0..255", () => {
    const result = planes(2, 2, () => 180);
    expect(carryOver("image", result, before, here)).toEqual(planes(4, 4, () => 180));
    const bright = planes(4, 4, (index) => index * 8 - 50);
    const expected = planes(4, 4, (index) => Math.min(255, Math.max(0, index * 8 - 50)));
    expect(carryOver("image", bright, before, here)).toEqual(expected);
  });

  it("the change goes on, on top of the start of this scale", () => {
    const result = planes(2, 2, () => 130);
    expect(carryOver("change", result, before, here)).toEqual(planes(4, 4, (index) => 10 * (index % 16) + 30));
  });

  it("the change is that of the visible image, and the sum is visible too", () => {
    const tooBright = planes(2, 2, () => 400); // counts as 255, a change of 155
    const expected = planes(4, 4, (index) => Math.min(255, 10 * (index % 16) + 155));
    expect(carryOver("change", tooBright, before, here)).toEqual(expected);
    const tooDark = planes(2, 2, () => -400); // counts as 0, a change of -100
    const darkened = planes(4, 4, (index) => Math.max(0, 10 * (index % 16) - 100));
    expect(carryOver("change", tooDark, before, here)).toEqual(darkened);
  });
});
