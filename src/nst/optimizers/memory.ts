/** The memory of optimisers: tensors of the image's size, of which L-BFGS has two for each step that it remembers. */
import type { Device } from "../../gpu/device.ts";
import { sizeOf } from "../../kernels/kernel.ts";

/** An optimiser, as far as its memory depends on it. */
export type Remembering = { kind: "lbfgs"; history: number } | { kind: "adam" } | { kind: "gd"; momentum: number };

/** Bytes of an optimiser's variables for an image of the shape [3, H, W]: with L-BFGS 24 per pixel and remembered step. */
export function optimizerBytes(optimizer: Remembering, shape: readonly number[]): number {
  return 4 * sizeOf(shape) * tensorsOf(optimizer);
}

function tensorsOf(optimizer: Remembering): number {
  switch (optimizer.kind) {
    case "lbfgs":
      // The last gradient and step besides the pairs.
      return 2 * optimizer.history + 2;
    case "adam":
      return 2;
    case "gd":
      return optimizer.momentum > 0 ? 1 : 0;
  }
}

/**
 * Checks that the device can hold an optimiser's variables besides what it holds already.
 * @throws {OutOfMemoryError} when a software adapter cannot; others show it when they allocate.
 */
export function checkOptimizerMemory(device: Device, optimizer: Remembering, shape: readonly number[]): void {
  device.checkMemory(optimizerBytes(optimizer, shape), remedyFor(optimizer));
}

/**
 * Makes the optimiser whose variables `make` allocates.
 * @throws {OutOfMemoryError} when they do not fit.
 */
export function allocateOptimizer<Made>(
  device: Device,
  optimizer: Remembering,
  shape: readonly number[],
  make: () => Made,
): Promise<Made> {
  return device.allocating(optimizerBytes(optimizer, shape), make, remedyFor(optimizer));
}

function remedyFor(optimizer: Remembering): string {
  if (optimizer.kind !== "lbfgs") return "Use a smaller size, or close other programs that use its memory.";
  return `Use a smaller size, or a smaller history of L-BFGS: ${optimizer.history} steps take ${24 * optimizer.history} bytes per pixel.`;
}
