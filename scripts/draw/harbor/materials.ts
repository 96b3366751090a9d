/** The materials that several things share. */
import { hex, toLinear } from "../color.ts";
import type { Material, Pattern } from "./mesh.ts";

/** A material of an sRGB color. */
export function matter(pattern: Pattern, code: string, gloss?: number): Material {
  return { pattern, color: toLinear(hex(code)), gloss };
}

export const WHITE_TRIM = matter("plain", "ddd5c4");
export const DARK_WOOD = matter("planks", "4a4036");
export const PALE_WOOD = matter("planks", "9a7b57");
export const SPAR = matter("plain", "b5834a", 0.03);
export const ROPE = matter("plain", "6b5a44");
export const IRON = matter("plain", "24262a", 0.05);
export const PANE: Material = { ...matter("glass", "1b232b"), gloss: 0.16 };
export const LAMPLIT: Material = { ...matter("glass", "6b4a22"), gloss: 0.08, glow: [1.15, 0.62, 0.2] };
export const STONE = matter("stone", "a0978a");
export const PAVING = matter("cobbles", "a3978a");
export const CLAY_TILES = matter("tiles", "a05a3e");
export const OLD_TILES = matter("tiles", "84503f");
export const SLATE = matter("tiles", "565d68");
export const COPPER = matter("plain", "6fa390");
