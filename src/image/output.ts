/** Where a result goes: the format that a path asks for, and whether it can be written at all. */
import { checkTarget } from "#image";
import { OutputError } from "../errors.ts";
import { closest } from "../nearest.ts";
import type { OutputFormat, WriteOptions } from "./codec.ts";
import { quote } from "./source.ts";

const FORMATS: Record<string, OutputFormat> = { png: "png", jpg: "jpeg", jpeg: "jpeg", webp: "webp" };

/**
 * The format of a path by its extension: png, jpg, jpeg or webp, in any case.
 *
 * @throws OutputError with the nearest of these for any other extension.
 */
export function outputFormat(path: string): OutputFormat {
  const [, stem, extension] = /^(.*[^/\\])\.([^./\\]*)$/s.exec(path) ?? [undefined, path, ""];
  const known = Object.keys(FORMATS);
  const lower = extension.toLowerCase();
  if (known.includes(lower)) return FORMATS[lower];
  const problem = extension === "" ? "it has no extension" : `no format has the extension ".${extension}"`;
  throw new OutputError(
    `Cannot write ${quote(path)}: ${problem}; known are ${known.join(", ")}. ` +
      `Did you mean ${quote(`${stem}.${closest(lower, known)}`)}?`,
  );
}

/**
 * Fails before any work if a result could not be written to `path` in the end.
 *
 * @throws OutputError when the extension is unknown, the file exists (without `force`), `path` is a directory, or its
 * folder is missing or not writable; in a browser always.
 */
export async function checkOutput(path: string, options: WriteOptions = {}): Promise<void> {
  outputFormat(path);
  await checkTarget(path, options);
}
