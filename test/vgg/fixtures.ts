/** The files of fixtures/, made by make-fixtures.py, and the values that Python put into them. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Path of a fixture. */
export function fixturePath(file: string): string {
  return fileURLToPath(new URL(`fixtures/${file}`, import.meta.url));
}

/** Bytes of a fixture. */
export function fixture(file: string): Uint8Array {
  return new Uint8Array(readFileSync(fixturePath(file)));
}

/** A tensor as Python had it. */
export interface Expected {
  shape: number[];
  values: Float32Array;
}

type Noted = Record<string, { shape: number[]; values: string }>;
const noted = JSON.parse(readFileSync(fixturePath("expected.json"), "utf8")) as Record<string, Noted | string>;

/** Tensors by file and name. Files of Keras and NumPy's HWIO ones have standard names and OIHW order here. */
export const EXPECTED: Readonly<Record<string, ReadonlyMap<string, Expected>>> = Object.fromEntries(
  Object.entries(noted).map(([file, entry]) => {
    // A text names another file with the same tensors.
    const tensors = typeof entry === "string" ? (noted[entry] as Noted) : entry;
    return [
      file,
      new Map(
        Object.entries(tensors).map(([name, { shape, values }]) => [
          name,
          { shape, values: new Float32Array(new Uint8Array(Buffer.from(values, "base64")).buffer) },
        ]),
      ),
    ];
  }),
);

/** The same under the names of this library, `conv1_1.weight`. */
export function expectedConvolutions(file: string): Map<string, Expected> {
  const positions: Record<string, string> = { 0: "conv1_1", 2: "conv1_2", 5: "conv2_1" };
  const standard = (name: string) =>
    name.replace(/^(?:module\.)?features\.(\d+)/, (_, position) => positions[position] ?? name);
  return new Map([...EXPECTED[file]].map(([name, expected]) => [standard(name), expected]));
}
