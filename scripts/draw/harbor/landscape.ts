/** What lies round the town: hills near and far, trees, the mole with its lighthouse, gulls. */
import { smoothstep } from "../color.ts";
import { Noise } from "../noise.ts";
import { between, pick, type Random } from "../random.ts";
import { buildHouse } from "./house.ts";
import { CLAY_TILES, DARK_WOOD, IRON, LAMPLIT, matter, STONE, WHITE_TRIM } from "./materials.ts";
import type { Material, Mesh } from "./mesh.ts";
import { add, type Frame, upright, type Vec } from "./vector.ts";

const GRASS = matter("grass", "65733f");
const FAR_GRASS = matter("grass", "55674a");
const LEAVES = [
  matter("leaves", "4f6b2c"),
  matter("leaves", "5f7a30"),
  matter("leaves", "3f5c2e"),
  matter("leaves", "86843a"),
];
const WORLD: Frame = { origin: [0, 0, 0], x: [1, 0, 0], y: [0, 1, 0], z: [0, 0, 1] };

/** Height of the hill behind the town. */
function townHill(noise: Noise, x: number, z: number): number {
  const across = Math.exp(-(((x + 42) / 78) ** 2));
  const back = 1 - Math.exp(-Math.max(0, z - 100) / 75);
  return 1.2 - 5 * smoothstep(16, 34, x) + 66 * across * back * (1 + 0.35 * noise.fractal2(x / 70, z / 70, 3));
}

function buildRidge(
  mesh: Mesh,
  noise: Noise,
  distance: number,
  low: number,
  high: number,
  left: number,
  right: number,
): void {
  const columns = 160;
  const span = distance * 0.62;
  const crest = (x: number) => {
    const along = (x + span) / (2 * span);
    const rise = left + (right - left) * along;
    return rise * (low + (high - low) * (0.5 + noise.fractal2((x / distance) * 4.5 + distance, distance, 5)));
  };
  const rows = [0, 0.25, 0.5, 0.75, 1].map((t) =>
    Array.from({ length: columns + 1 }, (_, i): Vec => {
      const x = -span + (2 * span * i) / columns;
      return [x, crest(x) * t * (1 + 0.12 * (1 - t) * noise.at2(i / 5, t * 9)), distance + t * distance * 0.12];
    }),
  );
  mesh.sheet(rows, FAR_GRASS);
}

/** A tree: a trunk and several round clumps of leaves. */
function buildTree(mesh: Mesh, foot: Vec, height: number, leaf: number, count: number, random: Random): void {
  const material = pick(random, LEAVES);
  mesh.tube(foot, add(foot, [0, height * 0.5, 0]), height * 0.035, height * 0.02, DARK_WOOD);
  const clumps = Array.from({ length: 7 }, (_, i): { center: Vec; radius: number } => {
    const angle = i * 2.4 + random();
    const out = i === 0 ? 0 : height * 0.2;
    const rise = height * between(random, 0.45, 0.78);
    return {
      center: add(foot, [out * Math.cos(angle), rise, out * Math.sin(angle)]),
      radius: height * between(random, 0.17, 0.25),
    };
  });
  for (let i = 0; i < count; i++) {
    const { center, radius } = clumps[i % clumps.length];
    const y = between(random, -1, 1);
    const angle = between(random, 0, 2 * Math.PI);
    const ring = Math.sqrt(1 - y * y);
    const reach = radius * Math.cbrt(between(random, 0.3, 1));
    const p = add(center, [reach * ring * Math.cos(angle), reach * y * 0.85, reach * ring * Math.sin(angle)]);
    const corner = (): Vec =>
      add(p, [between(random, -leaf, leaf), between(random, -leaf, leaf), between(random, -leaf, leaf)]);
    mesh.triangle(corner(), corner(), corner(), material);
  }
}

function buildLighthouse(mesh: Mesh, foot: Vec): void {
  const red: Material = matter("plaster", "b3382c");
  const white: Material = matter("plaster", "efe8da");
  const radius = (y: number) => 2.1 - 0.062 * y;
  for (let band = 0; band < 5; band++) {
    const y0 = band * 2.7;
    mesh.turned(
      foot,
      [
        [radius(y0), y0],
        [radius(y0 + 2.7), y0 + 2.7],
      ],
      band % 2 === 0 ? white : red,
      24,
    );
  }
  const top = add(foot, [0, 13.5, 0]);
  mesh.turned(
    top,
    [
      [0, 0],
      [1.9, 0],
      [1.9, 0.25],
      [0, 0.25],
    ],
    IRON,
    24,
  );
  for (let i = 0; i < 12; i++) {
    const angle = (Math.PI * i) / 6;
    const rail = add(top, [1.8 * Math.cos(angle), 0.2, 1.8 * Math.sin(angle)]);
    mesh.tube(rail, add(rail, [0, 0.9, 0]), 0.04, 0.04, IRON, 3);
  }
  mesh.turned(
    top,
    [
      [1.82, 1.05],
      [1.82, 1.13],
    ],
    IRON,
    24,
  );
  mesh.turned(
    top,
    [
      [0.85, 0.25],
      [0.85, 2.2],
    ],
    LAMPLIT,
    12,
  );
  mesh.turned(
    top,
    [
      [1.15, 2.2],
      [0.9, 2.7],
      [0.35, 3.2],
      [0.05, 3.9],
    ],
    red,
    16,
  );
}

/** Builds the surroundings. */
export function buildLandscape(mesh: Mesh, random: Random): void {
  const noise = new Noise(51);
  const grid = Array.from({ length: 45 }, (_, i) =>
    Array.from({ length: 50 }, (_, j): Vec => {
      const z = 100 + i * i * 0.22 + i * 3;
      const x = -330 + j * 8;
      return [x, townHill(noise, x, z), z];
    }),
  );
  mesh.sheet(grid, GRASS);
  buildRidge(mesh, noise, 900, 25, 85, 1.25, 0.3);
  buildRidge(mesh, noise, 2200, 100, 330, 1.0, 0.7);
  buildRidge(mesh, noise, 5200, 300, 950, 0.8, 1.1);
  for (let i = 0; i < 420; i++) {
    const z = 104 + 190 * random() ** 1.4;
    const x = between(random, -150, 60);
    if (noise.fractal2(x / 32, z / 32, 2) < -0.12) continue;
    const foot: Vec = [x, townHill(noise, x, z) - 0.5, z];
    if (foot[1] < 0.4) continue;
    buildTree(mesh, foot, between(random, 6, 10), 0.75, 150, random);
  }
  for (let i = 0; i < 15; i++) {
    const z = between(random, 104, 175);
    const x = between(random, -95, 12);
    const frame: Frame = { origin: [x, townHill(noise, x, z), z], x: [1, 0, 0], y: [0, 1, 0], z: [0, 0, -1] };
    buildHouse(
      mesh,
      frame,
      {
        width: between(random, 7, 10),
        depth: 9,
        floors: 2,
        gable: random() < 0.5 ? "none" : "plain",
        wall: matter("plaster", pick(random, ["e6dcc6", "d9b98a", "cfae9a", "e9e2d2"])),
        roof: CLAY_TILES,
      },
      random,
    );
  }
  for (const [x, z] of [
    [-14.6, 62],
    [16.4, 67],
    [17.6, 74],
  ])
    buildTree(mesh, [x, 1.5, z], between(random, 6.5, 8.5), 0.32, 2600, random);
  mesh.box(WORLD, [31, -1, 88], [150, 1.6, 93], STONE);
  mesh.box(WORLD, [33, 1.6, 91.5], [150, 2.7, 93], STONE);
  mesh.turned(
    [34, 0, 90.5],
    [
      [4.4, -1],
      [4.2, 2.1],
      [0, 2.1],
    ],
    STONE,
    20,
  );
  buildLighthouse(mesh, [34, 2.1, 90.5]);
  for (let i = 0; i < 90; i++) {
    // Rocks at the foot of the mole.
    const frame = upright([between(random, 30, 120), 0, between(random, 85.5, 88)], between(random, 0, 3));
    const size = between(random, 0.5, 1.3);
    mesh.box(frame, [-size, -1, -size], [size * 0.8, size * 0.6, size * 0.7], STONE);
  }
  for (let i = 0; i < 9; i++)
    buildGull(
      mesh,
      [between(random, -6, 14), between(random, 10, 17), between(random, 30, 50)],
      between(random, -1, 1),
    );
}

function buildGull(mesh: Mesh, center: Vec, heading: number): void {
  const { x, z } = upright(center, heading);
  const p = (a: number, y: number, b: number): Vec => add(center, [a * x[0] + b * z[0], y, a * x[2] + b * z[2]]);
  for (const s of [-1, 1]) {
    mesh.polygon([p(0.12, 0, 0), p(0.1, 0.22, s * 0.35), p(-0.12, 0.2, s * 0.35), p(-0.15, 0, 0)], WHITE_TRIM);
    mesh.triangle(p(0.1, 0.22, s * 0.35), p(-0.12, 0.2, s * 0.35), p(-0.15, 0.05, s * 0.8), STONE);
  }
  mesh.tube(p(0.3, 0, 0), p(-0.3, 0, 0), 0.08, 0.03, WHITE_TRIM, 5);
}
