import { describe, expect, it } from "vitest";
import {
  LAYERS,
  layerFlops,
  modeFlops,
  normal,
  seededImage,
  seededNetwork,
  toOihw,
  toPlanes,
  uniform,
} from "../workload.ts";

describe("the network", () => {
  it("is VGG19 as far as conv5_1", () => {
    expect(LAYERS.map(({ name }) => name)).toEqual(
      "conv1_1 conv1_2 conv2_1 conv2_2 conv3_1 conv3_2 conv3_3 conv3_4 conv4_1 conv4_2 conv4_3 conv4_4 conv5_1".split(
        " ",
      ),
    );
    LAYERS.forEach(({ inputs }, index) => expect(inputs).toBe(index === 0 ? 3 : LAYERS[index - 1].outputs));
  });

  it("has weights that keep the size of features, and small biases", () => {
    const [, layer] = seededNetwork();
    const squares = layer.weight.reduce((sum, value) => sum + value ** 2, 0) / layer.weight.length;
    expect(layer.weight.length).toBe(9 * 64 * 64);
    // 36864 samples: the variance is right within 5 standard errors.
    expect(Math.abs(squares * ((9 * 64) / 2) - 1)).toBeLessThan(5 * Math.sqrt(2 / 36864));
    expect(Math.max(...layer.bias.map(Math.abs))).toBeLessThan(0.05);
  });

  it("is the same every time", () => {
    expect(seededImage(4, 4, 1)).toEqual(seededImage(4, 4, 1));
    expect(seededImage(4, 4, 1)).not.toEqual(seededImage(4, 4, 2));
  });
});

describe("random numbers", () => {
  it("are those of mulberry32", () => {
    // The first outputs for the seed 1, from the reference implementation in C by its author.
    const next = uniform(1);
    expect([next(), next(), next()].map((value) => Math.round(value * 2 ** 32))).toEqual([
      2693262067, 11749833, 2265367787,
    ]);
  });

  it("are pairs on circles, for odd counts too", () => {
    const next = uniform(7);
    const [first, second] = [next(), next()];
    const [a, b, c] = normal(3, 7, 2);
    expect(Math.hypot(a, b)).toBeCloseTo(2 * Math.sqrt(-2 * Math.log(1 - first)), 5);
    expect(Math.atan2(b, a)).toBeCloseTo(second > 0.5 ? 2 * Math.PI * (second - 1) : 2 * Math.PI * second, 5);
    expect(c).toBe(normal(4, 7, 2)[2]);
  });
});

describe("operations", () => {
  it("count two per multiplication of the direct convolutions", () => {
    expect(layerFlops(LAYERS[0], 8, 4)).toBe(2 * 27 * 64 * 32);
    expect(layerFlops(LAYERS[2], 8, 4)).toBe(2 * 9 * 64 * 128 * 8);
    // The sum for VGG19 to conv5_1 is 0.722 million per pixel.
    expect(modeFlops("forward", 512, 512) / 512 ** 2 / 1e6).toBeCloseTo(0.722, 3);
    expect(modeFlops("gradient", 64, 64)).toBe(2 * modeFlops("forward", 64, 64));
  });
});

describe("layouts", () => {
  it("turn [height, width, inputs, outputs] into [outputs, inputs, height, width]", () => {
    const weight = Float32Array.from({ length: 9 * 2 * 3 }, (_, i) => i);
    const layer = { name: "", inputs: 2, outputs: 3, poolings: 0, weight, bias: new Float32Array(3) };
    const turned = toOihw(layer);
    for (let tap = 0; tap < 9; tap++) {
      for (let i = 0; i < 2; i++)
        for (let o = 0; o < 3; o++) expect(turned[(o * 2 + i) * 9 + tap]).toBe((tap * 2 + i) * 3 + o);
    }
  });

  it("turn pixels into planes", () => {
    expect([...toPlanes(Float32Array.from([1, 2, 3, 4, 5, 6]))]).toEqual([1, 4, 2, 5, 3, 6]);
  });
});
