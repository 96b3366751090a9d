/** Triangles with materials, and the shapes that the scene is built from. */
import type { Color } from "../color.ts";
import { add, at, cross, type Frame, subtract, times, unit, type Vec } from "./vector.ts";

/** Patterns that surface.ts can paint. */
export type Pattern =
  | "plain"
  | "plaster"
  | "brick"
  | "tiles"
  | "planks"
  | "timber"
  | "stone"
  | "cobbles"
  | "grass"
  | "leaves"
  | "glass"
  | "cloth";

/** What a surface is made of. */
export interface Material {
  pattern: Pattern;
  /** Share of light sent back, linear. */
  color: Color;
  /** Share of the mirror image seen face on, default 0: 0.04 for varnish. */
  gloss?: number;
  /** Light of its own, linear. */
  glow?: Color;
}

/** Collects the triangles of a scene. Both sides of a triangle are visible. */
export class Mesh {
  /** Nine numbers per triangle. */
  readonly vertices: number[] = [];
  /** Per triangle, an index of {@link materials}. */
  readonly owners: number[] = [];
  readonly materials: Material[] = [];
  private readonly ids = new Map<Material, number>();

  triangle(a: Vec, b: Vec, c: Vec, material: Material): void {
    let id = this.ids.get(material);
    if (id === undefined) {
      id = this.materials.push(material) - 1;
      this.ids.set(material, id);
    }
    this.vertices.push(...a, ...b, ...c);
    this.owners.push(id);
  }

  /** A convex polygon, its corners in order. */
  polygon(corners: readonly Vec[], material: Material): void {
    for (let i = 2; i < corners.length; i++) this.triangle(corners[0], corners[i - 1], corners[i], material);
  }

  /** A box between two opposite corners, given in a frame. */
  box(frame: Frame, low: Vec, high: Vec, material: Material): void {
    const corner = (i: number) =>
      at(frame, i & 1 ? high[0] : low[0], i & 2 ? high[1] : low[1], i & 4 ? high[2] : low[2]);
    const sides = [
      [0, 1, 3, 2],
      [4, 5, 7, 6],
      [0, 1, 5, 4],
      [2, 3, 7, 6],
      [0, 2, 6, 4],
      [1, 3, 7, 5],
    ];
    for (const side of sides) this.polygon(side.map(corner), material);
  }

  /** A round bar from a to b, whose radius goes from `start` to `end`; closed at b. */
  tube(a: Vec, b: Vec, start: number, end: number, material: Material, sides = 6): void {
    const axis = unit(subtract(b, a));
    const u = unit(cross(axis, Math.abs(axis[1]) > 0.9 ? [1, 0, 0] : [0, 1, 0]));
    const w = cross(axis, u);
    const ring = (center: Vec, radius: number, i: number) => {
      const angle = (2 * Math.PI * i) / sides;
      return add(center, add(times(u, radius * Math.cos(angle)), times(w, radius * Math.sin(angle))));
    };
    for (let i = 0; i < sides; i++) {
      this.polygon([ring(a, start, i), ring(a, start, i + 1), ring(b, end, i + 1), ring(b, end, i)], material);
      if (end > 0.03) this.triangle(b, ring(b, end, i), ring(b, end, i + 1), material);
    }
  }

  /** A rope or rail through points. */
  line(points: readonly Vec[], radius: number, material: Material, sides = 4): void {
    for (let i = 1; i < points.length; i++) this.tube(points[i - 1], points[i], radius, radius, material, sides);
  }

  /** A surface through a grid of points, `rows[i][j]`. */
  sheet(rows: readonly (readonly Vec[])[], material: Material): void {
    for (let i = 1; i < rows.length; i++) {
      for (let j = 1; j < rows[i].length; j++) {
        this.polygon([rows[i - 1][j - 1], rows[i - 1][j], rows[i][j], rows[i][j - 1]], material);
      }
    }
  }

  /** A surface of revolution about a vertical axis through `center`: (radius, height above center) from bottom to top. */
  turned(center: Vec, profile: readonly (readonly [number, number])[], material: Material, sides = 16): void {
    const rows = profile.map(([radius, height]) =>
      Array.from({ length: sides + 1 }, (_, i) => {
        const angle = (2 * Math.PI * i) / sides;
        return add(center, [radius * Math.cos(angle), height, radius * Math.sin(angle)]);
      }),
    );
    this.sheet(rows, material);
  }
}
