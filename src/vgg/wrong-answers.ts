/** What to say of a server that answers, but not with the part of a weight file that was asked for. Loaded only then. */
import { WeightsError } from "../errors.ts";

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
