/** What is computed from repeated measurements. */

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** A norm with weights that depend on the position, so that values in the wrong place show too. */
export function positionalNorm(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += ((i % 7) + 1) * values[i] ** 2;
  return Math.sqrt(sum);
}

/** Significant digits of everything written to files: more would be noise. */
const DIGITS = 4;

/** Every number in a JSON value, at any depth, to four significant digits; integers stay as they are. */
export function rounded<Value>(value: Value): Value {
  if (typeof value === "number") return (Number.isInteger(value) ? value : Number(value.toPrecision(DIGITS))) as Value;
  if (Array.isArray(value)) return value.map(rounded) as Value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, rounded(each)])) as Value;
}
