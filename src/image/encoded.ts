/** Image files to pixels. Loaded with the first of them: a page that has its pictures as pixels does without. */
import { decode } from "#image";
import { inspect } from "./inspect.ts";
import { orient, readOrientation, withoutOrientation } from "./orientation.ts";
import type { Picture } from "./picture.ts";
import { verifyPng } from "./verify-png.ts";

/** Checks, decodes and turns upright. Throws ImageError. */
export async function readEncoded(bytes: Uint8Array, name: string): Promise<Picture> {
  const { format } = inspect(bytes, name);
  if (format === "png") await verifyPng(bytes, name);
  const picture = await decode(withoutOrientation(bytes, format, name), name);
  return orient(picture, readOrientation(bytes, format, name));
}
