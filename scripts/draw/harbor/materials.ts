/** The materials that several things share. */
import { hex, toLinear } from "../color.ts";
import type { Material, Pattern } from "./mesh.ts";

/** A material of an sRGB color. */
export function matter(pattern: Pattern, code: string, gloss?: number): Material {
  return { pattern, color: toLinear(hex(code)), gloss };
}

/** Painted window frames, cornices, gunwales. */
export const WHITE_TRIM = matter("plain", "ddd5c4");
/** Tarred or weathered posts. */
export const DARK_WOOD = matter("timber", "54483b");
/** Scrubbed decks, boxes, oars. */
export const PALE_WOOD = matter("planks", "9a7b57");
/** Varnished masts and rails. */
export const SPAR = matter("plain", "b5834a", 0.03);
/** Hemp. */
export const ROPE = matter("plain", "8a7759");
/** Black iron: lamps, bollards, hands of the clock. */
export const IRON = matter("plain", "24262a", 0.05);
/** A window with the dark of a room behind. */
export const PANE: Material = { ...matter("glass", "1b232b"), gloss: 0.16 };
/** A window or lantern with a light behind. */
export const LAMPLIT: Material = { ...matter("glass", "6b4a22"), gloss: 0.08, glow: [1.15, 0.62, 0.2] };
/** Cut stone of quays and plinths. */
export const STONE = matter("stone", "a0978a");
/** Cobbles of the quay. */
export const PAVING = matter("cobbles", "a3978a");
/** Red roof tiles. */
export const CLAY_TILES = matter("tiles", "a05a3e");
/** Roof tiles darkened by age. */
export const OLD_TILES = matter("tiles", "84503f");
/** Gray roof slates. */
export const SLATE = matter("tiles", "565d68");
/** Copper with its green patina. */
export const COPPER = matter("plain", "6fa390");
