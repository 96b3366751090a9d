/** Heaped clouds, painted once on a map of the sky in front of the viewer: blobs with ragged edges, lit from one side. */
import { clamp, smoothstep } from "../color.ts";
import { Noise } from "../noise.ts";
import { between, createRandom } from "../random.ts";

/** The map covers -REACH..REACH to the sides and 0..REACH upward, on a plane one meter before the eye. */
const REACH = 1.2;
const COLUMNS = 1536;
const ROWS = 768;

/** A bank of clouds: its middle, half width, height over its flat base, all on the plane. */
interface Bank {
  x: number;
  y: number;
  half: number;
  height: number;
}

const BANKS: readonly Bank[] = [
  { x: -0.33, y: 0.33, half: 0.22, height: 0.085 },
  { x: 0.33, y: 0.17, half: 0.24, height: 0.11 },
  { x: 0.15, y: 0.36, half: 0.09, height: 0.028 },
  { x: 0.5, y: 0.12, half: 0.14, height: 0.045 },
  { x: -0.56, y: 0.2, half: 0.15, height: 0.08 },
  { x: 0.06, y: 0.115, half: 0.14, height: 0.04 },
  { x: 0.62, y: 0.4, half: 0.16, height: 0.08 },
  { x: -0.2, y: 0.62, half: 0.3, height: 0.14 },
  { x: 0.45, y: 0.7, half: 0.32, height: 0.15 },
  { x: -0.85, y: 0.45, half: 0.22, height: 0.12 },
];

interface Blob {
  x: number;
  y: number;
  radius: number;
  /** Height of the flat underside. */
  base: number;
}

function heap(): Blob[] {
  const random = createRandom(64);
  return BANKS.flatMap((bank) =>
    Array.from({ length: 26 }, () => {
      const along = between(random, -0.82, 0.82);
      const crown = (1 - along * along) * bank.height;
      const radius = between(random, 0.2, 0.5) * (crown + 0.25 * bank.height);
      return { x: bank.x + along * bank.half, y: bank.y + between(random, 0.15, 0.85) * crown, radius, base: bank.y };
    }),
  );
}

/** Cover (0..1) and brightness (0 shaded, 1 in the sun) of the clouds by direction. */
export class Clouds {
  private readonly cover = new Float32Array(COLUMNS * ROWS);
  private readonly bright = new Float32Array(COLUMNS * ROWS);

  /** @param light direction on the picture that the light comes from, x to the right and y up */
  constructor(light: readonly [number, number]) {
    const depth = this.pileUp();
    const noise = new Noise(63);
    for (let row = 0; row < ROWS; row++) {
      for (let column = 0; column < COLUMNS; column++) {
        const pixel = row * COLUMNS + column;
        // Thicker toward the light means shade: of the billows nearby, and of the whole heap.
        const rise = (reach: number) => {
          const r = clamp(Math.round(row + reach * light[1]), 0, ROWS - 1);
          const c = clamp(Math.round(column + reach * light[0]), 0, COLUMNS - 1);
          return depth[pixel] - depth[r * COLUMNS + c];
        };
        const x = column / 300;
        const y = row / 300;
        const veil = 0.34 * smoothstep(0, 0.6, noise.fractal2(x * 0.8 + 1.7 * y, y * 3.4, 5) + 0.02);
        const cover = smoothstep(0.02, 0.75, depth[pixel]);
        this.cover[pixel] = cover + (1 - cover) * veil * smoothstep(0, 120, row);
        const lit = clamp(0.5 + 0.35 * rise(5) + 0.35 * rise(16) + 0.3 * rise(40) - 0.1 * depth[pixel], 0, 1);
        this.bright[pixel] = cover * lit + (1 - cover) * 0.75;
      }
    }
  }

  /** Reads cover and brightness at (x, y) of the plane into `out`. */
  read(out: Float64Array, x: number, y: number): void {
    const u = clamp(((x + REACH) / (2 * REACH)) * (COLUMNS - 1), 0, COLUMNS - 1.01);
    const v = clamp((y / REACH) * (ROWS - 1), 0, ROWS - 1.01);
    const pixel = Math.floor(v) * COLUMNS + Math.floor(u);
    const fu = u - Math.floor(u);
    const fv = v - Math.floor(v);
    const blend = (map: Float32Array) =>
      (map[pixel] * (1 - fu) + map[pixel + 1] * fu) * (1 - fv) +
      (map[pixel + COLUMNS] * (1 - fu) + map[pixel + COLUMNS + 1] * fu) * fv;
    out[0] = blend(this.cover);
    out[1] = blend(this.bright);
  }

  /** Thickness of the clouds at each place of the map: the blobs, their outlines billowed by noise. */
  private pileUp(): Float32Array {
    const depth = new Float32Array(COLUMNS * ROWS);
    const noise = new Noise(62);
    const unit = (2 * REACH) / COLUMNS;
    for (const blob of heap()) {
      const wide = blob.radius * 1.7;
      const [x0, x1] = [blob.x - wide, blob.x + wide].map((x) => clamp(Math.round((x + REACH) / unit), 0, COLUMNS - 1));
      const [y0, y1] = [blob.y - wide, blob.y + wide].map((y) => clamp(Math.round(y / unit), 0, ROWS - 1));
      for (let row = y0; row <= y1; row++) {
        for (let column = x0; column <= x1; column++) {
          const x = column * unit - REACH;
          const y = row * unit;
          const q = Math.sqrt((x - blob.x) ** 2 + (y - blob.y) ** 2) / blob.radius;
          const billow = 0.7 * noise.fractal2(x * 13, y * 17, 2) + 0.5 * noise.fractal2(x * 40, y * 46, 5);
          const base = smoothstep(blob.base - 0.012, blob.base + 0.018, y + 0.03 * noise.fractal2(x * 20, 5, 3));
          const dome = (1 - q * q * 0.8 + billow) * base;
          if (dome > 0) depth[row * COLUMNS + column] = Math.max(depth[row * COLUMNS + column], dome);
        }
      }
    }
    return depth;
  }
}
