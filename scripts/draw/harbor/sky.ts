/** The light of a late afternoon: sun, sky with clouds, and the haze that distance adds. Linear light. */
import { type Color, clamp, smoothstep } from "../color.ts";
import type { Noise } from "../noise.ts";
import { unit, type Vec } from "./vector.ts";

/** Direction to the sun: low, on the right, a little behind the viewer. */
export const SUN: Vec = unit([0.8, 0.4, -0.5]);
/** What a white surface that faces the sun sends back. */
export const SUNLIGHT: Color = [2.9, 2.12, 1.28];

const ZENITH: Color = [0.1, 0.24, 0.6];
const MIDDLE: Color = [0.36, 0.56, 0.86];
const HORIZON: Color = [0.98, 0.8, 0.62];
const LIT_CLOUD: Color = [1.35, 1.14, 0.9];
const SHADED_CLOUD: Color = [0.5, 0.5, 0.66];

/** Writes the clear sky in a unit direction into `out`; cheap. */
export function clearSky(out: Float64Array, dx: number, dy: number, _dz: number): void {
  const height = clamp(dy, 0, 1);
  const low = Math.exp(-height * 9);
  const high = smoothstep(0.08, 0.75, height);
  const warm = 0.86 + 0.24 * dx;
  for (let c = 0; c < 3; c++) {
    const blue = MIDDLE[c] + (ZENITH[c] - MIDDLE[c]) * high;
    out[c] = blue + (HORIZON[c] * (c === 2 ? 1 : warm) - blue) * low;
  }
}

function cloudiness(noise: Noise, u: number, v: number): number {
  const bend = 0.5 * noise.at2(u * 0.7, v * 0.7);
  return noise.fractal2(u + bend, v * 1.25 - bend, 6);
}

/** Writes the sky with its clouds in a unit direction into `out`. */
export function cloudySky(out: Float64Array, noise: Noise, dx: number, dy: number, dz: number): void {
  clearSky(out, dx, dy, dz);
  if (dy <= 0.005) return;
  // The layer of clouds is a plane overhead, bent down a little toward the horizon.
  const reach = 0.62 / (dy + 0.14);
  const u = dx * reach + 3.1;
  const v = dz * reach + 0.4;
  const density = cloudiness(noise, u, v);
  const cover = smoothstep(-0.02, 0.34, density) * smoothstep(0.01, 0.09, dy);
  if (cover <= 0) return;
  // Thicker toward the sun means shade here.
  const sunward = cloudiness(noise, u + 0.09, v - 0.05);
  const shade = clamp(0.42 + 1.5 * (sunward - density) + 0.75 * (density - 0.2), 0, 1);
  for (let c = 0; c < 3; c++) {
    const cloud = LIT_CLOUD[c] + (SHADED_CLOUD[c] - LIT_CLOUD[c]) * shade;
    out[c] += (cloud - out[c]) * cover * 0.92;
  }
}

/** Adds the haze of `distance` meters, seen in a direction, to the light in `out`. */
export function addHaze(out: Float64Array, distance: number, dx: number): void {
  const share = 1 - Math.exp(-distance / 1500);
  const warm = smoothstep(-0.3, 0.6, dx);
  out[0] += (0.6 + 0.22 * warm - out[0]) * share;
  out[1] += (0.66 + 0.06 * warm - out[1]) * share;
  out[2] += (0.78 - 0.06 * warm - out[2]) * share;
}
