/** Where a result goes: the format that a path asks for, and whether it can be written at all. */
import { checkTarget, encode, writeImage } from "#image";
import { InvalidOptionError, OutputError } from "../errors.ts";
import { closest, nearest } from "../nearest.ts";
import type { OutputFormat, WriteOptions } from "./codec.ts";
import type { Picture } from "./picture.ts";
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
  const problem = extension === "" ? "it has no extension" : `no format has the extension ${quote(`.${extension}`)}`;
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

/** How a result is written: see `SaveOptions` of nst/result.ts. */
type SaveOptions = WriteOptions & { quality?: number };

/**
 * Encodes a picture by the extension of `path`, and writes it whole or not at all.
 *
 * @throws InvalidOptionError for an option that is unknown or of the wrong type.
 * @throws OutputError as `checkOutput` does, and when the disk is full.
 */
export async function save(picture: Picture, path: string, options: SaveOptions = {}): Promise<void> {
  checkOptions(options);
  const { force, quality } = options;
  await writeImage(path, await encode(picture, outputFormat(path), quality), { force });
}

const OPTIONS = ["force", "quality"];

/** Refuses what would go unheeded. The quality is for `encode` to check. */
function checkOptions(options: SaveOptions): void {
  if (typeof options !== "object" || options === null) {
    throw new InvalidOptionError(`The options are ${String(options)}. Give an object such as { force: true }.`);
  }
  const unknown = Object.keys(options).find((key) => !OPTIONS.includes(key));
  if (unknown !== undefined) {
    const near = nearest(unknown, OPTIONS);
    const hint = near === undefined ? "" : `Did you mean "${near}"? `;
    throw new InvalidOptionError(`${unknown} is no option of save. ${hint}Known are ${OPTIONS.join(", ")}.`);
  }
  if (options.force === undefined || typeof options.force === "boolean") return;
  throw new InvalidOptionError(`force is ${quote(String(options.force))}. Give true or false.`);
}
