/** A mosaic of glass and gold: a sun over fan-shaped waves, laid in rings of small tilted tesserae with dark grout. */
import { type Color, clamp, hex, mix, scaled, smoothstep } from "./color.ts";
import { Noise } from "./noise.ts";
import { createRaster, type Raster, shrink } from "./png.ts";
import { between, createRandom, type Random } from "./random.ts";

const WIDTH = 768;
const HEIGHT = 600;
const SCALE = 2;

const SUN = { x: 470, y: 196, radius: 118 };
/** Side of a tessera, pixels of the picture. */
const TESSERA = 9.5;

/** The two glasses that the tesserae of one band are mixed from. */
type Glass = readonly [Color, Color];

function glass(first: string, second: string): Glass {
  return [hex(first), hex(second)];
}

const GOLD = glass("f0bf4c", "b9802a");
const IVORY = glass("f6eed8", "dccaa3");
const CRIMSON = glass("7a1230", "b3263e");
const CORAL = glass("d6452f", "f2884a");
const AMBER = glass("e58a2c", "f7bd55");
const PLUM = glass("2b1550", "5c2f8c");
const DEEP = glass("101c52", "1d3585");
const COBALT = glass("1d4aa8", "2f7fd0");
const TURQUOISE = glass("1397a0", "4fcfc0");
const LAGOON = glass("0f6f8c", "1f9cb0");
const AQUA = glass("8fd8c4", "d4efd6");
const EMERALD = glass("0c5a50", "159068");

/** Rings of a wave, from its rim inward; the last goes on to the middle. */
const WAVES: readonly (readonly Glass[])[] = [
  [IVORY, CRIMSON, CRIMSON, GOLD, CORAL, AMBER, TURQUOISE, TURQUOISE, DEEP],
  [IVORY, EMERALD, EMERALD, GOLD, COBALT, COBALT, TURQUOISE, TURQUOISE, PLUM],
  [IVORY, COBALT, DEEP, GOLD, EMERALD, TURQUOISE, AMBER, AMBER, CORAL],
  [IVORY, PLUM, PLUM, GOLD, COBALT, TURQUOISE, TURQUOISE, IVORY, GOLD],
  [IVORY, TURQUOISE, EMERALD, GOLD, DEEP, COBALT, COBALT, CORAL, CRIMSON],
  [IVORY, DEEP, COBALT, GOLD, CRIMSON, CORAL, AMBER, AMBER, GOLD],
];

/** Stars, from the rim inward. */
const STARS: readonly (readonly Glass[])[] = [
  [DEEP, COBALT, IVORY, GOLD, AMBER, CORAL, CRIMSON],
  [PLUM, PLUM, CORAL, IVORY, GOLD, GOLD],
  [DEEP, CRIMSON, CORAL, AMBER, IVORY, IVORY],
];

/** A disc laid in rings; of a wave, only the upper part shows. */
interface Fan {
  x: number;
  y: number;
  radius: number;
  rings: readonly Glass[];
  seed: number;
}

const SKY_STARS: readonly Fan[] = [
  { x: 92, y: 96, radius: 62, rings: STARS[0], seed: 1 },
  { x: 236, y: 66, radius: 38, rings: STARS[1], seed: 2 },
  { x: 190, y: 226, radius: 48, rings: STARS[2], seed: 3 },
  { x: 42, y: 262, radius: 36, rings: STARS[1], seed: 4 },
  { x: 700, y: 46, radius: 50, rings: STARS[0], seed: 5 },
  { x: 726, y: 262, radius: 38, rings: STARS[2], seed: 6 },
];

/** Where a point lies in a tessera of a ring round some center. */
interface Tessera {
  /** Distance of the tessera's middle from the center of the rings, and its angle in turns, 0..1. */
  middle: number;
  turn: number;
  /** Place within it, 0..1, along and across the ring. */
  along: number;
  across: number;
  /** Distance to its nearest edge, pixels. */
  edge: number;
  /** Four numbers in 0..1 of its own. */
  chance: readonly [number, number, number, number];
}

/** Rows of fans from the horizon to the front, each larger and lying over the ones before. */
function layFans(random: Random): Fan[] {
  const fans: Fan[] = [...SKY_STARS];
  let y = 392;
  for (let row = 0; y < HEIGHT + 90; row++) {
    const radius = 62 + 13 * row;
    for (let column = -1; column <= WIDTH / (radius * 1.75) + 1; column++) {
      fans.push({
        x: (column + (row % 2) / 2) * radius * 1.75 + between(random, -8, 8) + 20,
        y: y + between(random, -5, 5),
        radius: radius * between(random, 0.95, 1.06),
        rings: WAVES[(row * 2 + (column + 8) * 5 + (random() < 0.3 ? 1 : 0)) % WAVES.length],
        seed: Math.floor(random() * 65536),
      });
    }
    y += radius * 0.52;
  }
  return fans;
}

/** The tessera at offset (dx, dy) from the center of rings that are counted inward or outward from radius `start`. */
function locate(dx: number, dy: number, start: number, seed: number): Tessera {
  const distance = Math.sqrt(dx * dx + dy * dy);
  const place = (start - distance) / TESSERA;
  const ring = Math.floor(place);
  const across = place - ring;
  const middle = Math.max(start - (ring + 0.5) * TESSERA, 2);
  const count = Math.max(3, Math.round((2 * Math.PI * middle) / (TESSERA * 1.15)));
  const position = ((Math.atan2(dy, dx) / (2 * Math.PI) + 1 + ((ring * 0.381) % 1) + 1) % 1) * count;
  const index = Math.floor(position) % count;
  const along = position - Math.floor(position);
  const random = createRandom(seed * 7919 + ring * 2711 + index * 31);
  random();
  return {
    middle,
    turn: ((((index + 0.5) / count - ring * 0.381) % 1) + 1) % 1,
    along,
    across,
    edge: Math.min(
      Math.min(along, 1 - along) * ((2 * Math.PI * distance) / count),
      Math.min(across, 1 - across) * TESSERA,
    ),
    chance: [random(), random(), random(), random()],
  };
}

function fanGlass(fan: Fan, tessera: Tessera): Glass {
  return fan.rings[Math.min(Math.floor((fan.radius - tessera.middle) / TESSERA), fan.rings.length - 1)];
}

/** The sun with its petals, and the rays that fill the sky round it. */
function skyGlass(tessera: Tessera, noise: Noise): Glass {
  const share = tessera.middle / SUN.radius;
  const angle = tessera.turn * 2 * Math.PI;
  const petal = Math.abs(Math.cos(angle * 7));
  if (share < 0.16) return CRIMSON;
  if (share < 0.3) return GOLD;
  if (share < 0.38) return IVORY;
  if (share < 0.46 + 0.34 * petal) return petal > 0.85 && share < 0.66 ? AMBER : CORAL;
  if (share < 0.86) return CRIMSON;
  if (share < 0.95) return GOLD;
  if (share < 1.04) return IVORY;
  const ray = Math.cos(angle * 14);
  if (ray > 0.15 + (share - 1.04) * 1.5) return GOLD;
  if (ray > 0.15 + (share - 1.2) * 1.1) return AMBER;
  const drift = noise.at2(Math.cos(angle) * 2.2 * share, Math.sin(angle) * 2.2 * share) + 0.35 * Math.cos(angle * 14);
  const tone = share * 0.55 - 0.95 + 1.1 * drift + 0.5 * (tessera.chance[3] - 0.5);
  if (tone > 0.95) return COBALT;
  if (tone > 0.3) return LAGOON;
  return tone > -0.25 ? TURQUOISE : AQUA;
}

/** Color of the mosaic at a point. */
function sample(fans: readonly Fan[], noise: Noise, sx: number, sy: number): Color {
  // A hand lays no perfect circles.
  const x = sx + 2.4 * noise.at2(sx / 26, sy / 26);
  const y = sy + 2.4 * noise.at2(sx / 26 + 50, sy / 26);
  const fan = fans.findLast((one) => (x - one.x) ** 2 + (y - one.y) ** 2 < one.radius ** 2);
  const tessera = fan
    ? locate(x - fan.x, y - fan.y, fan.radius, fan.seed)
    : locate(x - SUN.x, y - SUN.y, SUN.radius, 1);
  const pair = fan ? fanGlass(fan, tessera) : skyGlass(tessera, noise);
  const { along, across } = tessera;
  const [shade, tiltX, tiltY] = tessera.chance;
  const gold = pair === GOLD;
  const base = mix(pair[0], pair[1], clamp(shade * 1.5 - 0.25, 0, 1));

  // Each tessera leans its own way and catches the light by it, gold more than glass.
  const lean = (tiltX + tiltY - 1) * 0.5;
  const inside = (along - 0.5) * (tiltX - 0.5) + (across - 0.5) * (tiltY - 0.5);
  const grain = 0.12 * noise.at2(sx / 2.6, sy / 2.6) + 0.1 * noise.at2(sx / 7, sy / 7);
  const lit = scaled(base, 1 + (gold ? 1.2 : 0.75) * lean + 0.9 * inside + grain);
  const glint = smoothstep(0.24, 0.4, lean + inside * 0.6) * (gold ? 0.7 : 0.3);
  const color = mix(lit, gold ? [1, 0.95, 0.72] : [1, 1, 1], glint);
  const grout = scaled([0.13, 0.11, 0.12], 1 + 0.6 * noise.at2(sx / 2.5 + 9, sy / 2.5));
  return mix(grout, color, smoothstep(0.2, 1.1, tessera.edge - 0.45 * shade + 0.5 * noise.at2(sx / 3.1, sy / 3.1)));
}

/** Lays the mosaic, 768 x 600. */
export function drawMosaic(): Raster {
  const noise = new Noise(31);
  const fans = layFans(createRandom(77));
  const large = createRaster(WIDTH * SCALE, HEIGHT * SCALE);
  for (let y = 0; y < large.height; y++) {
    for (let x = 0; x < large.width; x++) {
      large.data.set(sample(fans, noise, (x + 0.5) / SCALE, (y + 0.5) / SCALE), 3 * (y * large.width + x));
    }
  }
  return shrink(large, SCALE);
}
