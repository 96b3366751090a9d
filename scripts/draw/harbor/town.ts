/** The town: two rows of houses round the basin, the church behind them, the quay, lamps, people. */
import { between, pick, type Random } from "../random.ts";
import { buildChurch } from "./church.ts";
import { buildHouse } from "./house.ts";
import { CLAY_TILES, DARK_WOOD, IRON, LAMPLIT, matter, OLD_TILES, PAVING, SLATE, STONE } from "./materials.ts";
import type { Mesh } from "./mesh.ts";
import type { Gable, House } from "./plan.ts";
import { at, type Frame, upright, type Vec } from "./vector.ts";

const QUAY_HEIGHT = 1.5;
/** Where the fronts of the left row (x) and of the far row (z) stand, and how wide the quay before them is. */
const LEFT_ROW = -17;
const FAR_ROW = 68;
const QUAY_WIDTH = 7;
/** Where the far row ends on the right. */
const ROW_END = 15;

const WORLD: Frame = { origin: [0, 0, 0], x: [1, 0, 0], y: [0, 1, 0], z: [0, 0, 1] };

const WALLS = ["d3ab62", "b8664f", "e2d3b6", "8ba3ae", "cf967c", "b4bb9e", "e6dcc9", "95564a", "dcc08c", "98aea6"];
const SHUTTERS = [matter("plain", "2f5d50"), matter("plain", "35557a"), matter("plain", "7a2f2a"), undefined];
const AWNINGS = [matter("cloth", "b5372c"), matter("cloth", "2f6f6a"), matter("cloth", "d08a2c")];
const COPING = matter("plain", "b5aa98");
const TIMBER = matter("plain", "3f2b20");

interface Plot {
  width: number;
  floors: number;
  gable: Gable;
  /** Index of WALLS. */
  wall: number;
  brick?: boolean;
  timber?: boolean;
}

const LEFT_PLOTS: readonly Plot[] = [
  { width: 8, floors: 3, gable: "stepped", wall: 7, brick: true },
  { width: 7, floors: 3, gable: "plain", wall: 2, timber: true },
  { width: 9, floors: 3, gable: "none", wall: 0 },
  { width: 6.5, floors: 4, gable: "bell", wall: 3 },
  { width: 7.5, floors: 3, gable: "plain", wall: 4 },
];

const FAR_PLOTS: readonly Plot[] = [
  { width: 6, floors: 3, gable: "bell", wall: 1 },
  { width: 7.2, floors: 3, gable: "plain", wall: 6, timber: true },
  { width: 5.4, floors: 4, gable: "stepped", wall: 8 },
  { width: 8.6, floors: 2, gable: "none", wall: 9 },
  { width: 5.8, floors: 3, gable: "plain", wall: 0 },
  { width: 6.4, floors: 3, gable: "stepped", wall: 7, brick: true },
];

function planned(plot: Plot, index: number, random: Random): House {
  return {
    width: plot.width,
    depth: between(random, 10, 13),
    floors: plot.floors,
    gable: plot.gable,
    wall: matter(plot.brick ? "brick" : "plaster", WALLS[plot.wall]),
    roof: [CLAY_TILES, OLD_TILES, CLAY_TILES, SLATE][index % 4],
    shutters: plot.timber || plot.brick ? undefined : pick(random, SHUTTERS),
    timber: plot.timber ? TIMBER : undefined,
    awning: index % 3 === 1 ? pick(random, AWNINGS) : undefined,
  };
}

/** Builds everything on land on the near side of the hills. */
export function buildTown(mesh: Mesh, random: Random): void {
  buildQuay(mesh);
  let z = 31;
  for (const [i, plot] of LEFT_PLOTS.entries()) {
    const frame: Frame = { origin: [LEFT_ROW, QUAY_HEIGHT, z], x: [0, 0, 1], y: [0, 1, 0], z: [1, 0, 0] };
    buildHouse(mesh, frame, planned(plot, i, random), random);
    z += plot.width + 0.05;
  }
  let x = ROW_END - FAR_PLOTS.reduce((sum, plot) => sum + plot.width + 0.05, 0);
  for (const [i, plot] of FAR_PLOTS.entries()) {
    const frame: Frame = { origin: [x, QUAY_HEIGHT, FAR_ROW], x: [1, 0, 0], y: [0, 1, 0], z: [0, 0, -1] };
    buildHouse(mesh, frame, planned(plot, i + 2, random), random);
    x += plot.width + 0.05;
  }
  buildChurch(mesh, [-2.6, QUAY_HEIGHT + 1, 92]);
  for (const place of [
    [-11.4, 34],
    [-11.4, 46],
    [-11.4, 57],
    [-4, 62.6],
    [6, 62.6],
    [14.4, 62.6],
  ]) {
    buildLamp(mesh, [place[0], QUAY_HEIGHT, place[1]]);
  }
  for (let i = 0; i < 16; i++) {
    const left = i % 2 === 0;
    const spot: Vec = left
      ? [between(random, -15.6, -11.6), QUAY_HEIGHT, between(random, 31, 58)]
      : [between(random, -11, 14), QUAY_HEIGHT, between(random, 62.5, 66.5)];
    buildPerson(mesh, spot, random);
  }
}

function buildQuay(mesh: Mesh): void {
  const edge = LEFT_ROW + QUAY_WIDTH;
  const front = FAR_ROW - QUAY_WIDTH;
  const blocks: readonly [Vec, Vec][] = [
    [
      [-90, -1, 4],
      [edge, QUAY_HEIGHT - 0.05, 140],
    ],
    [
      [edge, -1, front],
      [ROW_END + 4, QUAY_HEIGHT - 0.05, 140],
    ],
  ];
  for (const [low, high] of blocks) mesh.box(WORLD, low, high, STONE);
  mesh.polygon(
    [
      [-90, QUAY_HEIGHT, 4],
      [edge, QUAY_HEIGHT, 4],
      [edge, QUAY_HEIGHT, 140],
      [-90, QUAY_HEIGHT, 140],
    ],
    PAVING,
  );
  mesh.polygon(
    [
      [edge, QUAY_HEIGHT, front],
      [ROW_END + 4, QUAY_HEIGHT, front],
      [ROW_END + 4, QUAY_HEIGHT, 140],
      [edge, QUAY_HEIGHT, 140],
    ],
    PAVING,
  );
  // Coping stones, bollards, ladders and timber fenders along both edges.
  mesh.box(WORLD, [edge - 0.5, QUAY_HEIGHT - 0.05, 4], [edge + 0.12, QUAY_HEIGHT + 0.18, front], COPING);
  mesh.box(
    WORLD,
    [edge - 0.5, QUAY_HEIGHT - 0.05, front - 0.12],
    [ROW_END + 4.1, QUAY_HEIGHT + 0.18, front + 0.5],
    COPING,
  );
  for (let z = 22; z < front; z += 5.5) {
    mesh.tube([edge - 0.8, QUAY_HEIGHT, z], [edge - 0.8, QUAY_HEIGHT + 0.75, z], 0.22, 0.26, IRON, 8);
    mesh.tube([edge + 0.15, -0.3, z + 2], [edge + 0.15, QUAY_HEIGHT, z + 2], 0.16, 0.16, DARK_WOOD);
  }
  for (let x = edge + 4; x < ROW_END + 3; x += 5) {
    mesh.tube([x, QUAY_HEIGHT, front + 0.8], [x, QUAY_HEIGHT + 0.75, front + 0.8], 0.22, 0.26, IRON, 8);
    mesh.tube([x + 2, -0.3, front - 0.15], [x + 2, QUAY_HEIGHT, front - 0.15], 0.16, 0.16, DARK_WOOD);
  }
}

function buildLamp(mesh: Mesh, foot: Vec): void {
  const [x, y, z] = foot;
  mesh.tube(foot, [x, y + 3.4, z], 0.09, 0.06, IRON);
  mesh.tube(foot, [x, y + 0.6, z], 0.18, 0.12, IRON);
  mesh.turned(
    [x, y + 3.4, z],
    [
      [0.12, 0],
      [0.26, 0.6],
    ],
    LAMPLIT,
    6,
  );
  mesh.turned(
    [x, y + 4, z],
    [
      [0.34, 0],
      [0.02, 0.35],
    ],
    IRON,
    6,
  );
}

function buildPerson(mesh: Mesh, foot: Vec, random: Random): void {
  const coat = matter("plain", pick(random, ["3a4a63", "7a3b34", "cfc3ae", "3a3a42", "9a7742", "55694a"]));
  const trousers = matter("plain", pick(random, ["2a2d36", "4a4238", "343f52"]));
  const skin = matter("plain", "c09274");
  const tall = between(random, 0.92, 1.06);
  const frame = upright(foot, between(random, 0, 6.28));
  const p = (x: number, y: number, z: number) => at(frame, x * tall, y * tall, z * tall);
  for (const s of [-1, 1]) {
    mesh.tube(p(s * 0.1, 0.85, 0), p(s * 0.12, 0, s * 0.16), 0.1, 0.07, trousers);
    mesh.tube(p(s * 0.22, 1.4, 0), p(s * 0.3, 0.85, s * -0.1), 0.075, 0.055, coat);
  }
  mesh.tube(p(0, 0.75, 0), p(0, 1.47, 0), 0.19, 0.2, coat, 8);
  mesh.turned(
    p(0, 1.45, 0),
    [
      [0.07, 0],
      [0.08, 0.09],
      [0.12, 0.15],
      [0.12, 0.24],
      [0.06, 0.31],
      [0, 0.32],
    ],
    skin,
    8,
  );
  mesh.turned(
    p(0, 1.67, 0),
    [
      [0.13, 0],
      [0.12, 0.08],
      [0, 0.12],
    ],
    trousers,
    8,
  );
}
