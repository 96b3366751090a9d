/** Finds the Python that has PyTorch; torch.py is the engine. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Where PyTorch runs, and how it multiplies there. float64 is the truth the others are compared with. */
export type TorchVariant = "cpu" | "cuda" | "cuda-tf32" | "float64";

const PYTHONS = ["python3", "/usr/bin/python3"];

let found: string | undefined;

/**
 * The program and its parameters.
 * @throws if no Python imports torch.
 */
export function torchCommand(variant: TorchVariant): string[] {
  const imports = (python: string) => spawnSync(python, ["-c", "import numpy, torch"]).status === 0;
  found ??= PYTHONS.find(imports);
  if (!found) throw new Error(`none of ${PYTHONS.join(", ")} can import torch and numpy`);
  return [found, fileURLToPath(new URL("torch.py", import.meta.url)), variant];
}
