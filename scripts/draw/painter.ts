/** Covers a canvas with strokes, coarse to fine, after a guide that says color and direction at each point. */
import type { Painting } from "./brush.ts";
import { type Color, clamp, scaled } from "./color.ts";
import { between, type Random, shuffled } from "./random.ts";

/** What is to be painted. Coordinates are those of the picture, whatever the resolution of the canvas. */
export interface Guide {
  /** sRGB wanted at a point. */
  color(x: number, y: number): Color;
  /** Unit vector that strokes follow. */
  direction(x: number, y: number): readonly [number, number];
  /** Number of the thing at a point; strokes do not cross from one thing into another. */
  region(x: number, y: number): number;
}

/** One pass of the brush over the picture. Lengths in the coordinates of the guide. */
export interface Layer {
  width: number;
  length: number;
  /** Distance between the starts of neighboring strokes. */
  spacing: number;
  /** Random deviation of each paint from the guide's color, about 0.02 to 0.2. */
  jitter: number;
  bristles: number;
  load: number;
  dryness: number;
  /** Chance of a stroke at a point, default 1 everywhere. */
  chance?(x: number, y: number): number;
}

/** `color` made lighter or darker and a little warmer or colder at random. */
export function jittered(random: Random, color: Color, amount: number): Color {
  const light = between(random, -amount, amount);
  const warmth = between(random, -amount, amount) * 0.5;
  const base = scaled(color, 1 + light);
  const shift = light * 0.35;
  return [
    clamp(base[0] + shift + warmth * 0.6, 0, 1),
    clamp(base[1] + shift, 0, 1),
    clamp(base[2] + shift - warmth * 0.6, 0, 1),
  ];
}

/** The points of a stroke that begins at (x, y) and follows the guide both ways until it has its length or must stop. */
function tracePath(guide: Guide, x: number, y: number, length: number, step: number): number[] {
  const region = guide.region(x, y);
  const arm = (sign: number): number[] => {
    const points: number[] = [];
    let px = x;
    let py = y;
    for (let done = 0; done < length / 2; done += step) {
      const [dx, dy] = guide.direction(px, py);
      px += sign * step * dx;
      py += sign * step * dy;
      if (guide.region(px, py) !== region) break;
      points.push(px, py);
    }
    return points;
  };
  const path: number[] = [];
  const back = arm(-1);
  for (let i = back.length - 2; i >= 0; i -= 2) path.push(back[i], back[i + 1]);
  path.push(x, y, ...arm(1));
  return path;
}

/** Paints one layer in random order. `scale` is canvas pixels per unit of the guide. */
export function paintLayer(painting: Painting, guide: Guide, layer: Layer, scale: number, random: Random): void {
  const columns = Math.ceil(painting.width / scale / layer.spacing) + 2;
  const rows = Math.ceil(painting.height / scale / layer.spacing) + 2;
  for (const cell of shuffled(random, columns * rows)) {
    const x = ((cell % columns) - 1 + random()) * layer.spacing;
    const y = (Math.floor(cell / columns) - 1 + random()) * layer.spacing;
    if (layer.chance && random() >= layer.chance(x, y)) continue;
    const path = tracePath(guide, x, y, layer.length * between(random, 0.6, 1.3), clamp(layer.width / 3, 2, 5));
    if (path.length < 6) continue;
    const color = guide.color(x, y);
    painting.paint({
      path: path.map((value) => value * scale),
      width: layer.width * between(random, 0.75, 1.2) * scale,
      color: jittered(random, color, layer.jitter),
      second: jittered(random, color, layer.jitter * 1.6),
      bristles: layer.bristles,
      load: layer.load * between(random, 0.7, 1.2),
      dryness: layer.dryness * random(),
    });
  }
}
