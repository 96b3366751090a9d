/** The drawings of examples/images must come out the same on every run: their sources of chance and flow are tested here. */
import { describe, expect, it } from "vitest";
import { Painting } from "../scripts/draw/brush.ts";
import { flowDirection, vortexStream } from "../scripts/draw/flow.ts";
import { Noise } from "../scripts/draw/noise.ts";
import { createRandom, shuffled } from "../scripts/draw/random.ts";

function terrain(seed: number): number[] {
  const noise = new Noise(seed);
  return Array.from({ length: 64 }, (_, i) => noise.fractal2(i * 0.37, i * 0.11, 4) + noise.at3(i * 0.2, 1.5, i * 0.7));
}

function dab(seed: number): Float32Array {
  const painting = new Painting(40, 30, [0.1, 0.2, 0.5], seed);
  painting.paint({
    path: [5, 5, 15, 12, 25, 14, 35, 22],
    width: 9,
    color: [0.9, 0.7, 0.2],
    second: [0.8, 0.3, 0.1],
    bristles: 6,
    load: 1,
    dryness: 0.3,
  });
  return painting.lit({ shade: 1, gloss: 0.2 }).data;
}

describe("drawing", () => {
  it("repeats noise for a seed and changes it with the seed", () => {
    expect(terrain(5)).toEqual(terrain(5));
    expect(terrain(5)).not.toEqual(terrain(6));
  });

  it("repeats a stroke for a seed", () => {
    expect(dab(3)).toEqual(dab(3));
    expect(dab(3)).not.toEqual(dab(4));
  });

  it("shuffles every number into the order once", () => {
    const order = [...shuffled(createRandom(1), 100)];
    expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(order).toEqual([...shuffled(createRandom(1), 100)]);
  });

  it("turns counterclockwise on the screen round a vortex of positive strength", () => {
    const stream = vortexStream({ x: 50, y: 40, radius: 10, strength: 2 });
    for (const angle of [0, 1, 2.5, 4]) {
      const [u, v] = flowDirection(stream, 50 + 12 * Math.cos(angle), 40 + 12 * Math.sin(angle));
      expect(u).toBeCloseTo(Math.sin(angle), 2);
      expect(v).toBeCloseTo(-Math.cos(angle), 2);
    }
  });
});
