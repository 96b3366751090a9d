/** Reads a safetensors file in full precision: the length of a JSON header as u64, the header, the tensors' bytes. */
import { readFileSync } from "node:fs";
import { type Array64, array64 } from "./arrays.ts";

/** All tensors of a file by name; dtypes F32 and F64. */
export function readSafetensors(path: string): Record<string, Array64> {
  const file = readFileSync(path);
  const dataStart = 8 + Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString("utf8", 8, dataStart)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const tensors: Record<string, Array64> = {};
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const bytes = file.subarray(dataStart + data_offsets[0], dataStart + data_offsets[1]);
    const copy = Uint8Array.from(bytes).buffer; // views of floats need alignment
    if (dtype === "F64") tensors[name] = array64(shape, new Float64Array(copy));
    else if (dtype === "F32") tensors[name] = array64(shape, new Float32Array(copy));
    else throw new Error(`${name} in ${path} has the dtype ${dtype}. Convert it to F32 or F64.`);
  }
  return tensors;
}
