/** Small test pictures made in code: smooth ones with edges, as a network needs some structure to tell them apart. */
import type { Picture } from "../../src/image/picture.ts";

/** A sky over dark ground with a bright square on it. */
export function scene(width: number, height: number): Picture {
  return draw(width, height, (x, y) => {
    if (Math.abs(x - 0.6) < 0.15 && Math.abs(y - 0.55) < 0.2) return [230, 200, 90];
    return y < 0.6 ? [110 + 60 * y, 150 + 40 * x, 220] : [60 + 50 * x, 90, 50];
  });
}

/** Diagonal red and yellow stripes with blue spots. */
export function stripes(width: number, height: number): Picture {
  return draw(width, height, (x, y) => {
    if ((x * 3) % 1 < 0.3 && (y * 3) % 1 < 0.3) return [30, 40, 160];
    return Math.sin(30 * (x + y)) > 0 ? [200, 50, 40] : [235, 190, 60];
  });
}

/** Green and white checks. */
export function checks(width: number, height: number): Picture {
  return draw(width, height, (x, y) => ((Math.floor(x * 8) + Math.floor(y * 8)) % 2 ? [20, 120, 60] : [240, 245, 235]));
}

/** The picture with an alpha that falls from the left (255) to the right (0). */
export function fading(picture: Picture): Picture {
  const { width, height } = picture;
  const data = Uint8ClampedArray.from(picture.data);
  for (let i = 0; i < width * height; i++) data[4 * i + 3] = 255 - Math.round((255 * (i % width)) / (width - 1));
  return { width, height, data };
}

/** Root mean square of the difference of the values of two pictures of one size. */
export function distance(a: Picture, b: Picture): number {
  if (a.width !== b.width || a.height !== b.height) throw new Error("The pictures differ in size.");
  return Math.sqrt([...a.data].reduce((sum, value, i) => sum + (value - b.data[i]) ** 2, 0) / a.data.length);
}

/** An opaque picture of a color for each place; `x` and `y` run from 0 to below 1. */
function draw(width: number, height: number, colorAt: (x: number, y: number) => readonly number[]): Picture {
  const pixels = Array.from({ length: width * height }, (_, i) => {
    const color = colorAt((i % width) / width, Math.floor(i / width) / height);
    return [...color, 255];
  });
  return { width, height, data: new Uint8ClampedArray(pixels.flat()) };
}
