/** The files of fixtures/, made by make-fixtures.py, and what Pillow reads from them. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Picture } from "../../src/image/picture.ts";

/** Path of a fixture. */
export function fixturePath(file: string): string {
  return fileURLToPath(new URL(`fixtures/${file}`, import.meta.url));
}

/** Bytes of a fixture. */
export function fixture(file: string): Uint8Array {
  return new Uint8Array(readFileSync(fixturePath(file)));
}

/** A fixture of numbers. */
export function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(fixturePath(file), "utf8")) as T;
}

/** Every readable fixture as Pillow and LittleCMS see it: upright, sRGB, RGBA. */
export function expectedPictures(): Map<string, Picture> {
  const entries = readJson<Record<string, { width: number; height: number; rgba: string }>>("expected.json");
  return new Map(
    Object.entries(entries).map(([file, { width, height, rgba }]) => [
      file,
      { width, height, data: new Uint8Array(Buffer.from(rgba, "hex")) },
    ]),
  );
}

/** A picture of given pixels, each `[red, green, blue, alpha]`. */
export function pictureOf(width: number, height: number, pixels: readonly (readonly number[])[]): Picture {
  return { width, height, data: new Uint8ClampedArray(pixels.flat()) };
}

/** A picture whose pixels all differ from their neighbors. */
export function patterned(width: number, height: number, alpha = 255): Picture {
  const pixels = Array.from({ length: width * height }, (_, i) => [
    (i * 37) % 256,
    (i * 91) % 256,
    (i * 5) % 256,
    alpha,
  ]);
  return pictureOf(width, height, pixels);
}
