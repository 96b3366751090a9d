/** Reads the values that make-fixtures.py recorded from PyTorch, and compares float64 results with them. */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { type Array64, array64 } from "./arrays.ts";

/** What an operation gave for some inputs, and what `gradient` for its output gave for each of those. */
export interface Recorded {
  output: Array64;
  gradient: Array64;
  gradients: Record<string, Array64>;
}

/** Contents of a fixture, in which every { shape, data } has become an Array64. The type is the caller's knowledge. */
export function readFixture<T>(name: string): T {
  const text = readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), "utf8");
  return JSON.parse(text, (_key, value) =>
    value !== null && typeof value === "object" && "shape" in value && "data" in value
      ? array64(value.shape, value.data)
      : value,
  ) as T;
}

/** Fails unless shapes agree and values do to `tolerance` times the largest one; they differ in float64 rounding only. */
export function expectClose(actual: Array64, expected: Array64, tolerance = 1e-13): void {
  expect(actual.shape).toEqual(expected.shape);
  const largest = expected.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  let worst = 0;
  for (let i = 0; i < expected.data.length; i++) {
    const difference = Math.abs(actual.data[i] - expected.data[i]);
    if (!(difference <= Math.abs(actual.data[worst] - expected.data[worst]))) worst = i;
  }
  const difference = Math.abs(actual.data[worst] - expected.data[worst]);
  const message = `at ${worst}: ${actual.data[worst]} instead of ${expected.data[worst]}`;
  expect(difference, message).toBeLessThanOrEqual(tolerance * largest);
}

/** The same for a single number. */
export function expectCloseNumber(actual: number, expected: number, tolerance = 1e-13): void {
  expectClose(array64([], [actual]), array64([], [expected]), tolerance);
}
