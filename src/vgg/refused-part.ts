/** What to say of parts that are not where a weight file has them. Loaded only then. */
import { WeightsError } from "../errors.ts";

/** The error for a range beyond the end of a file. */
export function tooShort(file: { name: string; size: number }, offset: number, length: number): WeightsError {
  return new WeightsError(
    `${file.name} has ${file.size} bytes, too few for the ${length} that belong at offset ${offset}. ` +
      "It is truncated: download or copy it again.",
  );
}

/** The error for a file that names another one outside of its own folder. */
export function elsewhere(file: string, name: string): WeightsError {
  return new WeightsError(
    `${file} names the file ${JSON.stringify(name)}, which is not in its own folder. Put all files into one folder.`,
  );
}

/** The error for bytes that are of no use without another file. */
export function alone(name: string, wanted: string): WeightsError {
  return new WeightsError(`${name} needs the file ${wanted}. Pass a path or URL instead of bytes.`);
}
