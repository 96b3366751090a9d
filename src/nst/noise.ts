/** Noise from seeded random numbers, the same in every environment: Math.random can be neither seeded nor repeated. */
import type { Planes } from "../image/picture.ts";
import type { Noise } from "./start.ts";

/** An image of {@link Noise}: the same for the same seed. */
export function withNoise({ data, width, height }: Planes, seed: number, noise: Noise): Float32Array {
  const { distribution, spread, center, share } = noise;
  const random = distribution === "normal" ? normal(seed) : symmetric(uniform(seed));
  return data.map((value, index) => {
    const color = center[Math.floor(index / (width * height))];
    return share * (color + spread * random()) + (1 - share) * value;
  });
}

/** From [0, 1) to [-1, 1). */
function symmetric(next: () => number): () => number {
  return () => 2 * next() - 1;
}

/** Uniform numbers in [0, 1) from a 32-bit seed (mulberry32). */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Numbers of mean 0 and standard deviation 1 (Box and Muller 1958). */
function normal(seed: number): () => number {
  const next = uniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}
