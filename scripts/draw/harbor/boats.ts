/** Boats: lofted hulls, masts with their rigging, sails set or furled. */
import { DARK_WOOD, matter, PALE_WOOD, PANE, ROPE, SPAR, WHITE_TRIM } from "./materials.ts";
import type { Material, Mesh } from "./mesh.ts";
import { at, type Frame, lerp, upright, type Vec } from "./vector.ts";

/** The colors and measures of a hull: bow toward the frame's x, water at y = 0. Meters. */
export interface Hull {
  length: number;
  beam: number;
  /** Height of the side above the water amidships. */
  side: number;
  paint: Material;
  strake: Material;
  boot: Material;
}

const SAILCLOTH = matter("cloth", "e9dcc0");
const TANNED = matter("cloth", "8a4232");

/** Half of the beam at share `s` of the length, stern 0, bow 1. */
function halfBeam(hull: Hull, s: number): number {
  const shape = s > 0.45 ? 1 - ((s - 0.45) / 0.55) ** 2.3 : 1 - 0.38 * ((0.45 - s) / 0.45) ** 2;
  return (hull.beam / 2) * shape;
}

/** Height of the upper edge of the side at share `s`. */
function sheer(hull: Hull, s: number): number {
  return hull.side * (1 + 1.5 * (s - 0.38) ** 2);
}

/** The point of the hull at share `s` of the length and share `t` of the way from the edge down to the keel. */
function skin(hull: Hull, s: number, t: number, board: number): Vec {
  const y = sheer(hull, s) * (1 - t) - 0.25 * t;
  const width = halfBeam(hull, s) * (1 - 0.3 * t * t - 0.25 * t * t * s);
  const rake = hull.length * (0.07 * s ** 5 - 0.03 * (1 - s) ** 5) * (1 - t);
  return [hull.length * (s - 0.5) + rake, y, board * width];
}

/** Builds a hull with its deck `below` meters under the edge of the side. */
export function buildHull(mesh: Mesh, frame: Frame, hull: Hull, below: number): void {
  const stations = Array.from({ length: 25 }, (_, i) => i / 24);
  const bands: readonly [number, number, Material][] = [
    [0, 0.2, hull.strake],
    [0.2, 0.45, hull.paint],
    [0.45, 0.72, hull.paint],
    [0.72, 1, hull.boot],
  ];
  const place = (p: Vec) => at(frame, p[0], p[1], p[2]);
  for (const board of [-1, 1]) {
    for (const [t0, t1, material] of bands) {
      mesh.sheet(
        [t0, t1].map((t) => stations.map((s) => place(skin(hull, s, t, board)))),
        material,
      );
    }
    mesh.line(
      stations.map((s) => place(skin(hull, s, 0, board))),
      0.06,
      SPAR,
    );
  }
  mesh.sheet(
    [-1, 1].map((board) => [0, 0.2, 0.45, 0.72, 1].map((t) => place(skin(hull, 0, t, board)))),
    hull.paint,
  );
  mesh.sheet(
    [-0.97, 0.97].map((board) =>
      stations.map((s) => place([hull.length * (s - 0.5), sheer(hull, s) - below, board * halfBeam(hull, s)])),
    ),
    PALE_WOOD,
  );
}

/** A sail between four corners (tack, clew, peak, throat), bellied along `bulge`. */
function buildSail(mesh: Mesh, corners: readonly [Vec, Vec, Vec, Vec], bulge: Vec, material: Material): void {
  const n = 26;
  const [tack, clew, peak, throat] = corners;
  const rows = Array.from({ length: n + 1 }, (_, i) =>
    Array.from({ length: n + 1 }, (_, j) => {
      const p = lerp(lerp(tack, clew, j / n), lerp(throat, peak, j / n), i / n);
      const belly = Math.sin((Math.PI * j) / n) * Math.sin(Math.PI * (0.15 + (0.85 * i) / n));
      return [p[0] + bulge[0] * belly, p[1] + bulge[1] * belly, p[2] + bulge[2] * belly] as Vec;
    }),
  );
  mesh.sheet(rows, material);
}

/** A gaff cutter. `sails` says whether they are set, or furled on the boom. */
export function buildCutter(
  mesh: Mesh,
  origin: Vec,
  heading: number,
  hull: Hull,
  sails: "set" | "main" | "furled",
  tan: boolean,
): void {
  const frame = upright(origin, heading);
  const p = (x: number, y: number, z = 0) => at(frame, x, y, z);
  const l = hull.length;
  const deck = hull.side - 0.3;
  const cloth = tan ? TANNED : SAILCLOTH;
  buildHull(mesh, frame, hull, 0.35);
  mesh.box(frame, [-l * 0.22, deck, -hull.beam * 0.24], [l * 0.1, deck + 0.75, hull.beam * 0.24], WHITE_TRIM);
  mesh.box(frame, [-l * 0.23, deck + 0.75, -hull.beam * 0.27], [l * 0.11, deck + 0.85, hull.beam * 0.27], DARK_WOOD);
  for (let i = 0; i < 3; i++) {
    for (const z of [-1, 1]) {
      const x = -l * 0.18 + i * l * 0.09;
      mesh.box(
        frame,
        [x, deck + 0.3, z * hull.beam * 0.24 - 0.02],
        [x + l * 0.05, deck + 0.6, z * hull.beam * 0.24 + 0.02],
        PANE,
      );
    }
  }
  const mast = l * 0.16;
  const top = l * 1.18;
  mesh.tube(p(mast, deck), p(mast, top), 0.15, 0.07, SPAR, 8);
  const bow = p(l * 0.78, hull.side * 1.75);
  mesh.tube(p(l * 0.4, hull.side * 1.4), bow, 0.1, 0.06, SPAR);
  const boomY = hull.side + 1.25;
  const end = -l * 0.5;
  mesh.tube(p(mast, boomY), p(end, boomY + 0.25), 0.09, 0.07, SPAR);
  const throat = p(mast - 0.15, l * 0.78);
  const peak = p(mast - l * 0.42, l * 1.04);
  if (sails !== "furled") {
    mesh.tube(p(mast, l * 0.78), peak, 0.07, 0.05, SPAR);
    buildSail(
      mesh,
      [p(mast - 0.15, boomY + 0.15), p(end + 0.3, boomY + 0.4), peak, throat],
      [frame.z[0] * 0.5, 0, frame.z[2] * 0.5],
      cloth,
    );
  } else {
    mesh.tube(p(mast - 0.3, boomY + 0.28), p(end + 0.5, boomY + 0.45), 0.27, 0.17, cloth, 8);
    mesh.tube(p(mast - 0.2, boomY + 0.75), p(end + 1.2, boomY + 0.75), 0.07, 0.05, SPAR);
  }
  if (sails === "set") {
    const head = p(mast + 0.2, l * 0.98);
    buildSail(
      mesh,
      [p(l * 0.75, hull.side * 1.85), p(mast + 0.4, boomY + 0.1), head, head],
      [frame.z[0] * 0.45, 0, frame.z[2] * 0.45],
      cloth,
    );
  }
  for (const z of [-1, 1]) {
    for (const x of [-0.05, 0.02])
      mesh.line([p(mast + x * l, hull.side, z * hull.beam * 0.47), p(mast, l * 0.95)], 0.022, ROPE, 3);
  }
  mesh.line([bow, p(mast, l * 0.98)], 0.022, ROPE, 3);
  mesh.line([p(l * 0.5, hull.side * 1.5), p(mast, l * 0.8)], 0.022, ROPE, 3);
  mesh.line([p(-l * 0.5, hull.side * 1.2), p(mast, top - 0.2)], 0.022, ROPE, 3);
  mesh.line([p(end + 0.3, boomY + 0.3), p(mast, l * 0.9)], 0.018, ROPE, 3);
  mesh.polygon(
    [p(mast, top + 0.1), p(mast - 1.3, top + 0.25), p(mast - 1.2, top - 0.1), p(mast, top - 0.35)],
    tan ? SAILCLOTH : TANNED,
  );
}

/** A small fishing boat with a wheelhouse forward. */
export function buildTrawler(mesh: Mesh, origin: Vec, heading: number, hull: Hull): void {
  const frame = upright(origin, heading);
  const l = hull.length;
  const p = (x: number, y: number, z = 0) => at(frame, x, y, z);
  buildHull(mesh, frame, hull, 0.4);
  const deck = hull.side - 0.3;
  const b = hull.beam * 0.3;
  mesh.box(frame, [l * 0.02, deck, -b], [l * 0.24, deck + 2.1, b], WHITE_TRIM);
  mesh.box(frame, [0, deck + 2.1, -b - 0.15], [l * 0.26, deck + 2.25, b + 0.15], hull.strake);
  for (const z of [-1, 1]) {
    for (const x of [0.04, 0.135])
      mesh.box(frame, [l * x, deck + 1.2, z * b - 0.03], [l * (x + 0.08), deck + 1.85, z * b + 0.03], PANE);
  }
  mesh.box(frame, [l * 0.015, deck + 1.2, -b * 0.75], [l * 0.025, deck + 1.85, b * 0.75], PANE);
  mesh.box(frame, [l * 0.235, deck + 1.2, -b * 0.75], [l * 0.245, deck + 1.85, b * 0.75], PANE);
  mesh.tube(p(-l * 0.05, deck), p(-l * 0.05, l * 0.75), 0.1, 0.06, SPAR);
  mesh.tube(p(-l * 0.05, deck + 1.4), p(-l * 0.42, deck + 3.3), 0.07, 0.05, SPAR);
  mesh.line([p(-l * 0.42, deck + 3.3), p(-l * 0.05, l * 0.74), p(l * 0.5, hull.side * 1.5)], 0.025, ROPE, 3);
  for (const [x, z, material] of [
    [-0.3, 0.2, TANNED],
    [-0.24, -0.3, PALE_WOOD],
    [-0.36, -0.1, hull.boot],
  ] as const) {
    mesh.box(frame, [l * x, deck, z * hull.beam - 0.35], [l * x + 0.8, deck + 0.55, z * hull.beam + 0.35], material);
  }
}

/** An open rowing boat with thwarts and oars. */
export function buildRowboat(mesh: Mesh, origin: Vec, heading: number, hull: Hull): void {
  const frame = upright(origin, heading);
  const l = hull.length;
  buildHull(mesh, frame, hull, hull.side * 0.75);
  for (const s of [0.2, 0.45, 0.68]) {
    const half = halfBeam(hull, s) * 0.95;
    const x = l * (s - 0.5);
    mesh.box(frame, [x - 0.14, hull.side * 0.66, -half], [x + 0.14, hull.side * 0.76, half], PALE_WOOD);
  }
  for (const z of [-1, 1]) {
    mesh.tube(
      at(frame, -l * 0.34, hull.side * 0.95, z * 0.3),
      at(frame, l * 0.3, hull.side * 0.82, z * 0.22),
      0.035,
      0.035,
      PALE_WOOD,
    );
    mesh.box(
      frame,
      [-l * 0.46, hull.side * 0.93, z * 0.3 - 0.08],
      [-l * 0.33, hull.side * 0.97, z * 0.3 + 0.08],
      PALE_WOOD,
    );
  }
}
