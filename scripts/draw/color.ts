/** Colors as three numbers, and the few scalar helpers that every drawing here uses. */

/** Red, green, blue; 0..1 is the displayable range. Whether sRGB or linear light, the function using it says. */
export type Color = readonly [number, number, number];

/** A color from `"rrggbb"`, in sRGB. */
export function hex(code: string): Color {
  const value = Number.parseInt(code, 16);
  return [(value >> 16) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255];
}

/** sRGB to linear light (IEC 61966-2-1). */
export function toLinear(color: Color): Color {
  const channel = (c: number) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return [channel(color[0]), channel(color[1]), channel(color[2])];
}

/** One channel from linear light to sRGB. */
export function fromLinear(channel: number): number {
  return channel <= 0.0031308 ? 12.92 * channel : 1.055 * channel ** (1 / 2.4) - 0.055;
}

/** `a` at amount 0, `b` at amount 1. */
export function mix(a: Color, b: Color, amount: number): Color {
  return [a[0] + (b[0] - a[0]) * amount, a[1] + (b[1] - a[1]) * amount, a[2] + (b[2] - a[2]) * amount];
}

/** The color times a factor. */
export function scaled(color: Color, factor: number): Color {
  return [color[0] * factor, color[1] * factor, color[2] * factor];
}

/** The point at `position` (0..1) of a gradient through evenly spaced colors. */
export function gradient(colors: readonly Color[], position: number): Color {
  const place = clamp(position, 0, 1) * (colors.length - 1);
  const index = Math.min(Math.floor(place), colors.length - 2);
  return mix(colors[index], colors[index + 1], place - index);
}

/** `value` held between `low` and `high`. */
export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/** 0 up to `from`, 1 beyond `to`, smooth between; `from` may be the larger. */
export function smoothstep(from: number, to: number, value: number): number {
  const t = clamp((value - from) / (to - from), 0, 1);
  return t * t * (3 - 2 * t);
}
