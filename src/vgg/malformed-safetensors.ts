/** Why a file is no valid safetensors file. Loaded only then. */
import { WeightsError } from "../errors.ts";
import { isObject, isSizes } from "../json.ts";
import { bytesOf, inOrder, SIZES } from "./safetensors.ts";

/** The error for a file, for a reason. */
export function malformed(file: string, reason: string, cause?: unknown): WeightsError {
  return new WeightsError(`${file} is no valid safetensors file: ${reason}. Download or convert it again.`, { cause });
}

/** What is wrong with a header, whose tensors take `dataLength` bytes. */
export function problemOf(metadata: unknown, tensors: Record<string, unknown>, dataLength: number): string {
  if (!isObject(metadata) || Object.values(metadata).some((value) => typeof value !== "string")) {
    return "__metadata__ is not a map of strings";
  }
  const places: { name: string; begin: number; end: number }[] = [];
  for (const [name, value] of Object.entries(tensors)) {
    const { dtype, shape, data_offsets: offsets } = isObject(value) ? value : {};
    if (typeof dtype !== "string" || !Object.hasOwn(SIZES, dtype)) {
      return `${name} has the dtype ${JSON.stringify(dtype)}, which the format does not know`;
    }
    if (!isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) {
      return `shape or data_offsets of ${name} are not lists of whole numbers`;
    }
    const [begin, end] = offsets;
    const expected = bytesOf(dtype, shape);
    if (end - begin !== expected) {
      return `${name} has ${end - begin} bytes, but [${shape}] of ${dtype} needs ${expected}`;
    }
    places.push({ name, begin, end });
  }
  let position = 0;
  for (const { name, begin, end } of inOrder(places)) {
    if (begin !== position) return `${name} begins at ${begin}, but the data before it end at ${position}`;
    position = end;
  }
  return `its header describes ${position} bytes of data, but ${dataLength} follow it`;
}
