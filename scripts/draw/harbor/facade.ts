/** The fronts of the houses: windows with frames and shutters, doors, half-timbering, awnings. */
import { pick, type Random } from "../random.ts";
import { CLAY_TILES, DARK_WOOD, IRON, LAMPLIT, PANE, STONE, WHITE_TRIM } from "./materials.ts";
import type { Material, Mesh } from "./mesh.ts";
import { FLOOR, GROUND_FLOOR, gableHeight, type House, wallHeight } from "./plan.ts";
import { at, type Frame, type Vec } from "./vector.ts";

/** A window whose sill's middle is at (x, y), with frame and cross bars, in the plane `z` of the wall. */
export function buildWindow(
  mesh: Mesh,
  frame: Frame,
  x: number,
  y: number,
  z: number,
  w: number,
  h: number,
  random: Random,
): void {
  const pane = random() < 0.12 ? LAMPLIT : PANE;
  const bar = 0.09;
  const box = (x0: number, y0: number, x1: number, y1: number, depth: number, material: Material) =>
    mesh.box(frame, [x + x0, y + y0, z - 0.02], [x + x1, y + y1, z + depth], material);
  const h2 = w / 2;
  mesh.polygon(
    (
      [
        [-h2, 0],
        [h2, 0],
        [h2, h],
        [-h2, h],
      ] as const
    ).map(([px, py]) => at(frame, x + px, y + py, z + 0.02)),
    pane,
  );
  box(-h2 - bar, 0, -h2 + 0.02, h, 0.1, WHITE_TRIM);
  box(h2 - 0.02, 0, h2 + bar, h, 0.1, WHITE_TRIM);
  box(-h2 - bar, h - 0.02, h2 + bar, h + 0.14, 0.12, WHITE_TRIM);
  box(-h2 - 0.18, -0.14, h2 + 0.18, 0, 0.22, WHITE_TRIM);
  box(-0.035, 0, 0.035, h, 0.06, WHITE_TRIM);
  box(-h2, h * 0.6, h2, h * 0.6 + 0.07, 0.06, WHITE_TRIM);
}

/** Puts windows and a door into the front of a house, and what its plan adds: shutters, timbers, an awning. */
export function buildFront(mesh: Mesh, frame: Frame, house: House, random: Random): void {
  const bays = Math.max(2, Math.round(house.width / 2.2));
  const pitch = house.width / bays;
  const doorBay = Math.floor(random() * bays);
  for (let floor = 0; floor < house.floors; floor++) {
    const base = floor === 0 ? 0.95 : GROUND_FLOOR + FLOOR * (floor - 1) + 0.75;
    for (let bay = 0; bay < bays; bay++) {
      const x = (bay + 0.5) * pitch;
      if (floor === 0 && bay === doorBay) buildDoor(mesh, frame, x, random);
      else if (floor === 0) buildWindow(mesh, frame, x, base, 0, Math.min(1.5, pitch - 0.6), 1.7, random);
      else {
        buildWindow(mesh, frame, x, base, 0, 0.95, 1.6, random);
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
  if (house.width > 6)
    for (const s of [-1, 1]) buildWindow(mesh, frame, house.width / 2 + s * 0.95, y, 0, 0.85, 1.35, random);
  else buildWindow(mesh, frame, house.width / 2, y, 0, 0.9, 1.35, random);
  if (height > 3.9) buildWindow(mesh, frame, house.width / 2, y + 2.05, 0, 0.6, 0.7, random);
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
    for (const [x0, x1] of [
      [0.1, pitch * 0.32],
      [house.width - 0.1, house.width - pitch * 0.32],
    ]) {
      mesh.tube(at(frame, x0, y0 + 0.1, 0.02), at(frame, x1, y0 + FLOOR, 0.02), 0.1, 0.1, timber, 4);
    }
  }
  const half = house.width / 2;
  const rise = gableHeight(house);
  for (const t of [0.12, 0.5]) {
    mesh.box(
      frame,
      [half * t + 0.1, top + rise * t - 0.11, 0],
      [house.width - half * t - 0.1, top + rise * t + 0.11, 0.09],
      timber,
    );
  }
  for (const s of [-1, 1]) {
    mesh.tube(
      at(frame, half + s * half * 0.95, top + 0.1, 0.02),
      at(frame, half, top + rise - 0.1, 0.02),
      0.12,
      0.12,
      timber,
      4,
    );
    mesh.box(
      frame,
      [half + s * 2 - 0.1, top, 0],
      [half + s * 2 + 0.1, top + rise * (1 - 2 / half) - 0.1, 0.08],
      timber,
    );
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
