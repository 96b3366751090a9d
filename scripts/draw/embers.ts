/** A burning evening over dark water, expressionist: broad wavy bands in orange, crimson, teal and black. */
import { Painting } from "./brush.ts";
import { type Color, gradient, hex, mix, smoothstep } from "./color.ts";
import { flowDirection, type StreamFunction, vortexStream } from "./flow.ts";
import { Noise } from "./noise.ts";
import { type Guide, type Layer, paintLayer } from "./painter.ts";
import { type Raster, shrink } from "./png.ts";
import { createRandom } from "./random.ts";

const WIDTH = 768;
const HEIGHT = 600;
const SCALE = 2;

const SUN = { x: 250, y: 226, radius: 44 };

const FIRE = [
  "d8430f",
  "f28a1c",
  "b3161f",
  "f7b733",
  "e2581a",
  "7a0f22",
  "ef7215",
  "fbd36a",
  "c8261c",
  "12343c",
  "3a0d1e",
].map(hex);
const WATER = ["0b1f26", "0f4a4f", "08131a", "1f7a78", "12343c", "b5421c", "0a2a33", "2d9a8e", "0e1116"].map(hex);
const SHORE = ["0d0b10", "2a1118", "0c1e22", "5a1a1c", "141016", "0f3a3c", "8a2c1a"].map(hex);

const SKY = 0;
const LAND = 1;
const LAKE = 2;
const BANK = 3;

function createGuide(): Guide {
  const noise = new Noise(23);
  const whirl = vortexStream({ ...SUN, strength: 3 });
  const sky: StreamFunction = (x, y) =>
    y +
    34 * Math.sin(x / 92 + y / 70) +
    16 * Math.sin(x / 41 - y / 120 + 1.2) +
    12 * noise.at2(x / 90, y / 60) +
    whirl(x, y);
  const lake: StreamFunction = (x, y) =>
    y + 15 * Math.sin(x / 58 - y / 34) + 7 * Math.sin(x / 23 + y / 41) + 10 * noise.at2(x / 70, y / 34);
  const land: StreamFunction = (x, y) => y - mountain(x) + 12 * noise.at2(x / 40, y / 30);
  const bank: StreamFunction = (x, y) => y - shore(x) + 14 * noise.at2(x / 50, y / 30);
  const mountain = (x: number) =>
    368 - 62 * smoothstep(420, 700, x) - 30 * smoothstep(170, 0, x) - 16 * noise.at2(x / 60, 4) + 10 * Math.sin(x / 37);
  const shore = (x: number) =>
    640 - 150 * smoothstep(330, -40, x) - 60 * smoothstep(560, 800, x) + 12 * noise.at2(x / 45, 9);
  const streams = [sky, land, lake, bank];

  const region = (x: number, y: number) => {
    if (y > shore(x)) return BANK;
    if (y > 402 + 3 * Math.sin(x / 25)) return LAKE;
    return y > mountain(x) ? LAND : SKY;
  };
  const banded = (palette: readonly Color[], level: number) => gradient(palette, level - Math.floor(level));
  const color = (x: number, y: number): Color => {
    const place = region(x, y);
    const level = streams[place](x, y);
    const blur = 0.3 * noise.at2(x / 60, y / 40);
    if (place === SKY) {
      const away = Math.hypot(x - SUN.x, y - SUN.y) / SUN.radius;
      const glow = mix(hex("ffe58f"), hex("fbb52e"), smoothstep(0.3, 1.5, away));
      return mix(glow, banded(FIRE, level / 118 + blur), smoothstep(0.9, 2.2, away));
    }
    if (place === LAKE) {
      const glitter = smoothstep(70, 10, Math.abs(x - SUN.x - 20 * Math.sin(y / 17)));
      return mix(banded(WATER, level / 84 + blur), hex("f59a2a"), 0.75 * glitter);
    }
    return banded(SHORE, level / 60 + blur);
  };
  return { region, color, direction: (x, y) => flowDirection(streams[region(x, y)], x, y) };
}

const LAYERS: readonly Layer[] = [
  { width: 34, length: 170, spacing: 18, jitter: 0.1, bristles: 18, load: 1, dryness: 0 },
  { width: 22, length: 190, spacing: 15, jitter: 0.13, bristles: 14, load: 1.3, dryness: 0.9 },
  { width: 13, length: 150, spacing: 16, jitter: 0.16, bristles: 9, load: 1.5, dryness: 1 },
];

/** Paints the picture, 768 x 600. */
export function drawEmbers(): Raster {
  const random = createRandom(404);
  const painting = new Painting(WIDTH * SCALE, HEIGHT * SCALE, hex("2a0d14"), 8);
  const guide = createGuide();
  for (const layer of LAYERS) paintLayer(painting, guide, layer, SCALE, random);
  return shrink(painting.lit({ shade: 1.2, gloss: 0.25 }), SCALE);
}
