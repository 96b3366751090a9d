/** Past 65535 workgroups, WebGPU's limit in one dimension: grids fold into two. Checked on the CPU, element by element. */
import { describe, expect, it } from "vitest";
import { linearGrid, MAX_WORKGROUPS } from "../../src/kernels/kernel.ts";
import { matmulKernel } from "../../src/kernels/matrix.ts";
import { padKernel } from "../../src/kernels/pad.ts";
import { pointwiseKernel, pointwiseOf } from "../../src/kernels/pointwise.ts";
import { sumKernel } from "../../src/kernels/sum.ts";
import { runKernel, testDevice } from "../engine.ts";

const device = await testDevice();

describe("linearGrid", () => {
  it.each([1, 7, MAX_WORKGROUPS, MAX_WORKGROUPS + 1, 200_001, MAX_WORKGROUPS ** 2])(
    "of %i workgroups",
    (workgroups) => {
      const { grid, index } = linearGrid(workgroups);
      const [columns, rows, layers] = grid;
      expect(layers).toBe(1);
      expect(Math.max(...grid)).toBeLessThanOrEqual(MAX_WORKGROUPS);
      // Every index there is, and no whole row of workgroups too many.
      expect(columns * rows).toBeGreaterThanOrEqual(workgroups);
      expect(columns * (rows - 1)).toBeLessThan(workgroups);
      expect(index).toBe(rows === 1 ? "group.x" : `(group.y * ${columns}u + group.x)`);
    },
  );
});

/** Small whole numbers that differ from their neighbors, so that sums of them are exact in float32. */
function pattern(size: number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => (i % 7) - (i % 3));
}

it("a pointwise function of 4.3 million numbers, one per invocation", async () => {
  const size = 64 * (MAX_WORKGROUPS + 1) + 5;
  const kernel = pointwiseKernel(pointwiseOf("a * T(3.0f) + b", ["element", "scalar"]), [size]);
  expect(kernel.grid).toEqual([32769, 2, 1]);
  const x = pattern(size);
  const actual = await runKernel(device, kernel, [x, [0.5]], size);
  expect(actual.findIndex((value, i) => value !== 3 * x[i] + 0.5)).toBe(-1);
});

it("the sums of 65539 rows of 66, a workgroup each", async () => {
  const [rows, columns] = [MAX_WORKGROUPS + 4, 66];
  const kernel = sumKernel({ rows, columns, slices: 1 }, pointwiseOf("a", ["element"]));
  expect(kernel.grid).toEqual([32770, 2, 1]);
  const x = pattern(rows * columns);
  const sums = await runKernel(device, kernel, [x], rows);
  const rowSum = (row: number) =>
    x.subarray(row * columns, (row + 1) * columns).reduce((total, value) => total + value, 0);
  expect(sums.findIndex((value, row) => value !== rowSum(row))).toBe(-1);
});

it("the product of a matrix of 524,296 rows, 8 for each of 65,537 workgroups, of which the grid has one too many", async () => {
  const rows = 524_296;
  const kernel = matmulKernel({ rows, columns: 3, depth: 2, transposeA: false, transposeB: false });
  expect(Math.max(...kernel.grid)).toBeLessThanOrEqual(MAX_WORKGROUPS);
  const a = pattern(rows * 2);
  const b = [1, 2, 3, 4, 5, 6];
  const actual = await runKernel(device, kernel, [a, b], rows * 3);
  const expected = (i: number) => {
    const [row, column] = [Math.floor(i / 3), i % 3];
    return a[2 * row] * b[column] + a[2 * row + 1] * b[3 + column];
  };
  expect(actual.findIndex((value, i) => value !== expected(i))).toBe(-1);
});

describe("images whose width, height or channels alone would need too many workgroups", () => {
  it.each([
    [1, 1, 16 * MAX_WORKGROUPS + 1],
    [1, 4 * MAX_WORKGROUPS + 1, 2],
    [MAX_WORKGROUPS + 1, 2, 1],
  ])("%ix%ix%i", async (...shape) => {
    const [channels, height, width] = shape;
    const size = channels * height * width;
    const x = pattern(size);
    const same = { mode: "zero", top: 0, bottom: 0, left: 0, right: 0, extraRows: 0, extraColumns: 0 } as const;
    const kernel = padKernel(shape, same, pointwiseOf("a + b", ["element", "channel"]));
    expect(Math.max(...kernel.grid)).toBeLessThanOrEqual(MAX_WORKGROUPS);
    const bias = pattern(channels);
    const actual = await runKernel(device, kernel, [x, bias], size);
    const channelOf = (i: number) => Math.floor(i / (height * width));
    expect(actual.findIndex((value, i) => value !== x[i] + bias[channelOf(i)])).toBe(-1);
  });
});
