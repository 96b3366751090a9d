/** The light of a late afternoon: sun, sky with clouds, and the haze that distance adds. Linear light. */
import { type Color, clamp, smoothstep } from "../color.ts";
import { Clouds } from "./clouds.ts";
import { unit, type Vec } from "./vector.ts";

/** Direction to the sun: low, on the left, behind the viewer. */
export const SUN: Vec = unit([-0.62, 0.5, -0.55]);
/** What a white surface that faces the sun sends back. */
export const SUNLIGHT: Color = [3.15, 2.08, 1.06];

const ZENITH: Color = [0.1, 0.24, 0.6];
const MIDDLE: Color = [0.36, 0.56, 0.86];
const HORIZON: Color = [1.08, 0.8, 0.54];
const LIT_CLOUD: Color = [1.38, 1.12, 0.84];
const SHADED_CLOUD: Color = [0.52, 0.54, 0.68];

/** Writes the clear sky in a unit direction into `out`; cheap. */
export function clearSky(out: Float64Array, dx: number, dy: number): void {
  const height = clamp(dy, 0, 1);
  const low = Math.exp(-height * 6.5);
  const high = smoothstep(0.08, 0.75, height);
  const warm = 0.86 + 0.24 * dx;
  for (let c = 0; c < 3; c++) {
    const blue = MIDDLE[c] + (ZENITH[c] - MIDDLE[c]) * high;
    out[c] = blue + (HORIZON[c] * (c === 2 ? 1 : warm) - blue) * low;
  }
}

const clouds = new Clouds([-0.7, 0.7]);
const cloud = new Float64Array(2);

/** Writes the sky with its clouds in a unit direction into `out`. */
export function cloudySky(out: Float64Array, dx: number, dy: number, dz: number): void {
  clearSky(out, dx, dy);
  if (dy <= 0 || dz < 0.3) return;
  clouds.read(cloud, dx / dz, dy / dz);
  const cover = cloud[0] * smoothstep(0.005, 0.07, dy) * 0.95;
  for (let c = 0; c < 3; c++) {
    const light = SHADED_CLOUD[c] + (LIT_CLOUD[c] - SHADED_CLOUD[c]) * cloud[1];
    out[c] += (light - out[c]) * cover;
  }
}

/** Adds the haze of `distance` meters, seen in a direction, to the light in `out`. */
export function addHaze(out: Float64Array, distance: number, dx: number): void {
  const share = 1 - Math.exp(-distance / 2300);
  const warm = smoothstep(-0.3, 0.6, dx);
  out[0] += (0.6 + 0.22 * warm - out[0]) * share;
  out[1] += (0.66 + 0.06 * warm - out[1]) * share;
  out[2] += (0.78 - 0.06 * warm - out[2]) * share;
}
