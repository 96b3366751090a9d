/** The preset `tutorial` against the costs as the exercise writes them down, computed in float64 from the oracle's features. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toPlanes } from "../../src/image/convert.ts";
import type { Picture } from "../../src/image/picture.ts";
import type { Losses, StyleTransferOptions } from "../../src/nst/options.ts";
import { styleTransfer } from "../../src/nst/style-transfer.ts";
import { type Array64, array64, vggFeatures } from "../oracle/index.ts";
import { type OwnDevice, openOwnDevice } from "./gpu.ts";
import { smallNetwork } from "./network.ts";
import { checks, distance, scene, stripes } from "./pictures.ts";

const [WIDTH, HEIGHT] = [32, 20];
const { weights, bytes } = smallNetwork(31);
const content = scene(WIDTH, HEIGHT);
const style = stripes(WIDTH, HEIGHT);

let own: OwnDevice;
beforeAll(async () => {
  own = await openOwnDevice();
});
afterAll(() => own.device.destroy());

/** A network that ends at relu3_1 has three of the five style layers. */
const run = (changes: Partial<StyleTransferOptions>) =>
  styleTransfer({
    content,
    style,
    network: bytes,
    preset: "tutorial",
    contentLayers: { relu2_2: 1 },
    styleLayers: { relu1_1: 0.2, relu2_1: 0.2, relu3_1: 0.2 },
    scales: [WIDTH],
    device: own.device,
    ...changes,
  });

/** Activations with as many rows as pixels, n_H n_W x n_C, as the exercise unrolls them. */
function unrolled(picture: Picture, layer: string): number[][] {
  const image = array64([3, HEIGHT, WIDTH], Float64Array.from(toPlanes(picture).data));
  const { shape, data }: Array64 = vggFeatures(image, weights, [layer], { pooling: "average", padding: "zero" })
    .features[layer];
  const [channels, height, width] = shape;
  return Array.from({ length: height * width }, (_, pixel) =>
    Array.from({ length: channels }, (_, channel) => data[channel * height * width + pixel]),
  );
}

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

/** J_content = 1 / (4 n_H n_W n_C) sum (a_C - a_G)². */
function contentCost(generated: Picture, layer: string): number {
  const [a, b] = [unrolled(content, layer), unrolled(generated, layer)];
  const squares = a.flatMap((row, pixel) => row.map((value, channel) => (value - b[pixel][channel]) ** 2));
  return total(squares) / (4 * a.length * a[0].length);
}

/** J_style = 1 / (4 n_C² (n_H n_W)²) sum (G_S - G_G)², where G = A Aᵀ is divided by nothing. */
function styleCost(generated: Picture, layer: string): number {
  const [a, b] = [unrolled(style, layer), unrolled(generated, layer)];
  const channels = a[0].map((_, channel) => channel);
  const gram = (rows: number[][], i: number, j: number) => total(rows.map((row) => row[i] * row[j]));
  const squares = channels.flatMap((i) => channels.map((j) => (gram(a, i, j) - gram(b, i, j)) ** 2));
  return total(squares) / (4 * channels.length ** 2 * a.length ** 2);
}

function expectNear(actual: number, expected: number, label: string): void {
  // As in objective.test.ts: sums of positive terms, whose rounding is that of the features.
  expect(Math.abs(actual / expected - 1), label).toBeLessThan(3e-6);
}

it("minimizes J = 10 J_content + 40 J_style, with 0.2 for each style layer", async () => {
  const start = checks(WIDTH, HEIGHT);
  const [losses] = (await run({ init: start, steps: 1 })).losses;
  const expected: Losses = {
    total: 0,
    content: { relu2_2: contentCost(start, "relu2_2") },
    style: Object.fromEntries(["relu1_1", "relu2_1", "relu3_1"].map((layer) => [layer, styleCost(start, layer)])),
    tv: 0,
  };
  expectNear(losses.content.relu2_2, expected.content.relu2_2, "content");
  for (const [layer, cost] of Object.entries(expected.style)) expectNear(losses.style[layer], cost, layer);
  const styleCosts = 0.2 * total(Object.values(expected.style));
  expectNear(losses.total, 10 * expected.content.relu2_2 + 40 * styleCosts, "total");
});

it("alpha and beta are contentWeight and styleWeight", async () => {
  const start = checks(WIDTH, HEIGHT);
  const [losses] = (await run({ init: start, steps: 1, contentWeight: 5, styleWeight: 100 })).losses;
  const styleCosts = 0.2 * total(["relu1_1", "relu2_1", "relu3_1"].map((layer) => styleCost(start, layer)));
  expectNear(losses.total, 5 * contentCost(start, "relu2_2") + 100 * styleCosts, "total");
});

describe("a run", () => {
  it("lowers the cost at each of its first steps, to less than half", async () => {
    const totals = (await run({ steps: 20 })).losses.map((losses) => losses.total);
    for (let step = 1; step < 5; step++) expect(totals[step]).toBeLessThan(totals[step - 1]);
    expect(totals[19]).toBeLessThan(totals[0] / 2);
  });

  it("starts from noise of its seed and gives the same picture for the same seed", async () => {
    const [first, again, other] = [
      await run({ seed: 3, steps: 4 }),
      await run({ seed: 3, steps: 4 }),
      await run({ seed: 4, steps: 4 }),
    ];
    expect(again.image).toEqual(first.image);
    expect(again.losses).toEqual(first.losses);
    expect(other.losses[0].total).not.toBe(first.losses[0].total);
    expect(distance(other.image, first.image)).toBeGreaterThan(1);
  });

  it("with the exercise's Adam lowers the cost, too", async () => {
    const optimizer = { kind: "adam", learningRate: 2, beta2: 0.999 } as const;
    const totals = (await run({ optimizer, steps: 40 })).losses.map((losses) => losses.total);
    expect(totals[39]).toBeLessThan(totals[0] / 2);
  });
});
