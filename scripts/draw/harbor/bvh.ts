/** Finds what a ray hits, with a tree of boxes and the ray-triangle test of Moeller and Trumbore (1997). */
import { buildTree, type Tree } from "./tree.ts";

/** The triangles of a scene, arranged for fast intersection. */
export class Bvh {
  /** Distance to, and number of, the triangle that the last successful {@link nearest} found. */
  distance = 0;
  triangle = -1;

  private readonly tree: Tree;
  /** Per triangle in the order of the leaves: a corner and the two edges from it. */
  private readonly corners: Float64Array;
  private readonly stack = new Int32Array(128);

  /** @param vertices nine numbers per triangle */
  constructor(vertices: ArrayLike<number>) {
    this.tree = buildTree(vertices);
    const { order } = this.tree;
    this.corners = new Float64Array(9 * order.length);
    for (let i = 0; i < this.corners.length; i++) {
      const from = 9 * order[Math.floor(i / 9)];
      const k = i % 9;
      this.corners[i] = vertices[from + k] - (k < 3 ? 0 : vertices[from + (k % 3)]);
    }
  }

  /** Looks for the nearest triangle within `limit` along a ray; see {@link distance} and {@link triangle}. */
  nearest(ox: number, oy: number, oz: number, dx: number, dy: number, dz: number, limit: number): boolean {
    return this.search(ox, oy, oz, dx, dy, dz, limit, false);
  }

  /** Whether any triangle lies within `limit` along a ray. */
  blocked(ox: number, oy: number, oz: number, dx: number, dy: number, dz: number, limit: number): boolean {
    return this.search(ox, oy, oz, dx, dy, dz, limit, true);
  }

  /** Walks the tree, nearer children first; `any` stops at the first triangle. */
  private search(
    ox: number,
    oy: number,
    oz: number,
    dx: number,
    dy: number,
    dz: number,
    limit: number,
    any: boolean,
  ): boolean {
    const { bounds, link, size, axis, order } = this.tree;
    const { stack } = this;
    const ix = 1 / dx;
    const iy = 1 / dy;
    const iz = 1 / dz;
    const backward = [dx < 0, dy < 0, dz < 0];
    let best = limit;
    let found = -1;
    let depth = 0;
    stack[depth++] = 0;
    while (depth > 0) {
      const node = stack[--depth];
      const b = 6 * node;
      const x0 = (bounds[b] - ox) * ix;
      const x1 = (bounds[b + 3] - ox) * ix;
      const y0 = (bounds[b + 1] - oy) * iy;
      const y1 = (bounds[b + 4] - oy) * iy;
      const z0 = (bounds[b + 2] - oz) * iz;
      const z1 = (bounds[b + 5] - oz) * iz;
      const enter = Math.max(Math.min(x0, x1), Math.min(y0, y1), Math.min(z0, z1));
      const leave = Math.min(Math.max(x0, x1), Math.max(y0, y1), Math.max(z0, z1));
      if (leave < enter || leave <= 0 || enter >= best) continue;
      if (size[node] === 0) {
        const rightFirst = backward[axis[node]];
        stack[depth++] = rightFirst ? node + 1 : link[node];
        stack[depth++] = rightFirst ? link[node] : node + 1;
        continue;
      }
      for (let i = link[node]; i < link[node] + size[node]; i++) {
        const t = this.meet(i, ox, oy, oz, dx, dy, dz);
        if (t >= best) continue;
        if (any) return true;
        best = t;
        found = i;
      }
    }
    if (found < 0) return false;
    this.distance = best;
    this.triangle = order[found];
    return true;
  }

  /** Distance at which a ray meets the i-th triangle, Infinity where it does not. */
  private meet(i: number, ox: number, oy: number, oz: number, dx: number, dy: number, dz: number): number {
    const { corners } = this;
    const c = 9 * i;
    const ex = corners[c + 3];
    const ey = corners[c + 4];
    const ez = corners[c + 5];
    const fx = corners[c + 6];
    const fy = corners[c + 7];
    const fz = corners[c + 8];
    const px = dy * fz - dz * fy;
    const py = dz * fx - dx * fz;
    const pz = dx * fy - dy * fx;
    const inverse = 1 / (ex * px + ey * py + ez * pz);
    const tx = ox - corners[c];
    const ty = oy - corners[c + 1];
    const tz = oz - corners[c + 2];
    const u = (tx * px + ty * py + tz * pz) * inverse;
    // Written so that the NaN of a degenerate triangle is a miss.
    if (!(u >= 0 && u <= 1)) return Infinity;
    const qx = ty * ez - tz * ey;
    const qy = tz * ex - tx * ez;
    const qz = tx * ey - ty * ex;
    const v = (dx * qx + dy * qy + dz * qz) * inverse;
    if (!(v >= 0 && u + v <= 1)) return Infinity;
    const t = (fx * qx + fy * qy + fz * qz) * inverse;
    return t > 1e-4 ? t : Infinity;
  }
}
