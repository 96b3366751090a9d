/**
 * Swirling vector fields. A field is the curl of a stream function: strokes that follow it run along the function's
 * level lines, so that coloring by level gives bands that flow with the strokes.
 */

/** A whirl round a point. Positive strength turns counterclockwise on the screen (y points down). */
export interface Vortex {
  x: number;
  y: number;
  /** Distance from the center at which the rotation is fastest. */
  radius: number;
  /** Speed there, the wind being about 1. */
  strength: number;
}

/** A height at each point of the plane. */
export type StreamFunction = (x: number, y: number) => number;

/**
 * The stream function of a whirl: its slope at distance r is strength * q * exp(1 - q), q = r / radius, so that it is
 * smooth in the center and fades out beyond a few radii.
 */
export function vortexStream(vortex: Vortex): StreamFunction {
  const height = -vortex.strength * vortex.radius;
  return (x, y) => {
    const q = Math.sqrt((x - vortex.x) ** 2 + (y - vortex.y) ** 2) / vortex.radius;
    return height * (1 + q) * Math.exp(1 - q);
  };
}

/** Unit vector along the level line of `stream` at a point; [1, 0] where the function is flat. */
export function flowDirection(stream: StreamFunction, x: number, y: number): [number, number] {
  const step = 0.5;
  const u = stream(x, y + step) - stream(x, y - step);
  const v = stream(x - step, y) - stream(x + step, y);
  const speed = Math.sqrt(u * u + v * v);
  return speed < 1e-9 ? [1, 0] : [u / speed, v / speed];
}
