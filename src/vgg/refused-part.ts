/** What to say of parts of a weight file that are not to be had, from its place or from a server that answers. Loaded only then. */
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

/** The error for an answer that is a failure. */
export function refused(name: string, { status, statusText }: Response): WeightsError {
  return new WeightsError(`${name} cannot be downloaded: HTTP ${status} ${statusText}. Check the address.`);
}

/** The error for an answer with another part than the one that was asked for. */
export function otherRange(name: string, came: string, wanted: string): WeightsError {
  return new WeightsError(
    `${name}: ${came} came instead of ${wanted}. ` +
      "The server's answers to range requests are wrong: download the file and pass its path.",
  );
}

/** The error for a file that has another size than before. */
export function otherSize({ name, size }: { name: string; size: number }, now: number): WeightsError {
  return new WeightsError(`${name} had ${size} bytes, then ${now}: it changed while it was read. Try again.`);
}
