/** A night over hills in oil: long strokes that swirl round glowing discs, blue and yellow. */
import { Painting } from "./brush.ts";
import { type Color, gradient, hex, mix, smoothstep } from "./color.ts";
import { flowDirection, type StreamFunction, type Vortex, vortexStream } from "./flow.ts";
import { Noise } from "./noise.ts";
import { type Guide, type Layer, paintLayer } from "./painter.ts";
import { type Raster, shrink } from "./png.ts";
import { createRandom } from "./random.ts";

const WIDTH = 768;
const HEIGHT = 600;
/** Canvas pixels per picture pixel; the finished canvas is averaged down. */
const SCALE = 2;

interface Disc {
  x: number;
  y: number;
  radius: number;
}

const DISCS: readonly Disc[] = [
  { x: 606, y: 118, radius: 50 },
  { x: 84, y: 84, radius: 22 },
  { x: 232, y: 52, radius: 14 },
  { x: 404, y: 72, radius: 18 },
  { x: 562, y: 276, radius: 13 },
  { x: 44, y: 252, radius: 15 },
  { x: 704, y: 322, radius: 16 },
  { x: 172, y: 172, radius: 10 },
];

const WHIRLS: readonly Vortex[] = [
  { x: 296, y: 214, radius: 52, strength: 4.2 },
  { x: 466, y: 330, radius: 40, strength: 5 },
];

/** Poplars: foot, height and half width. The foot lies on the second line of hills. */
const TREES = [
  { x: 132, y: 575, height: 310, half: 27 },
  { x: 182, y: 585, height: 236, half: 23 },
  { x: 88, y: 580, height: 186, half: 20 },
];

const NIGHT = ["0b1743", "122a6b", "1c479b", "2f6fbd", "163a86", "5c9fd0", "1e55a8", "9cc6d6", "24489a", "0f2358"].map(
  hex,
);
const GLOW = ["fff6c4", "fbd84a", "f3b01a", "f9e58c", "dfe09a", "9cc9a6", "5f9fc0"].map(hex);
const HILLS = ["0c1d3d", "14384f", "1d5357", "20558a", "2f7a66", "6fae7a", "173a7a", "0d2450"].map(hex);
const LEAVES = ["06121f", "0c2a2a", "123a2c", "1d4a34", "0a1c33", "2c5b3a", "081826"].map(hex);

const SKY = 0;
const TREE = 9;

/** Height of the nth line of hills at x, the farthest first. */
function ridge(index: number, x: number, noise: Noise): number {
  const base = [430, 480, 545][index];
  const swell = [26, 34, 26][index];
  return base + swell * Math.sin(x / [118, 92, 130][index] + index * 2.1 + 0.6) + 16 * noise.at2(x / 80, index * 9.7);
}

/** How far inside a poplar a point is: 0 at its edge, 1 on its axis, below 0 outside. */
function insideTree(x: number, y: number, noise: Noise): number {
  let most = -1;
  for (const tree of TREES) {
    const t = (tree.y - y) / tree.height;
    if (t < 0 || t > 1) continue;
    const flame = tree.half * Math.sqrt(t + 0.03) * (1 - t) ** 0.75 * 1.9 * (1 + 0.3 * noise.at2(y / 16, tree.x));
    const sway = 7 * Math.sin(y / 38 + tree.x);
    most = Math.max(most, 1 - Math.abs(x - tree.x - sway) / flame);
  }
  return most;
}

function createGuide(): Guide {
  const noise = new Noise(11);
  const whirls = [
    ...WHIRLS,
    ...DISCS.map((disc, i) => ({
      ...disc,
      radius: disc.radius * 1.15,
      strength: (i % 2 === 0 ? 1 : -1) * (i === 0 ? 3 : 5),
    })),
  ].map(vortexStream);
  const sky: StreamFunction = (x, y) => {
    let sum = y + 16 * Math.sin(x / 95 + y / 210) + 10 * noise.at2(x / 120, y / 90);
    for (const whirl of whirls) sum += whirl(x, y);
    return sum;
  };
  const region = (x: number, y: number) => {
    if (y > ridge(2, x, noise)) return 3;
    if (insideTree(x, y, noise) > 0) return TREE;
    for (let i = 1; i >= 0; i--) if (y > ridge(i, x, noise)) return i + 1;
    return SKY;
  };
  const hill =
    (index: number): StreamFunction =>
    (x, y) =>
      y - ridge(index, x, noise) + 22 * noise.at2(x / 70 + 5 * index, y / 46);
  const hills = [hill(0), hill(1), hill(2)];
  const tree: StreamFunction = (x, y) => x - 7 * Math.sin(y / 38 + 132) + 7 * noise.at2(x / 15, y / 40);

  const skyColor = (x: number, y: number): Color => {
    const level = sky(x, y) / 62 + 0.35 * noise.at2(x / 50, y / 50);
    let color = gradient(NIGHT, level - Math.floor(level));
    color = mix(color, hex("a9d3bd"), 0.55 * smoothstep(330, 450, y));
    for (const whirl of WHIRLS) {
      const q = Math.hypot(x - whirl.x, y - whirl.y) / whirl.radius;
      color = mix(color, hex("bfe0dc"), 0.75 * smoothstep(0.75, 0.1, q + 0.2 * noise.at2(x / 12, y / 12)));
    }
    for (const disc of DISCS) {
      const q = Math.hypot(x - disc.x, y - disc.y) / disc.radius + 0.22 * noise.at2(x / 14, y / 14);
      if (q > 3.4) continue;
      const rings = gradient(GLOW, q / 2.6 + 0.06 * Math.sin(q * 7.5));
      color = mix(rings, color, smoothstep(1.5, 3.2, q));
    }
    return color;
  };
  const hillColor = (index: number, x: number, y: number): Color => {
    const level = hills[index](x, y) / 46 + 0.5 * noise.at2(x / 50, y / 30);
    const color = gradient(HILLS, level - Math.floor(level));
    const crest = smoothstep(13, 0, y - ridge(index, x, noise));
    return mix(color, [hex("8fc3c0"), hex("c9c274"), hex("8fb56a")][index], 0.12 + 0.6 * crest);
  };
  const treeColor = (x: number, y: number): Color => {
    const level = tree(x, y) / 15 + noise.at2(x / 9, y / 30);
    const color = gradient(LEAVES, level - Math.floor(level));
    const moonlit = smoothstep(0.3, 0, insideTree(x, y, noise)) * smoothstep(-0.2, 0.3, insideTree(x - 4, y, noise));
    return mix(color, hex("5f8f5a"), 0.6 * moonlit);
  };
  return {
    region,
    color: (x, y) => {
      const place = region(x, y);
      if (place === TREE) return treeColor(x, y);
      return place === SKY ? skyColor(x, y) : hillColor(place - 1, x, y);
    },
    direction: (x, y) => {
      const place = region(x, y);
      return flowDirection(place === TREE ? tree : place === SKY ? sky : hills[place - 1], x, y);
    },
  };
}

const LAYERS: readonly Layer[] = [
  { width: 20, length: 90, spacing: 11, jitter: 0.12, bristles: 12, load: 0.8, dryness: 0 },
  { width: 10, length: 90, spacing: 7.5, jitter: 0.16, bristles: 8, load: 1, dryness: 0.7 },
  { width: 6, length: 60, spacing: 7, jitter: 0.2, bristles: 5, load: 1.3, dryness: 0.8 },
];

/** Paints the picture, 768 x 600. */
export function drawSwirls(): Raster {
  const random = createRandom(2026);
  const painting = new Painting(WIDTH * SCALE, HEIGHT * SCALE, hex("10224f"), 5);
  const guide = createGuide();
  for (const layer of LAYERS) paintLayer(painting, guide, layer, SCALE, random);
  return shrink(painting.lit({ shade: 1.25, gloss: 0.32 }, 1.15), SCALE);
}
