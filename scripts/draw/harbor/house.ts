/** Town houses: walls, gables, roofs, dormers, chimneys. */
import { between, type Random } from "../random.ts";
import { buildFront, buildWindow } from "./facade.ts";
import { STONE, WHITE_TRIM } from "./materials.ts";
import type { Mesh } from "./mesh.ts";
import { gableHeight, gableShape, type House, wallHeight } from "./plan.ts";
import { at, type Frame } from "./vector.ts";

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
  mesh.box(
    frame,
    [chimney - 0.1, top, -house.depth * 0.6 - 0.1],
    [chimney + 0.9, top + 0.2, -house.depth * 0.6 + 0.9],
    STONE,
  );
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
      mesh.polygon(
        [corner(s * low, y0, 0), corner(s * high, y1, 0), corner(s * high, y1, -0.4), corner(s * low, y0, -0.4)],
        edge,
      );
      if (house.gable === "bell") {
        mesh.line([corner(s * low, y0, 0), corner(s * high, y1, 0)], 0.16, WHITE_TRIM);
      }
    }
    if (stepped)
      mesh.box(frame, [middle - low - 0.12, y1 - 0.16, -0.5], [middle + low + 0.12, y1 + 0.06, 0.14], WHITE_TRIM);
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
    if (over > 0)
      mesh.polygon([foot(over, -0.05), crest(over, -0.05), crest(over, 0.22), foot(over, 0.22)], WHITE_TRIM);
  }
}

/** A roof whose slope faces the viewer, with dormers. */
function buildSlope(mesh: Mesh, frame: Frame, house: House, eaves: number, random: Random): void {
  const rise = Math.min(house.depth * 0.42, 4.2);
  const back = house.depth / 2;
  const side = 0.25;
  const p = (x: number, y: number, z: number) => at(frame, x, eaves + y, z);
  const w = house.width;
  mesh.polygon(
    [p(-side, -0.2, 0.45), p(w + side, -0.2, 0.45), p(w + side, rise, -back), p(-side, rise, -back)],
    house.roof,
  );
  mesh.polygon(
    [p(-side, -0.2, -house.depth), p(w + side, -0.2, -house.depth), p(w + side, rise, -back), p(-side, rise, -back)],
    house.roof,
  );
  for (const x of [0, w]) mesh.polygon([p(x, 0, 0), p(x, rise, -back), p(x, 0, -house.depth)], house.wall);
  mesh.box(frame, [-side, eaves - 0.34, 0.02], [w + side, eaves - 0.16, 0.5], WHITE_TRIM);
  const dormers = Math.max(1, Math.round(w / 3.6));
  for (let i = 0; i < dormers; i++) {
    const x = ((i + 0.5) / dormers) * w - 0.75;
    const z = -back * 0.3;
    const y = rise * 0.3 - 0.15;
    mesh.box(frame, [x, eaves + y - 0.5, -back * 0.8], [x + 1.5, eaves + y + 1.4, z], WHITE_TRIM);
    buildWindow(mesh, frame, x + 0.75, eaves + y + 0.15, z, 0.85, 1.05, random);
    for (const s of [-1, 1]) {
      const eave = (zz: number) => p(x + 0.75 + s * 0.98, y + 1.28, zz);
      const crest = (zz: number) => p(x + 0.75, y + 2.05, zz);
      mesh.polygon([eave(z + 0.2), crest(z + 0.2), crest(-back * 0.95), eave(-back * 0.95)], house.roof);
    }
    mesh.triangle(p(x - 0.1, y + 1.35, z), p(x + 1.6, y + 1.35, z), p(x + 0.75, y + 2, z), WHITE_TRIM);
  }
}
