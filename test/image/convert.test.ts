import { describe, expect, it } from "vitest";
import { ImageError } from "../../src/errors.ts";
import { alphaPlane, alphaRows, colorRows, onWhite, toPicture, toPlanes } from "../../src/image/convert.ts";
import type { Planes } from "../../src/image/picture.ts";
import { resample, resize } from "../../src/image/resize.ts";
import { patterned, pictureOf } from "./fixtures.ts";

function planesOf(channels: number, values: number[]): Planes {
  return { width: values.length / channels, height: 1, channels, data: Float32Array.from(values) };
}

describe("toPlanes", () => {
  it("puts each color into a plane of its own", () => {
    const picture = pictureOf(2, 1, [
      [1, 2, 3, 255],
      [4, 5, 6, 255],
    ]);
    expect(toPlanes(picture)).toEqual({
      width: 2,
      height: 1,
      channels: 3,
      data: Float32Array.from([1, 4, 2, 5, 3, 6]),
    });
  });

  it("gives pixels without alpha the average color of the others, and keeps straight colors", () => {
    const picture = pictureOf(3, 1, [
      [10, 20, 30, 255],
      [99, 99, 99, 0],
      [30, 60, 90, 1],
    ]);
    expect([...toPlanes(picture).data]).toEqual([10, 20, 30, 20, 40, 60, 30, 60, 90]);
  });

  it("makes a wholly transparent picture mid-gray", () => {
    expect([...toPlanes(pictureOf(1, 1, [[9, 9, 9, 0]])).data]).toEqual([127.5, 127.5, 127.5]);
  });
});

describe("alphaPlane", () => {
  it("is undefined for an opaque picture", () => {
    expect(alphaPlane(patterned(3, 2))).toBeUndefined();
  });

  it("holds the alpha of each pixel", () => {
    const picture = pictureOf(2, 1, [
      [1, 2, 3, 255],
      [4, 5, 6, 7],
    ]);
    expect(alphaPlane(picture)).toEqual({ width: 2, height: 1, channels: 1, data: Float32Array.from([255, 7]) });
  });
});

describe("colorRows and alphaRows", () => {
  const picture = patterned(13, 7, 200);
  picture.data[4 * 20 + 3] = 0;

  /** One channel after the other, as `Planes` has them, a pixel without color being the average of the others. */
  function planesByHand(channels: readonly number[]): Planes {
    const { width, height, data } = picture;
    const average = (c: number) => {
      const seen = [...data].filter((_, i) => i % 4 === c && i >> 2 !== 20);
      return seen.reduce((sum, value) => sum + value, 0) / seen.length;
    };
    const values = channels.flatMap((c) => {
      const plane = [...data].filter((_, i) => i % 4 === c);
      if (c < 3) plane[20] = average(c);
      return plane;
    });
    return { width, height, channels: channels.length, data: Float32Array.from(values) };
  }

  it.each([
    [5, 3],
    [29, 7],
    [13, 2],
    [13, 7],
  ])("are resized to %ix%i as planes of all pixels are, to the last bit", (width, height) => {
    expect(resample(colorRows(picture), width, height)).toEqual(resize(planesByHand([0, 1, 2]), width, height));
    expect(resample(alphaRows(picture)!, width, height)).toEqual(resize(planesByHand([3]), width, height));
  });

  it("are what toPlanes and alphaPlane make", () => {
    expect(toPlanes(picture)).toEqual(planesByHand([0, 1, 2]));
    expect(alphaPlane(picture)).toEqual(planesByHand([3]));
    expect(alphaRows(patterned(13, 7))).toBeUndefined();
  });
});

describe("toPicture", () => {
  it("clamps, and rounds halves up", () => {
    const { data } = toPicture(planesOf(3, [-3, 0.5, 1.5, 254.5, 255.4, 1e9]));
    expect([...data]).toEqual([0, 2, 255, 255, 1, 255, 255, 255]);
  });

  it("takes alpha from its plane", () => {
    expect([...toPicture(planesOf(3, [1, 2, 3]), planesOf(1, [127.6])).data]).toEqual([1, 2, 3, 128]);
  });

  it("is the inverse of toPlanes and alphaPlane", () => {
    const picture = patterned(5, 4, 77);
    expect(toPicture(toPlanes(picture), alphaPlane(picture))).toEqual(picture);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("refuses %s", (value) => {
    expect(() => toPicture(planesOf(3, [1, value, 3]))).toThrow(ImageError);
    expect(() => toPicture(planesOf(3, [1, value, 3]))).toThrow(String(value));
  });

  it("refuses planes that do not fit together", () => {
    expect(() => toPicture(planesOf(1, [1, 2, 3]))).toThrow(ImageError);
    expect(() => toPicture(planesOf(3, [1, 2, 3]), planesOf(1, [1, 2]))).toThrow("1 x 1 x 2");
    expect(() => toPicture({ width: 2, height: 2, channels: 3, data: new Float32Array(5) })).toThrow("5 values");
  });
});

describe("onWhite", () => {
  it("mixes with white by alpha", () => {
    const picture = pictureOf(3, 1, [
      [10, 20, 30, 255],
      [10, 20, 30, 0],
      [0, 100, 255, 51], // a fifth
    ]);
    expect([...onWhite(picture).data]).toEqual([10, 20, 30, 255, 255, 255, 255, 255, 204, 224, 255, 255]);
  });
});
