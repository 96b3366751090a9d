import { describe, expect, it } from "vitest";
import { orient, readOrientation, withoutOrientation } from "../../src/image/orientation.ts";
import { fixture, patterned } from "./fixtures.ts";

const FORMATS = [
  ["jpg", "jpeg"],
  ["png", "png"],
  ["webp", "webp"],
] as const;

describe("orientation", () => {
  it.each(FORMATS)("is read from a %s and taken out of it, with nothing else changed", (extension, format) => {
    for (let orientation = 1; orientation <= 8; orientation++) {
      const bytes = fixture(`orientation-${orientation}.${extension}`);
      expect(readOrientation(bytes, format, "test image")).toBe(orientation);
      const upright = withoutOrientation(bytes, format, "test image");
      // Pillow wrote the same file with orientation 1, the checksum of the PNG chunk included.
      expect(upright).toEqual(fixture(`orientation-1.${extension}`));
    }
  });

  it("is upright where a file says nothing", () => {
    expect(readOrientation(fixture("baseline.jpg"), "jpeg", "test image")).toBe(1);
    expect(readOrientation(fixture("animated.gif"), "gif", "test image")).toBe(1);
  });

  it("is upright where the value does not exist", () => {
    const bytes = Buffer.from(fixture("orientation-6.jpg"));
    const tag = bytes.indexOf(Buffer.of(0x01, 0x12)); // Pillow writes big-endian
    for (const value of [0, 9, 0xffff]) {
      bytes.writeUInt16BE(value, tag + 8);
      expect(readOrientation(bytes, "jpeg", "test image")).toBe(1);
    }
  });

  it("applied twice gives back the picture, but for the quarter turns, which undo each other", () => {
    const picture = patterned(5, 3);
    const inverse = [1, 2, 3, 4, 5, 8, 7, 6];
    inverse.forEach((back, i) => {
      expect(orient(orient(picture, i + 1), back)).toEqual(picture);
    });
  });
});
