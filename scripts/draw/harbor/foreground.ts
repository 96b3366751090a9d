/** The near side of the basin: a wooden jetty with its clutter, piles in the water. */
import { between, type Random } from "../random.ts";
import { DARK_WOOD, IRON, matter, PALE_WOOD, ROPE } from "./materials.ts";
import type { Mesh } from "./mesh.ts";
import { type Frame, upright, type Vec } from "./vector.ts";

const DECK = 1.35;

function buildPile(mesh: Mesh, x: number, z: number, top: number): void {
  mesh.tube([x, -1, z], [x, top, z], 0.19, 0.17, DARK_WOOD, 10);
  mesh.turned(
    [x, top, z],
    [
      [0.17, 0],
      [0.1, 0.08],
      [0, 0.1],
    ],
    PALE_WOOD,
    10,
  );
}

function buildBarrel(mesh: Mesh, foot: Vec): void {
  const wood = matter("timber", "8c6038");
  mesh.turned(
    foot,
    [
      [0.3, 0],
      [0.38, 0.25],
      [0.4, 0.48],
      [0.38, 0.7],
      [0.3, 0.95],
      [0, 0.94],
    ],
    wood,
    16,
  );
  for (const y of [0.14, 0.32, 0.63, 0.8])
    mesh.turned(
      foot,
      [
        [0.392 - 0.35 * Math.abs(y - 0.48) ** 1.6, y],
        [0.395 - 0.35 * Math.abs(y - 0.48) ** 1.6, y + 0.06],
      ],
      IRON,
      16,
    );
}

/** A line that hangs between two points. */
export function hang(a: Vec, b: Vec, sag: number): Vec[] {
  return Array.from({ length: 13 }, (_, i) => {
    const t = i / 12;
    return [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t - 4 * sag * t * (1 - t), a[2] + (b[2] - a[2]) * t];
  });
}

/** Builds the foreground. */
export function buildForeground(mesh: Mesh, random: Random): void {
  // The jetty comes in from the lower right and runs away from the viewer.
  const frame: Frame = upright([5.6, 0, 11], 0.1);
  const width = 3.4;
  const length = 9.5;
  const p = (x: number, y: number, z: number): Vec => [
    frame.origin[0] + frame.x[0] * x + frame.z[0] * z,
    y,
    frame.origin[2] + frame.x[2] * x + frame.z[2] * z,
  ];
  for (let z = -4; z < length; z += 0.26) {
    const shift = between(random, -0.06, 0.06);
    const board = matter("planks", ["8f7a62", "a08a6e", "84705a", "98836a"][Math.floor(random() * 4)]);
    mesh.box(frame, [shift, DECK - 0.07 + 0.3 * shift, z], [width + shift, DECK + 0.3 * shift, z + 0.235], board);
  }
  for (const x of [0.2, width - 0.2])
    mesh.box(frame, [x - 0.1, DECK - 0.35, -4], [x + 0.1, DECK - 0.07, length], DARK_WOOD);
  for (let z = 0.6; z <= length; z += 2.9) {
    for (const x of [-0.15, width + 0.15]) {
      const [px, , pz] = p(x, 0, z);
      buildPile(mesh, px, pz, DECK + (x < 0 ? 0.95 : 0.6));
    }
    mesh.box(frame, [0, DECK - 0.6, z - 0.1], [width, DECK - 0.35, z + 0.1], DARK_WOOD);
  }
  buildBarrel(mesh, p(2.6, DECK, 6.6));
  buildBarrel(mesh, p(2.75, DECK, 5.6));
  const crate = upright(p(2.2, 0, 3.9), 0.35);
  mesh.box(crate, [-0.5, DECK, -0.4], [0.5, DECK + 0.65, 0.4], PALE_WOOD);
  for (const y of [0.08, 0.3, 0.52])
    mesh.box(crate, [-0.53, DECK + y, -0.43], [0.53, DECK + y + 0.05, 0.43], DARK_WOOD);
  const coil = p(1.1, DECK, 3.2);
  const turns: Vec[] = Array.from({ length: 120 }, (_, i) => {
    const angle = i * 0.35;
    const radius = 0.48 - 0.0026 * i;
    return [coil[0] + radius * Math.cos(angle), coil[1] + 0.05 + 0.0008 * i, coil[2] + radius * Math.sin(angle)];
  });
  mesh.line(turns, 0.04, ROPE, 5);
  // A lantern post at the head of the jetty.
  const post = p(width - 0.3, DECK, length - 0.4);
  mesh.tube(post, [post[0], post[1] + 3.1, post[2]], 0.09, 0.07, DARK_WOOD, 8);
  mesh.tube([post[0], post[1] + 2.95, post[2]], [post[0] - 0.75, post[1] + 2.95, post[2]], 0.045, 0.045, IRON);
  mesh.turned(
    [post[0] - 0.7, post[1] + 2.4, post[2]],
    [
      [0.12, 0],
      [0.17, 0.35],
    ],
    { ...matter("glass", "7a5a2c"), glow: [1.3, 0.75, 0.28] },
    6,
  );
  mesh.turned(
    [post[0] - 0.7, post[1] + 2.75, post[2]],
    [
      [0.22, 0],
      [0.03, 0.2],
    ],
    IRON,
    6,
  );
  for (const [x, z, top] of [
    [-8.2, 20, 1.9],
    [-7.7, 20.6, 1.5],
    [-8.4, 27, 1.7],
    [12.6, 27, 2.0],
    [13.2, 27.6, 1.6],
  ])
    buildPile(mesh, x, z, top);
}
