/** The measures of a house, which its walls, roof and front all go by. */
import type { Material } from "./mesh.ts";

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

/** Height of the ground floor. */
export const GROUND_FLOOR = 3.4;
/** Height of each floor above the ground floor. */
export const FLOOR = 2.9;

/** Half width of a gable (share of the house's) at height `t` (share of the gable's), 0 at its foot. */
export function gableShape(gable: Gable, t: number): number {
  if (gable === "stepped") return 1 - Math.floor(t * 5 + 1e-6) / 5.6;
  if (gable === "bell") return t < 0.12 ? 1 : 0.36 + 0.64 * Math.exp(-(((t - 0.12) / 0.34) ** 2)) - 0.12 * t;
  return 1 - t;
}

/** Height of the eaves above the ground. */
export function wallHeight(house: House): number {
  return GROUND_FLOOR + FLOOR * (house.floors - 1) + 0.3;
}

/** Height of a gable over the eaves. */
export function gableHeight(house: House): number {
  return house.width * (house.gable === "none" ? 0 : house.gable === "plain" ? 0.62 : 0.72);
}
