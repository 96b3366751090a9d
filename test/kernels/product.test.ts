/** Batched matrix products, one kernel at a time, against the oracle. */
import { describe, expect, it } from "vitest";
import { requestAdapter } from "#gpu";
import { targetOf } from "../../src/autograd/algorithms.ts";
import { matmul } from "../../src/autograd/reductions.ts";
import { openDevice } from "../../src/gpu/open-device.ts";
import { pointwiseOf } from "../../src/kernels/pointwise.ts";
import { productKernel, productTiles } from "../../src/kernels/product.ts";
import { type ProductShape, type ProductTile, panelColumns, WORKGROUP_TILES } from "../../src/kernels/product-tiles.ts";
import { loadSoftwareKernels } from "../../src/kernels/software.ts";
import { type TileTarget, targetWithSubgroups } from "../../src/kernels/target.ts";
import { constantOf, runKernel, testDevice } from "../engine.ts";
import * as oracle from "../oracle/index.ts";

const device = await testDevice();
await loadSoftwareKernels();
const next = oracle.random(21);

/** A stack of matrices [batches, depth, width], cut into panels of that many columns, the last one filled up with NaN. */
function intoPanels({ shape: [batches, depth, width], data }: oracle.Array64, columns: number): Float64Array {
  const panels = Math.ceil(width / columns);
  return Float64Array.from({ length: batches * panels * depth * columns }, (_, i) => {
    const m = (Math.floor(i / columns / depth) % panels) * columns + (i % columns);
    const k = Math.floor(i / columns) % depth;
    const batch = Math.floor(i / columns / depth / panels);
    return m < width ? data[(batch * depth + k) * width + m] : NaN;
  });
}

/** Computes all products of a shape with a tile, and compares each with the oracle's. */
async function check(shape: ProductShape, tile: ProductTile): Promise<void> {
  const { batches, rows, columns, depth, leftPanels, rightPanels } = shape;
  const left = oracle.normal(next, [batches, depth, rows]);
  const right = oracle.normal(next, [batches, depth, columns]);
  const kernel = productKernel(shape, tile);
  const operands = [
    leftPanels ? intoPanels(left, tile.rows) : left.data,
    rightPanels ? intoPanels(right, panelColumns(tile)) : right.data,
  ];
  const actual = await runKernel(device, kernel, operands, batches * rows * columns);
  for (let batch = 0; batch < batches; batch++) {
    const slice = ({ data }: oracle.Array64, width: number) =>
      oracle.array64([depth, width], data.slice(batch * depth * width, (batch + 1) * depth * width));
    const expected = oracle.matmul(slice(left, rows), slice(right, columns), { transposeA: true, transposeB: false });
    const values = actual.subarray(batch * rows * columns, (batch + 1) * rows * columns);
    oracle.compare(values, expected, { k: 8, terms: depth, label: `${kernel.label}, batch ${batch}` });
  }
}

const shapes: ProductShape[] = [
  { batches: 1, rows: 4, columns: 4, depth: 1 },
  { batches: 3, rows: 12, columns: 20, depth: 7 },
  { batches: 2, rows: 64, columns: 64, depth: 10 },
  { batches: 4, rows: 36, columns: 132, depth: 3 },
  { batches: 2, rows: 20, columns: 1044, depth: 9 },
  { batches: 36, rows: 48, columns: 4, depth: 5 },
];

/** Invocations per subgroup. */
const lanes = device.gpu.adapterInfo.subgroupMaxSize!;

/** Those whose tiles this device can compute: some need subgroups of a size. */
const targets = [...new Set<TileTarget>(["cpu", "swiftshader", "gpu", targetOf(device)])];

const layouts = [
  { leftPanels: false, rightPanels: false },
  { leftPanels: true, rightPanels: false },
  { leftPanels: false, rightPanels: true },
  { leftPanels: true, rightPanels: true },
];

describe.each(shapes)("$batches products [$rows, $depth] times [, $columns]", (shape) => {
  it.each([
    { rows: 4, vectors: 1, lanes: 64 },
    { rows: 8, vectors: 3, lanes: 8 },
    { rows: 12, vectors: 2, lanes: 16 },
    { rows: 16, vectors: 4, lanes: 16 },
  ])("tiles of $rows rows and $vectors vectors in registers", async (tile) => {
    for (const layout of layouts) await check({ ...shape, ...layout }, { kind: "registers", ...tile });
  });

  it.each([
    { rows: 4, vectors: 8, steps: 1 },
    { rows: 8, vectors: 3, steps: 3 },
    { rows: 12, vectors: 5, steps: 2 },
  ])("tiles of $rows rows and $vectors vectors in subgroups, $steps steps at a time", async (tile) => {
    for (const layout of layouts) await check({ ...shape, ...layout }, { kind: "subgroup", lanes, ...tile });
  });

  it.each(WORKGROUP_TILES)("tiles of $rows rows and $columns columns in workgroup memory", async (tile) => {
    for (const layout of [layouts[0], layouts[3]]) await check({ ...shape, ...layout }, tile);
  });

  it.each(targets)("the tiles for %s", async (target) => {
    for (const layout of layouts) {
      for (const tile of productTiles(shape, target)) await check({ ...shape, ...layout }, tile);
    }
  });
});

it("an epilogue reads operands by element, by row and as one value", async () => {
  const shape = { batches: 1, rows: 12, columns: 36, depth: 5 };
  const { rows, columns, depth } = shape;
  const [left, right] = [oracle.normal(next, [depth, rows]), oracle.normal(next, [depth, columns])];
  const [addend, bias] = [oracle.normal(next, [rows, columns]), oracle.normal(next, [rows])];
  const epilogue = pointwiseOf("a * d + b + c", ["element", "element", "channel", "scalar"]);
  const expected = oracle.matmul(left, right, { transposeA: true, transposeB: false });
  expected.data.forEach((value, i) => {
    expected.data[i] = value * 3 + addend.data[i] + bias.data[Math.floor(i / columns)];
  });
  for (const target of targets) {
    const kernel = productKernel(shape, productTiles(shape, target)[0], epilogue);
    expect(kernel.inputs).toBe(5);
    const inputs = [left.data, right.data, addend.data, bias.data, [3]];
    const actual = await runKernel(device, kernel, inputs, rows * columns);
    oracle.compare(actual, expected, { k: 8, terms: depth, label: kernel.label });
  }
});

it("all shapes share a shader as long as their rows fill the tiles", () => {
  const tiles: ProductTile[] = [
    { kind: "registers", rows: 16, vectors: 2, lanes: 16 },
    { kind: "subgroup", rows: 8, vectors: 4, lanes, steps: 2 },
    { kind: "workgroup", rows: 64, columns: 64 },
  ];
  for (const tile of tiles) {
    const texts = [
      { batches: 36, rows: 64, columns: 36, depth: 64, leftPanels: true, rightPanels: true },
      { batches: 1, rows: 512, columns: 4096, depth: 100 },
    ].map((shape) => productKernel(shape, tile).wgsl);
    expect(new Set(texts).size).toBe(1);
  }
});

it("all tiles give the same bits", async () => {
  const shape = { batches: 2, rows: 100, columns: 200, depth: 37 };
  const operands = [oracle.normal(next, [2, 37, 100]).data, oracle.normal(next, [2, 37, 200]).data];
  const inSubgroups = [1, 2].map((steps): ProductTile => ({ kind: "subgroup", rows: 8, vectors: 4, lanes, steps }));
  const tiles = [...WORKGROUP_TILES, ...inSubgroups, ...targets.flatMap((target) => productTiles(shape, target))];
  const results = [];
  for (const tile of tiles) results.push(await runKernel(device, productKernel(shape, tile), operands, 2 * 100 * 200));
  for (const result of results) expect(result).toEqual(results[0]);
});

it("tiles for GPUs stay within the memory and the invocations that every device has", () => {
  for (const tile of WORKGROUP_TILES) {
    const { wgsl } = productKernel({ batches: 1, rows: 4, columns: 4, depth: 1 }, tile);
    const arrays = [...wgsl.matchAll(/var<workgroup> \w+: array<array<array<vec4f, (\d+)>, (\d+)>, (\d+)>;/g)];
    expect(arrays.length).toBe(2);
    const bytes = arrays.map(([, ...sizes]) => sizes.map(Number).reduce((a, b) => a * b, 16));
    expect(bytes[0] + bytes[1]).toBeLessThanOrEqual(16384);
    expect(Number(wgsl.match(/@workgroup_size\((\d+)\)/)![1])).toBeLessThanOrEqual(256);
  }
});

it("large products for GPUs read a number for at least 32 multiplications, and have workgroups for every core", () => {
  // VGG19's layers at 512 pixels by F(4x4, 3x3).
  for (const [rows, columns] of [
    [64, 8192],
    [128, 4096],
    [256, 1024],
    [512, 256],
    [512, 64],
  ]) {
    const [tile] = productTiles({ batches: 36, rows, columns, depth: 64 }, "gpu");
    if (tile.kind !== "workgroup") throw new Error("not in workgroup memory");
    expect(1 / (1 / tile.rows + 1 / tile.columns)).toBeGreaterThanOrEqual(32);
    expect(36 * Math.ceil(rows / tile.rows) * Math.ceil(columns / tile.columns)).toBeGreaterThanOrEqual(256);
  }
});

it("subgroups are used where their size is the one that tiles are made for", async () => {
  expect(targetWithSubgroups("cpu", 8, 8)).toBe("cpu-subgroups");
  expect(targetWithSubgroups("swiftshader", 4, 4)).toBe("swiftshader-subgroups");
  for (const [least, most] of [
    [4, 8],
    [8, 16],
    [undefined, undefined],
  ]) {
    expect(targetWithSubgroups("cpu", least, most)).toBe("cpu");
    expect(targetWithSubgroups("swiftshader", least, most)).toBe("swiftshader");
  }
  const shape = { batches: 36, rows: 64, columns: 64, depth: 64 };
  for (const target of ["cpu", "swiftshader"] as const) {
    const twin = productTiles(shape, target);
    expect(twin.map(({ kind }) => kind)).toEqual(["registers"]);
    expect(productTiles(shape, `${target}-subgroups`)).toEqual([
      expect.objectContaining({ kind: "subgroup" }),
      ...twin,
    ]);
  }
});

it("a device that was opened without subgroups does without", async () => {
  const gpu = await (await requestAdapter({ onWarning: () => {} })).requestDevice();
  using plain = await openDevice({ device: gpu });
  expect(targetOf(plain)).not.toContain("subgroups");
  const [a, b] = [oracle.normal(next, [6, 64]), oracle.normal(next, [6, 64])];
  const options = { transposeA: true, transposeB: false };
  for (const each of [plain, device]) {
    const product = matmul(constantOf(each, a), constantOf(each, b), options);
    oracle.compare(await product.read(), oracle.matmul(a, b, options), { k: 8, terms: 6, label: each.name });
  }
  gpu.destroy();
});
