/** Town houses: walls, gables, roofs, windows with frames and shutters, doors, awnings, chimneys. */
import { between, pick, type Random } from "../random.ts";
import { CLAY_TILES, DARK_WOOD, IRON, LAMPLIT, PANE, STONE, WHITE_TRIM } from "./materials.ts";
import type { Material, Mesh } from "./mesh.ts";
import { at, type Frame, type Vec } from "./vector.ts";

/** Shape of the wall toward the viewer: a roof's triangle, steps, a bell curve, or none (the roof's slope shows). */
export type Gable = "plain" | "stepped" | "bell" | "none";

/** A house. Its frame lies at the lower left corner of its front: x along the front, y up, z out of it. */
export interface House {
  width: number;
  depth: number;
  floors: number;
  gable: Gable;
  wall: Material;
  roof: Material;
  shutters?: Material;
  timber?: Material;
  awning?: Material;
}

const GROUND_FLOOR = 3.4;
const FLOOR = 2.9;

/** Half width of a gable (share of the house's) at height `t` (share of the gable's), 0 at its foot. */
function gableShape(gable: Gable, t: number): number {
  if (gable === "stepped") return 1 - Math.floor(t * 5 + 1e-6) / 5.6;
  if (gable === "bell") return t < 0.12 ? 1 : 0.36 + 0.64 * Math.exp(-(((t - 0.12) / 0.34) ** 2)) - 0.12 * t;
  return 1 - t;
}

/** Height of the eaves above the ground. */
function wallHeight(house: House): number {
  return GROUND_FLOOR + FLOOR * (house.floors - 1) + 0.3;
}

/** Height of a gable over the eaves. */
function gableHeight(house: House): number {
  return house.width * (house.gable === "none" ? 0 : house.gable === "plain" ? 0.62 : 0.72);
}

/** Builds a house into the mesh. */
export function buildHouse(mesh: Mesh, frame: Frame, house: House, random: Random): void {
  const eaves = wallHeight(house);
  mesh.box(frame, [0, 0, -house.depth], [house.width, eaves, 0], house.wall);
  mesh.box(frame, [-0.02, 0, -house.depth], [house.width + 0.02, 0.7, 0.07], STONE);
  if (house.gable === "none") buildSlope(mesh, frame, house, eaves, random);
  else buildGable(mesh, frame, house, eaves);
  buildFront(mesh, frame, house, random);
  const chimney = house.width * between(random, 0.15, 0.3);
  const top = eaves + house.width * 0.62 + 0.3;
  mesh.box(frame, [chimney, eaves, -house.depth * 0.6], [chimney + 0.8, top, -house.depth * 0.6 + 0.8], house.wall);
  mesh.box(frame, [chimney - 0.1, top, -house.depth * 0.6 - 0.1], [chimney + 0.9, top + 0.2, -house.depth * 0.6 + 0.9], STONE);
}

function buildGable(mesh: Mesh, frame: Frame, house: House, eaves: number): void {
  const height = gableHeight(house);
  const middle = house.width / 2;
  const rows = house.gable === "bell" ? 16 : house.gable === "stepped" ? 5 : 1;
  const rise = house.gable === "plain" ? 0 : 0.35;
  for (let i = 0; i < rows; i++) {
    const stepped = house.gable === "stepped";
    const low = middle * gableShape(house.gable, i / rows);
    const high = stepped ? low : middle * gableShape(house.gable, (i + 1) / rows);
    const y0 = eaves + (i / rows) * height + rise;
    const y1 = eaves + ((i + 1) / rows) * height + rise;
    const corner = (x: number, y: number, z: number) => at(frame, middle + x, y, z);
    mesh.polygon([corner(-low, y0, 0), corner(low, y0, 0), corner(high, y1, 0), corner(-high, y1, 0)], house.wall);
    for (const s of [-1, 1]) {
      const edge = house.gable === "plain" ? house.wall : WHITE_TRIM;
      mesh.polygon([corner(s * low, y0, 0), corner(s * high, y1, 0), corner(s * high, y1, -0.4), corner(s * low, y0, -0.4)], edge);
      if (house.gable === "bell") {
        mesh.line([corner(s * low, y0, 0), corner(s * high, y1, 0)], 0.16, WHITE_TRIM);
      }
    }
    if (stepped) mesh.box(frame, [middle - low - 0.12, y1 - 0.16, -0.5], [middle + low + 0.12, y1 + 0.06, 0.14], WHITE_TRIM);
  }
  if (rise > 0) mesh.box(frame, [-0.08, eaves - 0.05, -0.4], [house.width + 0.08, eaves + rise, 0.1], WHITE_TRIM);
  if (house.gable === "bell") {
    const top = eaves + height + rise;
    mesh.box(frame, [middle - middle * 0.3, top, -0.5], [middle + middle * 0.3, top + 0.22, 0.16], WHITE_TRIM);
  }
  // The roof behind: two slopes that meet over the middle, overhanging only behind a plain gable.
  const over = house.gable === "plain" ? 0.45 : -0.35;
  const ridge = eaves + house.width * 0.62;
  const spread = house.gable === "plain" ? 0.4 : 0.15;
  const drop = (spread * house.width * 0.62) / middle;
  for (const s of [-1, 1]) {
    const foot = (z: number, lift: number) => at(frame, middle + s * (middle + spread), eaves - drop + lift, z);
    const crest = (z: number, lift: number) => at(frame, middle, ridge + lift, z);
    mesh.polygon([foot(over, 0.2), crest(over, 0.2), crest(-house.depth, 0.2), foot(-house.depth, 0.2)], house.roof);
    if (over > 0) mesh.polygon([foot(over, -0.05), crest(over, -0.05), crest(over, 0.22), foot(over, 0.22)], WHITE_TRIM);
  }
}

/** A roof whose slope faces the viewer, with dormers. */
function buildSlope(mesh: Mesh, frame: Frame, house: House, eaves: number, random: Random): void {
  const rise = Math.min(house.depth * 0.42, 4.2);
  const back = house.depth / 2;
  const side = 0.25;
  const p = (x: number, y: number, z: number) => at(frame, x, eaves + y, z);
  const w = house.width;
  mesh.polygon([p(-side, -0.2, 0.45), p(w + side, -0.2, 0.45), p(w + side, rise, -back), p(-side, rise, -back)], house.roof);
  mesh.polygon([p(-side, -0.2, -house.depth), p(w + side, -0.2, -house.depth), p(w + side, rise, -back), p(-side, rise, -back)], house.roof);
  for (const x of [0, w]) mesh.polygon([p(x, 0, 0), p(x, rise, -back), p(x, 0, -house.depth)], house.wall);
  mesh.box(frame, [-side, eaves - 0.34, 0.02], [w + side, eaves - 0.16, 0.5], WHITE_TRIM);
  const dormers = Math.max(1, Math.round(w / 3.6));
  for (let i = 0; i < dormers; i++) {
    const x = ((i + 0.5) / dormers) * w - 0.75;
    const z = -back * 0.3;
    const y = rise * 0.3 - 0.15;
    mesh.box(frame, [x, eaves + y - 0.5, -back * 0.8], [x + 1.5, eaves + y + 1.4, z], WHITE_TRIM);
    window(mesh, frame, x + 0.75, eaves + y + 0.15, z, 0.85, 1.05, random);
    for (const s of [-1, 1]) {
      const eave = (zz: number) => p(x + 0.75 + s * 0.98, y + 1.28, zz);
      const crest = (zz: number) => p(x + 0.75, y + 2.05, zz);
      mesh.polygon([eave(z + 0.2), crest(z + 0.2), crest(-back * 0.95), eave(-back * 0.95)], house.roof);
    }
    mesh.triangle(p(x - 0.1, y + 1.35, z), p(x + 1.6, y + 1.35, z), p(x + 0.75, y + 2, z), WHITE_TRIM);
  }
}

/** A window whose sill's middle is at (x, y), with frame and cross bars, in the plane `z` of the wall. */
function window(mesh: Mesh, frame: Frame, x: number, y: number, z: number, w: number, h: number, random: Random): void {
  const pane = random() < 0.12 ? LAMPLIT : PANE;
  const bar = 0.09;
  const box = (x0: number, y0: number, x1: number, y1: number, depth: number, material: Material) =>
    mesh.box(frame, [x + x0, y + y0, z - 0.02], [x + x1, y + y1, z + depth], material);
  const h2 = w / 2;
  mesh.polygon(([[-h2, 0], [h2, 0], [h2, h], [-h2, h]] as const).map(([px, py]) => at(frame, x + px, y + py, z + 0.02)), pane);
  box(-h2 - bar, 0, -h2 + 0.02, h, 0.1, WHITE_TRIM);
  box(h2 - 0.02, 0, h2 + bar, h, 0.1, WHITE_TRIM);
  box(-h2 - bar, h - 0.02, h2 + bar, h + 0.14, 0.12, WHITE_TRIM);
  box(-h2 - 0.18, -0.14, h2 + 0.18, 0, 0.22, WHITE_TRIM);
  box(-0.035, 0, 0.035, h, 0.06, WHITE_TRIM);
  box(-h2, h * 0.6, h2, h * 0.6 + 0.07, 0.06, WHITE_TRIM);
}

function buildFront(mesh: Mesh, frame: Frame, house: House, random: Random): void {
  const bays = Math.max(2, Math.round(house.width / 2.2));
  const pitch = house.width / bays;
  const doorBay = Math.floor(random() * bays);
  for (let floor = 0; floor < house.floors; floor++) {
    const base = floor === 0 ? 0.95 : GROUND_FLOOR + FLOOR * (floor - 1) + 0.75;
    for (let bay = 0; bay < bays; bay++) {
      const x = (bay + 0.5) * pitch;
      if (floor === 0 && bay === doorBay) buildDoor(mesh, frame, x, random);
      else if (floor === 0) window(mesh, frame, x, base, 0, Math.min(1.5, pitch - 0.6), 1.7, random);
      else {
        window(mesh, frame, x, base, 0, 0.95, 1.6, random);
        if (house.shutters) {
          for (const s of [-1, 1]) {
            const mid = x + s * 0.83;
            mesh.box(frame, [mid - 0.24, base, 0], [mid + 0.24, base + 1.6, 0.07], house.shutters);
          }
        }
      }
    }
  }
  if (house.gable !== "none") gableWindows(mesh, frame, house, random);
  if (house.timber) buildTimber(mesh, frame, house, house.timber, pitch, bays);
  if (house.awning) buildAwning(mesh, frame, house, house.awning);
}

function gableWindows(mesh: Mesh, frame: Frame, house: House, random: Random): void {
  const y = wallHeight(house) + (house.gable === "plain" ? 0.5 : 0.9);
  const height = gableHeight(house);
  if (house.width > 6) for (const s of [-1, 1]) window(mesh, frame, house.width / 2 + s * 0.95, y, 0, 0.85, 1.35, random);
  else window(mesh, frame, house.width / 2, y, 0, 0.9, 1.35, random);
  if (height > 3.9) window(mesh, frame, house.width / 2, y + 2.05, 0, 0.6, 0.7, random);
}

function buildDoor(mesh: Mesh, frame: Frame, x: number, random: Random): void {
  const leaf = pick(random, [DARK_WOOD, IRON, CLAY_TILES]);
  mesh.box(frame, [x - 0.72, 0, 0], [x + 0.72, 2.75, 0.14], WHITE_TRIM);
  mesh.box(frame, [x - 0.55, 0, 0], [x + 0.55, 2.05, 0.17], leaf);
  mesh.box(frame, [x - 0.5, 2.15, 0], [x + 0.5, 2.6, 0.16], PANE);
  mesh.box(frame, [x - 0.95, 0, 0], [x + 0.95, 0.25, 0.9], STONE);
  mesh.box(frame, [x - 0.95, 2.75, 0], [x + 0.95, 2.95, 0.45], WHITE_TRIM);
}

/** Half-timbering: posts between the bays, beams at the floors, braces at the ends. */
function buildTimber(mesh: Mesh, frame: Frame, house: House, timber: Material, pitch: number, bays: number): void {
  const top = wallHeight(house);
  const beam = (y: number) => mesh.box(frame, [0, y - 0.13, 0], [house.width, y + 0.13, 0.1], timber);
  for (let floor = 1; floor <= house.floors; floor++) {
    const y0 = GROUND_FLOOR + FLOOR * (floor - 1);
    beam(floor === house.floors ? top - 0.15 : y0);
    if (floor === house.floors) break;
    for (let i = 0; i <= bays; i++) {
      const x = Math.min(Math.max(i * pitch, 0.12), house.width - 0.12);
      mesh.box(frame, [x - 0.11, y0, 0], [x + 0.11, y0 + FLOOR, 0.09], timber);
      if (i < bays) mesh.box(frame, [x, y0 + 0.55, 0], [x + pitch, y0 + 0.72, 0.07], timber);
    }
    for (const [x0, x1] of [[0.1, pitch * 0.32], [house.width - 0.1, house.width - pitch * 0.32]]) {
      mesh.tube(at(frame, x0, y0 + 0.1, 0.02), at(frame, x1, y0 + FLOOR, 0.02), 0.1, 0.1, timber, 4);
    }
  }
  const half = house.width / 2;
  const rise = gableHeight(house);
  for (const t of [0.12, 0.5]) {
    mesh.box(frame, [half * t + 0.1, top + rise * t - 0.11, 0], [house.width - half * t - 0.1, top + rise * t + 0.11, 0.09], timber);
  }
  for (const s of [-1, 1]) {
    mesh.tube(at(frame, half + s * half * 0.95, top + 0.1, 0.02), at(frame, half, top + rise - 0.1, 0.02), 0.12, 0.12, timber, 4);
    mesh.box(frame, [half + s * 2 - 0.1, top, 0], [half + s * 2 + 0.1, top + rise * (1 - 2 / half) - 0.1, 0.08], timber);
  }
}

/** A striped awning over the ground floor. */
function buildAwning(mesh: Mesh, frame: Frame, house: House, cloth: Material): void {
  const stripes = Math.round(house.width / 0.5);
  for (let i = 0; i < stripes; i++) {
    const x0 = 0.3 + ((house.width - 0.6) * i) / stripes;
    const x1 = 0.3 + ((house.width - 0.6) * (i + 1)) / stripes;
    const p = (x: number, y: number, z: number): Vec => at(frame, x, y, z);
    const material = i % 2 === 0 ? cloth : WHITE_TRIM;
    mesh.polygon([p(x0, 3.15, 0.05), p(x1, 3.15, 0.05), p(x1, 2.5, 1.7), p(x0, 2.5, 1.7)], material);
    mesh.polygon([p(x0, 2.5, 1.7), p(x1, 2.5, 1.7), p(x1, 2.25, 1.7), p(x0, 2.25, 1.7)], material);
  }
}
