/** The pattern of each material at a point: masonry, tiles, boards, leaves. Sizes in meters. */
import { clamp, smoothstep } from "../color.ts";
import type { Noise } from "../noise.ts";
import type { Material } from "./mesh.ts";

/** A number in 0..1 that belongs to a cell of a grid. */
function cell(i: number, j: number): number {
  let bits = Math.imul(i | 0, 0x27d4eb2d) ^ Math.imul(j | 0, 0x165667b1);
  bits = Math.imul(bits ^ (bits >>> 15), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return ((bits ^ (bits >>> 16)) >>> 0) / 4294967296;
}

/** Rows of blocks, each shifted by half a block: brightness about 1, `joint` in the joints. */
function masonry(u: number, v: number, width: number, height: number, joint: number, spread: number): number {
  const row = Math.floor(v / height);
  const place = u / width + (row & 1) * 0.5;
  const column = Math.floor(place);
  const dx = Math.min(place - column, 1 - place + column) * width;
  const dy = Math.min(v / height - row, 1 - v / height + row) * height;
  const tone = 1 + spread * (cell(column, row) - 0.5);
  return Math.min(dx, dy) < 0.03 ? joint * tone : tone;
}

/**
 * Writes the color (linear reflectance) of a material into `out`.
 * @param x,y,z the point
 * @param nx,ny,nz unit normal of the surface there
 */
export function paintSurface(
  out: Float64Array,
  material: Material,
  noise: Noise,
  x: number,
  y: number,
  z: number,
  nx: number,
  ny: number,
  nz: number,
): void {
  // u runs level along the surface, v up its slope; on level ground they are x and z.
  const level = Math.abs(ny) > 0.95;
  const run = Math.sqrt(nx * nx + nz * nz) || 1;
  const u = level ? x : (x * nz - z * nx) / run;
  const v = level ? z : y / run;
  let tone = 1;
  // Share of a second color: damp, moss or dry grass.
  let second = 0;
  switch (material.pattern) {
    case "plaster":
      tone = 1 + 0.17 * noise.fractal3(x * 0.5, y * 0.3, z * 0.5, 4) + 0.07 * noise.at3(x * 5, y * 2, z * 5);
      second = 0.4 * smoothstep(3.2, 1.5, y + 0.6 * noise.at3(x, y, z));
      break;
    case "brick":
      tone = masonry(u, v, 0.5, 0.17, 1.25, 0.5) * (1 + 0.2 * noise.fractal3(x * 0.4, y * 0.4, z * 0.4, 3));
      break;
    case "tiles": {
      const row = Math.floor(v / 0.34);
      const column = Math.floor(u / 0.26);
      const lip = smoothstep(0.3, 0, v / 0.34 - row);
      tone = (1 + 0.42 * (cell(column, row) - 0.5)) * (1 - 0.35 * lip) * (0.92 + 0.14 * Math.sin((u / 0.26) * 6.283));
      tone *= 1 + 0.25 * noise.fractal3(x * 0.35, y * 0.35, z * 0.35, 3);
      second = 0.3 * smoothstep(0.1, 0.6, noise.fractal3(x * 0.5 + 9, y * 0.5, z * 0.5, 3));
      break;
    }
    case "planks": {
      const board = Math.floor(v / 0.24);
      const gap = v / 0.24 - board < 0.08 ? 0.35 : 1;
      tone = gap * (1 + 0.4 * (cell(board, 3) - 0.5)) * (1 + 0.22 * noise.at2(u * 1.3 + board * 5, v * 26));
      break;
    }
    case "timber":
      tone = 1 + 0.3 * noise.at3(x * 22, y * 0.9, z * 22) + 0.2 * noise.at3(x * 7, y * 2, z * 7);
      second = 0.8 * smoothstep(0.6, 0.1, y + 0.2 * noise.at3(x * 3, y, z * 3));
      break;
    case "stone":
      tone = masonry(u, v, 1.1, 0.48, 0.55, 0.35) * (1 + 0.25 * noise.fractal3(x * 0.8, y * 0.8, z * 0.8, 4));
      second = 0.85 * smoothstep(0.85, 0.25, y + 0.25 * noise.at3(x, y, z));
      break;
    case "cobbles":
      tone = masonry(u, v, 0.28, 0.22, 0.7, 0.4) * (1 + 0.25 * noise.fractal3(x * 0.3, y, z * 0.3, 4));
      break;
    case "grass":
      tone =
        (1 + 0.5 * noise.fractal2(x * 0.03, z * 0.03, 5)) *
        (1 - 0.45 * smoothstep(0.05, 0.2, noise.fractal2(x * 0.009, z * 0.005, 4)));
      second = smoothstep(0, 0.4, noise.fractal2(x * 0.011 + 7, z * 0.011, 4));
      break;
    case "leaves":
      tone =
        0.75 +
        0.5 * cell(Math.floor(x * 2.1 + y), Math.floor(z * 2.1 - y)) +
        0.3 * noise.at3(x * 0.4, y * 0.4, z * 0.4);
      break;
    case "cloth":
      tone =
        (1 + 0.2 * noise.fractal3(x * 0.5, y * 0.5, z * 0.5, 3)) * (y / 1.1 - Math.floor(y / 1.1) < 0.05 ? 0.86 : 1);
      break;
    default:
      tone = 1 + 0.05 * noise.at3(x * 1.7, y * 1.7, z * 1.7);
  }
  const mossy = material.pattern === "grass" ? 1 : material.pattern === "stone" ? 0.35 : 0.6;
  const [r, g, b] = material.color;
  const gray = (r + g + b) / 3;
  const share = clamp(second, 0, 1);
  out[0] = tone * (r + share * (gray * (material.pattern === "grass" ? 1.7 : mossy) - r));
  out[1] = tone * (g + share * (gray * (material.pattern === "grass" ? 1.35 : mossy * 1.15) - g));
  out[2] = tone * (b + share * (gray * (material.pattern === "grass" ? 0.55 : mossy * 0.8) - b));
}
