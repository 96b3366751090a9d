/** The images that scales start from. */
import { describe, expect, it } from "vitest";
import { toPicture, toPlanes } from "../../src/image/convert.ts";
import type { Planes } from "../../src/image/picture.ts";
import { matchColors } from "../../src/nst/color.ts";
import { initAt, readImages } from "../../src/nst/images.ts";
import { carryOver, GRAY_NOISE, type Noise, startImage } from "../../src/nst/start.ts";
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
  const start = (init: Parameters<typeof startImage>[0], seed = 0, noise = GRAY_NOISE) =>
    startImage(init, content, styles, seed, noise);

  it("content is the content", async () => {
    expect(await start("content")).toEqual(content);
  });

  it("gray is the middle of 0 and 255 everywhere", async () => {
    expect(await start("gray")).toEqual(planes(24, 16, () => 127.5));
  });

  it("color is the content in the style's colors", async () => {
    expect(await start("color")).toEqual(matchColors(content, styles));
  });

  it("noise is of mean 127.5 and deviation 32, and repeats itself for the same seed only", async () => {
    const noise = await start("noise", 5);
    expect(noise).toMatchObject({ width: 24, height: 16, channels: 3 });
    expect((await start("noise", 5)).data).toEqual(noise.data);
    expect((await start("noise", 6)).data).not.toEqual(noise.data);
    // Five standard errors: sigma / sqrt(n) of the mean, sigma / sqrt(2 n) of the deviation.
    const { mean, deviation } = momentsOf(noise.data);
    expect(Math.abs(mean - 127.5)).toBeLessThan((5 * 32) / Math.sqrt(noise.data.length));
    expect(Math.abs(deviation - 32)).toBeLessThan((5 * 32) / Math.sqrt(2 * noise.data.length));
  });

  describe("noise of a preset", () => {
    const large = toPlanes(scene(96, 64));
    const center = [123.68, 116.779, 103.939] as const;
    const colors = [0, 1, 2];
    const channel = (data: Float32Array, color: number) => data.subarray(color * 96 * 64, (color + 1) * 96 * 64);
    const of = async (noise: Noise, seed = 0) => (await startImage("noise", large, styles, seed, noise)).data;

    it("is normal around a color", async () => {
      const noise: Noise = { distribution: "normal", spread: 0.001, center, share: 1 };
      for (const color of colors) {
        // Rounding to float32 adds a uniform error of 2^-17 at most, a variance of a few millionths of the noise's.
        const values = channel(await of(noise, 3), color).map((value) => value - center[color]);
        const { mean, deviation } = momentsOf(values);
        expect(Math.abs(mean)).toBeLessThan((5 * 0.001) / Math.sqrt(values.length));
        expect(Math.abs(deviation - 0.001)).toBeLessThan((5 * 0.001) / Math.sqrt(2 * values.length));
        // Of 6144 normal values some are beyond 3 deviations, none beyond 6.
        const farthest = Math.max(...values.map(Math.abs));
        expect(farthest).toBeGreaterThan(0.003);
        expect(farthest).toBeLessThan(0.006);
      }
    });

    it("is uniform around a color and mixed with the content", async () => {
      const noise: Noise = { distribution: "uniform", spread: 20, center, share: 0.6 };
      for (const color of colors) {
        const pixels = channel(large.data, color);
        // What the mixture has besides 0.4 times the content.
        const values = channel(await of(noise, 3), color).map(
          (value, i) => (value - 0.4 * pixels[i]) / 0.6 - center[color],
        );
        const { mean, deviation } = momentsOf(values);
        const sigma = 20 / Math.sqrt(3);
        expect(Math.abs(mean)).toBeLessThan((5 * sigma) / Math.sqrt(values.length));
        // The variance of a uniform variable's square is 4/5 of its variance squared.
        expect(Math.abs(deviation - sigma)).toBeLessThan((5 * sigma * Math.sqrt(0.2)) / Math.sqrt(values.length));
        const farthest = Math.max(...values.map(Math.abs));
        expect(farthest).toBeGreaterThan(19.9);
        expect(farthest).toBeLessThan(20.001);
      }
    });

    it("repeats itself for the same seed only", async () => {
      const noise: Noise = { distribution: "uniform", spread: 20, center, share: 0.6 };
      expect(await of(noise, 7)).toEqual(await of(noise, 7));
      expect(await of(noise, 8)).not.toEqual(await of(noise, 7));
    });
  });

  it("an image is stretched to the content's size", async () => {
    const rising = toPicture(planes(6, 30, (index) => 40 * (index % 6)));
    const images = await readImages({ content: scene(24, 16), styles: [], init: rising });
    const stretched = await start(initAt(images, content)!);
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
