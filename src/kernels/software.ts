/** Loads what only software adapters need: pages on GPUs do not download it. */
import { InvalidOptionError } from "../errors.ts";

let loaded: typeof import("./software-kernels.ts") | undefined;

/** To be awaited before kernels for software adapters are made, or tiles for them chosen. */
export async function loadSoftwareKernels(): Promise<void> {
  loaded ??= await import("./software-kernels.ts");
}

/**
 * What was loaded.
 *
 * @throws {InvalidOptionError} if it was not.
 */
export function softwareKernels(target: string): typeof import("./software-kernels.ts") {
  if (loaded) return loaded;
  throw new InvalidOptionError(`Tiles for "${target}" come with a device of that kind. Open one first, or use "gpu".`);
}
