/** Traces the scene from the viewer's eye: sun and shadow, skylight, water and glass that mirror, haze, film. */
import { clamp, fromLinear } from "../color.ts";
import { Noise } from "../noise.ts";
import { createRaster, type Raster } from "../png.ts";
import { createRandom, type Random } from "../random.ts";
import { Bvh } from "./bvh.ts";
import type { Mesh } from "./mesh.ts";
import { addHaze, clearSky, cloudySky, SUN, SUNLIGHT } from "./sky.ts";
import { paintSurface } from "./surface.ts";
import type { Vec } from "./vector.ts";

const EYE: Vec = [0, 5.4, 0];
/** Half the width of the view, one meter away, and how far its middle lies above the horizon (a shifted lens). */
const HALF_WIDTH = 0.52;
const SHIFT = 0.07;
const FAR = 20000;
/** Samples per pixel are the square of this. */
const GRID = 4;
/** How much of the color the film loses. */
const PALE = 0.13;
/** Rays to the sky and the surroundings per sample. */
const RAYS = 2;
/** Light that comes from below: the water's sheen. */
const WATERLIGHT = [0.26, 0.29, 0.31];
const WATER = [0.012, 0.05, 0.058];

/** Film: exposure, a soft shoulder (Narkowicz's fit of the ACES curve, 2015), sRGB. */
function develop(light: number): number {
  const x = light * 0.62;
  return fromLinear(clamp((x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14), 0, 1));
}

/** Follows rays through a scene. */
export class Tracer {
  private readonly bvh: Bvh;
  private readonly normals: Float64Array;
  private readonly noise = new Noise(41);
  private readonly random: Random = createRandom(17);
  private readonly paint = new Float64Array(3);
  private readonly light = new Float64Array(3);
  private readonly glimpse = new Float64Array(3);
  /** Which of the pixel's samples is being traced, shuffled. */
  private sample = 0;

  constructor(private readonly mesh: Mesh) {
    const v = mesh.vertices;
    this.bvh = new Bvh(v);
    this.normals = new Float64Array(v.length / 3);
    for (let i = 0; i < v.length; i += 9) {
      const [ax, ay, az] = [v[i + 3] - v[i], v[i + 4] - v[i + 1], v[i + 5] - v[i + 2]];
      const [bx, by, bz] = [v[i + 6] - v[i], v[i + 7] - v[i + 1], v[i + 8] - v[i + 2]];
      const normal = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
      const length = Math.hypot(normal[0], normal[1], normal[2]) || 1;
      for (let c = 0; c < 3; c++) this.normals[i / 3 + c] = normal[c] / length;
    }
  }

  /** The picture; its height over its width is that of the view. */
  render(width: number, height: number): Raster {
    const raster = createRaster(width, height);
    const out = new Float64Array(3);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const pixel = 3 * (y * width + x);
        for (let s = 0; s < GRID * GRID; s++) {
          this.sample = (7 * s + 5 * x + 3 * y) % (GRID * GRID);
          const sx = x + ((s % GRID) + this.random()) / GRID;
          const sy = y + (Math.floor(s / GRID) + this.random()) / GRID;
          const dx = ((2 * sx) / width - 1) * HALF_WIDTH;
          const dy = (height - 2 * sy) * (HALF_WIDTH / width) + SHIFT;
          const length = Math.sqrt(dx * dx + dy * dy + 1);
          this.trace(out, EYE[0], EYE[1], EYE[2], dx / length, dy / length, 1 / length, 0);
          const gray = 0.3 * out[0] + 0.59 * out[1] + 0.11 * out[2];
          for (let c = 0; c < 3; c++)
            raster.data[pixel + c] += develop(out[c] + (gray - out[c]) * PALE) / (GRID * GRID);
        }
      }
    }
    return raster;
  }

  /** Writes the light that arrives along a ray into `out`. `depth` counts mirrors passed. */
  private trace(
    out: Float64Array,
    ox: number,
    oy: number,
    oz: number,
    dx: number,
    dy: number,
    dz: number,
    depth: number,
  ): void {
    const toWater = dy < 0 ? -oy / dy : FAR;
    if (this.bvh.nearest(ox, oy, oz, dx, dy, dz, Math.min(toWater, FAR))) {
      const { distance, triangle } = this.bvh;
      this.shade(out, triangle, ox + dx * distance, oy + dy * distance, oz + dz * distance, dx, dy, dz, depth);
      addHaze(out, distance, dx);
    } else if (toWater < FAR) {
      this.mirrorWater(out, ox + dx * toWater, oz + dz * toWater, toWater, dx, dy, dz, depth);
      addHaze(out, toWater, dx);
    } else cloudySky(out, dx, dy, dz);
  }

  /** Light from the surface of a triangle at (x, y, z), seen along (dx, dy, dz). */
  private shade(
    out: Float64Array,
    triangle: number,
    x: number,
    y: number,
    z: number,
    dx: number,
    dy: number,
    dz: number,
    depth: number,
  ): void {
    const material = this.mesh.materials[this.mesh.owners[triangle]];
    let nx = this.normals[3 * triangle];
    let ny = this.normals[3 * triangle + 1];
    let nz = this.normals[3 * triangle + 2];
    const facing = nx * dx + ny * dy + nz * dz;
    const side = facing > 0 ? -1 : 1;
    nx *= side;
    ny *= side;
    nz *= side;
    paintSurface(this.paint, material, this.noise, x, y, z, nx, ny, nz);
    const [r, g, b] = this.paint;
    const px = x + nx * 0.004;
    const py = y + ny * 0.004;
    const pz = z + nz * 0.004;

    const cosine = nx * SUN[0] + ny * SUN[1] + nz * SUN[2];
    // Leaves and sailcloth let part of the light through to their other side.
    const thin = material.pattern === "leaves" || material.pattern === "cloth" ? 0.55 : 0;
    let sun = cosine > 0 ? cosine : -cosine * thin;
    if (material.pattern === "leaves") sun = 0.3 + 0.5 * sun;
    const bias = cosine > 0 ? 0 : -0.008;
    if (sun > 0 && this.bvh.blocked(px + nx * bias, py + ny * bias, pz + nz * bias, SUN[0], SUN[1], SUN[2], 400))
      sun = 0;
    this.skylight(px, py, pz, nx, ny, nz, depth);
    const [sr, sg, sb] = this.light;
    out[0] = r * (SUNLIGHT[0] * sun + sr);
    out[1] = g * (SUNLIGHT[1] * sun + sg);
    out[2] = b * (SUNLIGHT[2] * sun + sb);
    if (material.glow) for (let c = 0; c < 3; c++) out[c] += material.glow[c];
    if (material.gloss && depth < 2) {
      const share = material.gloss + (1 - material.gloss) * (1 - Math.abs(facing)) ** 5;
      const twice = 2 * Math.abs(facing);
      const mirrored = new Float64Array(3);
      this.trace(mirrored, px, py, pz, dx + twice * nx, dy + twice * ny, dz + twice * nz, depth + 1);
      for (let c = 0; c < 3; c++) out[c] += (mirrored[c] - out[c]) * share;
    }
  }

  /** Light from the sky and from things nearby: a few random rays, or an estimate behind a mirror. Into `light`. */
  private skylight(x: number, y: number, z: number, nx: number, ny: number, nz: number, depth: number): void {
    const { light, random } = this;
    if (depth > 0) {
      clearSky(light, nx, 0.35 + 0.4 * ny);
      for (let c = 0; c < 3; c++) light[c] *= 0.62;
      return;
    }
    light.fill(0);
    for (let ray = 0; ray < RAYS; ray++) {
      // The normal plus a random point of the unit sphere has a cosine distribution about the normal. Each ray of a
      // pixel has its own cell of the sphere, which is less grainy than pure chance.
      const height = (2 * ((this.sample % GRID) + random())) / GRID - 1;
      const angle = (2 * Math.PI * (Math.floor(this.sample / GRID) + (ray + random()) / RAYS)) / GRID;
      const across = Math.sqrt(1 - height * height);
      const dx = nx + across * Math.cos(angle);
      const dy = ny + height;
      const dz = nz + across * Math.sin(angle);
      const length = Math.sqrt(dx * dx + dy * dy + dz * dz) || 1;
      this.glance(x, y, z, dx / length, dy / length, dz / length);
      for (let c = 0; c < 3; c++) light[c] += this.glimpse[c] / RAYS;
    }
  }

  /** Rough light along a ray: the clear sky, or the color of what is in the way. Into `glimpse`. */
  private glance(x: number, y: number, z: number, dx: number, dy: number, dz: number): void {
    const { glimpse } = this;
    if (this.bvh.nearest(x, y, z, dx, dy, dz, 30)) {
      const { color } = this.mesh.materials[this.mesh.owners[this.bvh.triangle]];
      const near = 0.42 + 0.2 * Math.min(1, this.bvh.distance / 8);
      for (let c = 0; c < 3; c++) glimpse[c] = color[c] * near * (1.25 - 0.2 * c);
    } else if (dy > 0) clearSky(glimpse, dx, dy);
    else glimpse.set(WATERLIGHT);
  }

  /** Light from the water at (x, 0, z): a mirror with ripples over a green depth. */
  private mirrorWater(
    out: Float64Array,
    x: number,
    z: number,
    distance: number,
    dx: number,
    dy: number,
    dz: number,
    depth: number,
  ): void {
    const [tiltX, tiltZ] = this.ripple(x, z, distance);
    const length = Math.sqrt(tiltX * tiltX + tiltZ * tiltZ + 1);
    const nx = -tiltX / length;
    const ny = 1 / length;
    const nz = -tiltZ / length;
    const facing = Math.max(0.02, -(dx * nx + dy * ny + dz * nz));
    const rx = dx + 2 * facing * nx;
    const ry = Math.max(0.005, dy + 2 * facing * ny);
    const rz = dz + 2 * facing * nz;
    const share = 0.02 + 0.98 * (1 - facing) ** 5;
    if (depth < 2) this.trace(out, x, 0.01, z, rx, ry, rz, depth + 1);
    else clearSky(out, rx, ry);
    const strength = clamp(share * 1.5, 0, 0.92);
    for (let c = 0; c < 3; c++) out[c] = WATER[c] * (1 - strength) * 2 + out[c] * strength;
  }

  /** Slope of the water along x and z. */
  private ripple(x: number, z: number, distance: number): [number, number] {
    const { noise } = this;
    const calm = 1 / (1 + distance / 70);
    const height = (px: number, pz: number) =>
      0.045 * noise.at2(px * 0.4, pz * 0.75) +
      0.017 * noise.at2(px * 1.1 + 5, pz * 1.9) * calm +
      0.003 * noise.at2(px * 3.3 + pz, pz * 5.2) * calm;
    const step = 0.02;
    const here = height(x, z);
    const gust = 0.45 + 0.55 * clamp(0.5 + noise.at2(x * 0.05, z * 0.09), 0, 1);
    return [((height(x + step, z) - here) / step) * gust, ((height(x, z + step) - here) / step) * gust];
  }
}
