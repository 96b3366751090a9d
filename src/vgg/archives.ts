/** Weight files that are zip archives: NumPy's and PyTorch's. */
import type { RandomAccess } from "./files.ts";
import { openNpz } from "./npz.ts";
import { openPthArchive } from "./pth.ts";
import type { TensorFile } from "./safetensors.ts";
import { openZip } from "./zip.ts";

/** Opens either. Throws WeightsError if it is neither, or malformed. */
export async function openArchive(file: RandomAccess): Promise<TensorFile> {
  const zip = await openZip(file);
  return zip.names.some((name) => name.endsWith(".npy")) ? openNpz(file, zip) : openPthArchive(file, zip);
}
