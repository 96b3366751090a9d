/** Color matching: mean and covariance of the result are computed here, the map is recovered from pixels. */
import { describe, expect, it } from "vitest";
import type { Planes } from "../../src/image/picture.ts";
import { matchColors } from "../../src/nst/color.ts";
import { random } from "../oracle/index.ts";

const WIDTH = 12;
const HEIGHT = 9;
const PIXELS = WIDTH * HEIGHT;

/** Planes whose pixels are `mean` plus the rows of `mix` times three random numbers between -1 and 1. */
function cloud(seed: number, mean: readonly number[], mix: readonly (readonly number[])[]): Planes {
  const next = random(seed);
  const data = new Float32Array(3 * PIXELS);
  for (let i = 0; i < PIXELS; i++) {
    const [a, b, c] = [0, 0, 0].map(() => 2 * next() - 1);
    mix.forEach(([ra, rb, rc], channel) => {
      data[channel * PIXELS + i] = mean[channel] + ra * a + rb * b + rc * c;
    });
  }
  return { width: WIDTH, height: HEIGHT, channels: 3, data };
}

function pixel({ data }: Planes, i: number): number[] {
  return [data[i], data[PIXELS + i], data[2 * PIXELS + i]];
}

function meanOf(planes: Planes): number[] {
  return [0, 1, 2].map((c) => planes.data.slice(c * PIXELS, (c + 1) * PIXELS).reduce((sum, v) => sum + v, 0) / PIXELS);
}

function covarianceOf(planes: Planes): number[][] {
  const mean = meanOf(planes);
  const covariance = [0, 1, 2].map(() => [0, 0, 0]);
  for (let i = 0; i < PIXELS; i++) {
    const centered = pixel(planes, i).map((value, c) => value - mean[c]);
    for (let c = 0; c < 3; c++) {
      for (let d = 0; d < 3; d++) covariance[c][d] += (centered[c] * centered[d]) / PIXELS;
    }
  }
  return covariance;
}

/** The linear part of the map from `before` to `after`, from the differences of four pixels. */
function mapBetween(before: Planes, after: Planes): number[][] {
  const differences = (planes: Planes) =>
    [1, 2, 3].map((i) => pixel(planes, 10 * i).map((value, c) => value - pixel(planes, 0)[c]));
  // Rows are differences, so that rows(before) mapᵀ = rows(after).
  return transposed(multiplied(inverse(differences(before)), differences(after)));
}

function multiplied(a: number[][], b: number[][]): number[][] {
  return a.map((row) => b[0].map((_, j) => row.reduce((sum, value, k) => sum + value * b[k][j], 0)));
}

function transposed(a: number[][]): number[][] {
  return a[0].map((_, j) => a.map((row) => row[j]));
}

function determinant([[a, b, c], [d, e, f], [g, h, i]]: number[][]): number {
  return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
}

/** By Cramer's rule: the cofactors of a cyclic minor need no sign. */
function inverse(a: number[][]): number[][] {
  const at = (row: number, column: number) => a[row % 3][column % 3];
  const cofactor = (row: number, column: number) =>
    at(row + 1, column + 1) * at(row + 2, column + 2) - at(row + 1, column + 2) * at(row + 2, column + 1);
  return [0, 1, 2].map((i) => [0, 1, 2].map((j) => cofactor(j, i) / determinant(a)));
}

function expectNear(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  const apart = actual.map((value, index) => Math.abs(value - expected[index]));
  expect(Math.max(...apart), `${actual} instead of ${expected}`).toBeLessThanOrEqual(tolerance);
}

const image = cloud(
  1,
  [120, 130, 140],
  [
    [30, 10, 0],
    [20, 25, 5],
    [0, 15, 40],
  ],
);
const target = cloud(
  2,
  [140, 110, 90],
  [
    [25, 0, 10],
    [-15, 30, 0],
    [5, 10, 20],
  ],
);

describe("matched to one image", () => {
  const matched = matchColors(image, [{ planes: target, weight: 1 }]);

  it("nothing is clamped, so that the rest of these tests can hold", () => {
    expect(Math.min(...matched.data)).toBeGreaterThan(0);
    expect(Math.max(...matched.data)).toBeLessThan(255);
  });

  it("has its mean and covariance", () => {
    expect(matched).toMatchObject({ width: WIDTH, height: HEIGHT, channels: 3 });
    expectNear(meanOf(matched), meanOf(target), 1e-4);
    // Of hundreds; the 1e-3 that is added to each variance may show, times the square of the map, which is below 10.
    expectNear(covarianceOf(matched).flat(), covarianceOf(target).flat(), 1e-2);
  });

  it("by a linear map that is symmetric and positive definite: there is one such map only", () => {
    const map = mapBetween(image, matched);
    expectNear([map[0][1], map[0][2], map[1][2]], [map[1][0], map[2][0], map[2][1]], 1e-4);
    expect(map[0][0]).toBeGreaterThan(0);
    expect(map[0][0] * map[1][1] - map[0][1] * map[1][0]).toBeGreaterThan(0);
    expect(determinant(map)).toBeGreaterThan(0);
    // And it is the same for all pixels.
    const offset = multiplied(map, transposed([pixel(image, 0)])).map(([value], c) => pixel(matched, 0)[c] - value);
    for (let i = 0; i < PIXELS; i++) {
      const expected = multiplied(map, transposed([pixel(image, i)])).map(([value], c) => value + offset[c]);
      expectNear(pixel(matched, i), expected, 1e-2);
    }
  });
});

it("matched to itself, it stays as it is", () => {
  expectNear([...matchColors(image, [{ planes: image, weight: 1 }]).data], [...image.data], 1e-3);
});

it("matched to several, it has the statistics of their mixture", () => {
  const sources = [
    { planes: target, weight: 0.25 },
    {
      planes: cloud(
        3,
        [150, 150, 120],
        [
          [10, 0, 0],
          [0, 20, 0],
          [0, 0, 15],
        ],
      ),
      weight: 0.75,
    },
  ];
  const mixed = (of: (planes: Planes) => number[]) =>
    of(image).map((_, k) => sources.reduce((sum, { planes, weight }) => sum + weight * of(planes)[k], 0));
  const mean = mixed(meanOf);
  // The mean of x y is the covariance plus the product of the means.
  const products = mixed((planes) =>
    covarianceOf(planes).flatMap((row, c) => row.map((value, d) => value + meanOf(planes)[c] * meanOf(planes)[d])),
  );
  const covariance = products.map((value, k) => value - mean[Math.floor(k / 3)] * mean[k % 3]);
  const matched = matchColors(image, sources);
  expectNear(meanOf(matched), mean, 1e-4);
  expectNear(covarianceOf(matched).flat(), covariance, 1e-2);
});

it("values beyond black and white are clamped", () => {
  const bright = cloud(
    4,
    [250, 128, 5],
    [
      [60, 0, 0],
      [0, 60, 0],
      [0, 0, 60],
    ],
  );
  const { data } = matchColors(image, [{ planes: bright, weight: 1 }]);
  expect(Math.min(...data)).toBe(0);
  expect(Math.max(...data)).toBe(255);
});

it("images of one color move to the color, and neither to NaN", () => {
  const gray = cloud(
    5,
    [100, 100, 100],
    [
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ],
  );
  expectNear(pixel(matchColors(gray, [{ planes: target, weight: 1 }]), 7), meanOf(target), 1e-3);
  const plain = matchColors(image, [{ planes: gray, weight: 1 }]);
  expectNear(pixel(plain, 7), [100, 100, 100], 0.1);
});

it("the given image is not changed", () => {
  const before = image.data.slice();
  matchColors(image, [{ planes: target, weight: 1 }]);
  expect(image.data).toEqual(before);
});
