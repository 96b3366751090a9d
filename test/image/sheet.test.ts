import { describe, expect, it } from "vitest";
import { InvalidOptionError } from "../../src/errors.ts";
import type { Picture } from "../../src/image/picture.ts";
import { sideBySide } from "../../src/image/sheet.ts";
import { patterned, pictureOf } from "./fixtures.ts";

function pixel(picture: Picture, x: number, y: number): number[] {
  return [...picture.data.slice(4 * (y * picture.width + x), 4 * (y * picture.width + x) + 4)];
}

describe("sideBySide", () => {
  it("lays pictures of the sheet's height unchanged beside each other, white between", () => {
    const left = patterned(3, 4);
    const right = patterned(2, 4);
    const sheet = sideBySide([left, right], { height: 4, gap: 2 });
    expect([sheet.width, sheet.height]).toEqual([7, 4]);
    for (let y = 0; y < 4; y++) {
      for (let x = 0; x < 3; x++) expect(pixel(sheet, x, y)).toEqual(pixel(left, x, y));
      for (let x = 3; x < 5; x++) expect(pixel(sheet, x, y)).toEqual([255, 255, 255, 255]);
      for (let x = 5; x < 7; x++) expect(pixel(sheet, x, y)).toEqual(pixel(right, x - 5, y));
    }
  });

  it("scales to the common height with the aspect ratio kept", () => {
    const wide = pictureOf(20, 10, Array(200).fill([10, 20, 30, 255]));
    const tall = pictureOf(5, 20, Array(100).fill([200, 100, 50, 255]));
    const sheet = sideBySide([wide, tall], { height: 15, gap: 1 });
    expect([sheet.width, sheet.height]).toEqual([30 + 1 + 4, 15]);
    expect(pixel(sheet, 0, 14)).toEqual([10, 20, 30, 255]);
    expect(pixel(sheet, 29, 0)).toEqual([10, 20, 30, 255]);
    expect(pixel(sheet, 31, 7)).toEqual([200, 100, 50, 255]);
  });

  it("shows transparent parts white", () => {
    const sheet = sideBySide([pictureOf(1, 1, [[0, 0, 0, 0]])], { height: 2, gap: 3 });
    expect([sheet.width, sheet.height]).toEqual([2, 2]);
    expect([...sheet.data].every((value) => value === 255)).toBe(true);
  });

  it.each([
    [[], 4, 1],
    [[patterned(2, 2)], 0, 1],
    [[patterned(2, 2)], 2.5, 1],
    [[patterned(2, 2)], 4, -1],
  ])("refuses bad arguments (%#)", (pictures, height, gap) => {
    expect(() => sideBySide(pictures, { height, gap })).toThrow(InvalidOptionError);
  });
});
