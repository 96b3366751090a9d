/** Gradient noise (Perlin, "Improving Noise", SIGGRAPH 2002) in two and three dimensions, and its fractal sums. */
import { createRandom, shuffled } from "./random.ts";

function fade(t: number): number {
  return t * t * t * (t * (t * 6 - 15) + 10);
}

/** Dot product of (x, y, z) with one of the twelve edge directions of a cube, chosen by the low bits of `hash`. */
function slope(hash: number, x: number, y: number, z: number): number {
  const h = hash & 15;
  const u = h < 8 ? x : y;
  const v = h < 4 ? y : h === 12 || h === 14 ? x : z;
  return ((h & 1) === 0 ? u : -u) + ((h & 2) === 0 ? v : -v);
}

/**
 * Smooth random functions of position, about -1..1, features one unit wide.
 * @example
 * const noise = new Noise(3);
 * const cloud = noise.fractal2(x / 80, y / 80, 5);
 */
export class Noise {
  private readonly permutation = new Uint8Array(512);

  constructor(seed: number) {
    const order = shuffled(createRandom(seed), 256);
    for (let i = 0; i < 512; i++) this.permutation[i] = order[i & 255];
  }

  /** Noise at a point of the plane. */
  at2(x: number, y: number): number {
    const p = this.permutation;
    const column = Math.floor(x);
    const row = Math.floor(y);
    const dx = x - column;
    const dy = y - row;
    const a = p[column & 255] + (row & 255);
    const b = p[(column + 1) & 255] + (row & 255);
    const u = fade(dx);
    const top0 = slope(p[p[a]], dx, dy, 0);
    const top = top0 + u * (slope(p[p[b]], dx - 1, dy, 0) - top0);
    const bottom0 = slope(p[p[a + 1]], dx, dy - 1, 0);
    const bottom = bottom0 + u * (slope(p[p[b + 1]], dx - 1, dy - 1, 0) - bottom0);
    return top + fade(dy) * (bottom - top);
  }

  /** Noise at a point of space. */
  at3(x: number, y: number, z: number): number {
    const layer = Math.floor(z);
    const dz = z - layer;
    const near = this.layer(x, y, layer, dz);
    return near + fade(dz) * (this.layer(x, y, layer + 1, dz - 1) - near);
  }

  /** Sum of `octaves` of noise, each of twice the frequency and half the height of the one before; about -1..1. */
  fractal2(x: number, y: number, octaves: number): number {
    let sum = 0;
    let height = 0.5;
    let scale = 1;
    for (let i = 0; i < octaves; i++) {
      // The offsets keep the lattices of the octaves from coinciding at the origin.
      sum += height * this.at2(x * scale + 17.3 * i, y * scale - 9.1 * i);
      height *= 0.5;
      scale *= 2;
    }
    return sum * 1.4;
  }

  /** {@link fractal2} in space. */
  fractal3(x: number, y: number, z: number, octaves: number): number {
    let sum = 0;
    let height = 0.5;
    let scale = 1;
    for (let i = 0; i < octaves; i++) {
      sum += height * this.at3(x * scale + 17.3 * i, y * scale - 9.1 * i, z * scale + 5.7 * i);
      height *= 0.5;
      scale *= 2;
    }
    return sum * 1.4;
  }

  private layer(x: number, y: number, layer: number, dz: number): number {
    const p = this.permutation;
    const column = Math.floor(x);
    const row = Math.floor(y);
    const dx = x - column;
    const dy = y - row;
    const z = layer & 255;
    const a = p[column & 255] + (row & 255);
    const b = p[(column + 1) & 255] + (row & 255);
    const u = fade(dx);
    const top0 = slope(p[p[a] + z], dx, dy, dz);
    const top = top0 + u * (slope(p[p[b] + z], dx - 1, dy, dz) - top0);
    const bottom0 = slope(p[p[a + 1] + z], dx, dy - 1, dz);
    const bottom = bottom0 + u * (slope(p[p[b + 1] + z], dx - 1, dy - 1, dz) - bottom0);
    return top + fade(dy) * (bottom - top);
  }
}
