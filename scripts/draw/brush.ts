/**
 * Oil paint: strokes with bristle marks on a canvas that remembers the thickness of the paint, so that the finished
 * picture can be lit from the side (impasto). The idea of curved strokes that follow a field is Hertzmann's,
 * "Painterly rendering with curved brush strokes of multiple sizes" (SIGGRAPH 1998).
 */
import { type Color, clamp, smoothstep } from "./color.ts";
import { Noise } from "./noise.ts";
import type { Raster } from "./png.ts";

/** One stroke. Lengths are pixels of the painting. */
export interface Stroke {
  /** The path, x and y in turn, points about one pixel or a few apart; at least two points. */
  path: readonly number[];
  width: number;
  /** sRGB of the two paints that the brush carries; bristles draw one or the other or a mixture. */
  color: Color;
  second: Color;
  /** Number of visible bristle furrows across the width. */
  bristles: number;
  /** Thickness of the paint, 1 being normal. */
  load: number;
  /** 0 paints solidly to the end, 1 runs dry early. */
  dryness: number;
}

/** How the finished canvas is lit. */
export interface Relief {
  /** Strength of the light and shade on the ridges of paint, about 0.5 to 2. */
  shade: number;
  /** Strength of the glints, about 0 to 0.5. */
  gloss: number;
}

/** A canvas under work: color and thickness of paint at each pixel. */
export class Painting {
  private readonly color: Float32Array;
  private readonly thickness: Float32Array;
  private readonly noise: Noise;
  // Where the stroke in progress covers: its number, and the place of each pixel along and across it.
  private readonly owner: Int32Array;
  private readonly along: Float32Array;
  private readonly across: Float32Array;
  private readonly covered: Int32Array;
  private coveredCount = 0;
  private strokes = 0;

  constructor(
    readonly width: number,
    readonly height: number,
    ground: Color,
    seed: number,
  ) {
    const pixels = width * height;
    this.color = new Float32Array(3 * pixels);
    for (let i = 0; i < this.color.length; i++) this.color[i] = ground[i % 3];
    this.thickness = new Float32Array(pixels);
    this.owner = new Int32Array(pixels);
    this.along = new Float32Array(pixels);
    this.across = new Float32Array(pixels);
    this.covered = new Int32Array(pixels);
    this.noise = new Noise(seed);
  }

  /** Lays one stroke over everything painted before. */
  paint(stroke: Stroke): void {
    this.strokes++;
    const { path } = stroke;
    let length = 0;
    for (let i = 2; i < path.length; i += 2) length += Math.hypot(path[i] - path[i - 2], path[i + 1] - path[i - 1]);
    this.coveredCount = 0;
    let done = 0;
    for (let i = 0; i + 3 < path.length; i += 2) {
      // The brush touches down quickly and lifts slowly.
      const lift = smoothstep(0, 0.12, done / length + 0.04) * smoothstep(1.06, 0.62, done / length);
      this.cover(path, i, done, Math.max(0.6, 0.5 * stroke.width * lift));
      done += Math.hypot(path[i + 2] - path[i], path[i + 3] - path[i + 1]);
    }
    for (let i = 0; i < this.coveredCount; i++) this.deposit(this.covered[i], stroke, length);
  }

  /** Marks the pixels of one segment, each with its place along the stroke (pixels) and across it (-1..1). */
  private cover(path: readonly number[], i: number, done: number, half: number): void {
    const ax = path[i];
    const ay = path[i + 1];
    const dx = path[i + 2] - ax;
    const dy = path[i + 3] - ay;
    const length = Math.sqrt(dx * dx + dy * dy) || 1e-6;
    const left = Math.max(0, Math.floor(Math.min(ax, ax + dx) - half));
    const right = Math.min(this.width - 1, Math.ceil(Math.max(ax, ax + dx) + half));
    const top = Math.max(0, Math.floor(Math.min(ay, ay + dy) - half));
    const bottom = Math.min(this.height - 1, Math.ceil(Math.max(ay, ay + dy) + half));
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        const px = x - ax;
        const py = y - ay;
        const t = clamp((px * dx + py * dy) / (length * length), 0, 1);
        const ox = px - t * dx;
        const oy = py - t * dy;
        const square = ox * ox + oy * oy;
        if (square >= half * half) continue;
        const away = Math.sqrt(square) / half;
        const pixel = y * this.width + x;
        if (this.owner[pixel] !== this.strokes) {
          this.owner[pixel] = this.strokes;
          this.covered[this.coveredCount++] = pixel;
        } else if (away >= Math.abs(this.across[pixel])) continue;
        this.along[pixel] = done + t * length;
        this.across[pixel] = px * dy - py * dx < 0 ? -away : away;
      }
    }
  }

  private deposit(pixel: number, stroke: Stroke, length: number): void {
    const along = this.along[pixel];
    const across = this.across[pixel];
    // Furrows are long: noise of high frequency across the stroke and low frequency along it.
    const lane = across * stroke.bristles * 0.5 + this.strokes * 7.31;
    const reach = along / (stroke.width * 5) + this.strokes * 3.17;
    const coarse = this.noise.at2(lane, reach);
    const fine = this.noise.at2(lane * 2.3 + 40, reach * 1.7);
    const bristle = 0.7 * coarse + 0.5 * fine;
    const away = Math.abs(across);
    const dry = stroke.dryness * smoothstep(0.35, 1, along / length);
    const alpha =
      smoothstep(1, 0.78, away + 0.22 * fine) * smoothstep(dry * 1.1 - 0.75, dry * 1.1 - 0.45, bristle + 0.12);
    if (alpha <= 0) return;
    const blend = clamp(0.5 + 1.1 * bristle, 0, 1);
    const tone = 1 + 0.1 * fine;
    for (let c = 0; c < 3; c++) {
      const paint = (stroke.color[c] + (stroke.second[c] - stroke.color[c]) * blend) * tone;
      this.color[3 * pixel + c] += (paint - this.color[3 * pixel + c]) * alpha;
    }
    // Paint is pushed to the rims of the stroke and scraped off the middle.
    const rim = smoothstep(0.45, 0.85, away) * smoothstep(1.05, 0.85, away);
    const height = stroke.load * (0.55 + 0.55 * bristle + 0.45 * rim);
    this.thickness[pixel] += (0.25 * this.thickness[pixel] + height - this.thickness[pixel]) * alpha;
  }

  /** The picture under a light from the upper left. `scale` is the number of pixels per unit of paint thickness. */
  lit(relief: Relief, scale = 1): Raster {
    const { width, height, thickness } = this;
    const data = new Float32Array(this.color.length);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const pixel = y * width + x;
        const dx = thickness[y * width + Math.min(x + 1, width - 1)] - thickness[y * width + Math.max(x - 1, 0)];
        const dy = thickness[Math.min(y + 1, height - 1) * width + x] - thickness[Math.max(y - 1, 0) * width + x];
        const toLight = clamp((0.6 * dx + 0.8 * dy) * scale, -1, 1);
        const glint = smoothstep(0.35, 0.95, toLight) * relief.gloss;
        const light = 1 + relief.shade * 0.3 * toLight;
        for (let c = 0; c < 3; c++) {
          const paint = this.color[3 * pixel + c] * light;
          data[3 * pixel + c] = paint + (1 - paint) * glint;
        }
      }
    }
    return { width, height, data };
  }
}
