/** Damages files from fixed seeds, and tells what became of them. */
import { expect } from "vitest";
import { WeightsError } from "../../src/errors.ts";
import { bytesOf, seeded } from "./helpers.ts";

/** Numbers that fit nowhere. */
const ABSURD = [
  "-1",
  "0",
  "1",
  "0.5",
  "1e300",
  "4294967296",
  "9007199254740991",
  "9007199254740993",
  "null",
  '"7"',
  "[]",
];

/** Random numbers in [0, 1). */
export type Random = () => number;

/** One of the values. */
export function pick<T>(random: Random, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)];
}

/** Changes a JSON text: a number becomes absurd, a character another, a list another's copy, or the end is lost. */
export function mutateText(text: string, random: Random): string {
  const kind = random();
  if (kind < 0.1) return text.slice(0, Math.floor(random() * text.length));
  if (kind < 0.4) {
    const at = Math.floor(random() * text.length);
    return text.slice(0, at) + String.fromCharCode(32 + Math.floor(random() * 95)) + text.slice(at + 1);
  }
  const pattern = kind < 0.7 ? /\d+/g : /\[[^[\]]*\]/g;
  const places = [...text.matchAll(pattern)];
  const place = pick(random, places);
  const replacement = kind < 0.7 ? pick(random, ABSURD) : pick(random, places)[0];
  return text.slice(0, place.index) + replacement + text.slice(place.index + place[0].length);
}

/** Changes bytes: some are lost at the end, added, or one bit is flipped. */
export function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  const kind = random();
  if (kind < 0.3) return bytes.slice(0, Math.floor(random() * bytes.length));
  if (kind < 0.4) return new Uint8Array(Buffer.concat([bytes, new Uint8Array(1 + Math.floor(random() * 9))]));
  const mutated = bytes.slice();
  mutated[Math.floor(random() * bytes.length)] ^= 1 << Math.floor(random() * 8);
  return mutated;
}

/** Whether the work was done; a WeightsError means no. Anything else is thrown. */
export async function succeeds(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof WeightsError) return false;
    throw error;
  }
}

/** Compares bits. */
export function expectSame(values: Float32Array, expected: Float32Array | undefined, name: string): void {
  expect(expected, name).toBeDefined();
  expect(Buffer.compare(bytesOf(values), bytesOf(expected ?? values)), name).toBe(0);
}

/**
 * Runs `count` mutations; some must be refused and some harmless, or the mutations would be no test.
 *
 * @param mostHarmless share of those that may do no harm
 */
export async function survive(
  count: number,
  mutate: (random: Random) => Promise<boolean>,
  mostHarmless = 0.75,
): Promise<void> {
  let harmless = 0;
  for (let seed = 0; seed < count; seed++) {
    if (await mutate(seeded(seed))) harmless++;
  }
  expect(harmless).toBeGreaterThan(count / 50);
  expect(harmless).toBeLessThan(count * mostHarmless);
}

/** Overwrites what is probably an offset, a size or a count with what does not belong there. */
export function mutateNumber(bytes: Uint8Array, at: number, random: Random): Uint8Array {
  const mutated = bytes.slice();
  const length = Math.min(pick(random, [1, 2, 4, 8]), bytes.length - at);
  const kind = random();
  const absurd = BigInt(pick(random, [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 53, bytes.length, bytes.length - 1, at]));
  const number = new Uint8Array(new BigUint64Array([kind < 0.2 ? 2n ** 64n - 1n : absurd]).buffer);
  // Sometimes another place of the same file, so that things overlap or lead in circles.
  const from = Math.floor(random() * (bytes.length - length));
  mutated.set(kind < 0.6 ? number.subarray(0, length) : bytes.subarray(from, from + length), at);
  return mutated;
}
