/** Vectors of three numbers. The world has x to the right, y up and z away from the viewer, in meters. */

/** A point or direction. */
export type Vec = readonly [number, number, number];

/** a + b. */
export function add(a: Vec, b: Vec): Vec {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

/** a - b. */
export function subtract(a: Vec, b: Vec): Vec {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

/** The vector times a number. */
export function times(a: Vec, factor: number): Vec {
  return [a[0] * factor, a[1] * factor, a[2] * factor];
}

/** The cross product, perpendicular to both. */
export function cross(a: Vec, b: Vec): Vec {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

/** The vector made one long. */
export function unit(a: Vec): Vec {
  return times(a, 1 / Math.sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2]));
}

/** The point at share `t` of the way from a to b. */
export function lerp(a: Vec, b: Vec, t: number): Vec {
  return [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t];
}

/** A place to build in: an origin and three perpendicular unit vectors. */
export interface Frame {
  origin: Vec;
  x: Vec;
  y: Vec;
  z: Vec;
}

/** World position of the point (x, y, z) of a frame. */
export function at(frame: Frame, x: number, y: number, z: number): Vec {
  const { origin: o, x: u, y: v, z: w } = frame;
  return [
    o[0] + u[0] * x + v[0] * y + w[0] * z,
    o[1] + u[1] * x + v[1] * y + w[1] * z,
    o[2] + u[2] * x + v[2] * y + w[2] * z,
  ];
}

/** A frame that stands upright at `origin`, its x axis turned by `heading` radians from the world's x toward its z. */
export function upright(origin: Vec, heading: number): Frame {
  const c = Math.cos(heading);
  const s = Math.sin(heading);
  return { origin, x: [c, 0, s], y: [0, 1, 0], z: [-s, 0, c] };
}
