/** What to say of a shader that does not compile. */
import { KernelError } from "../errors.ts";
import type { Kernel } from "../kernels/kernel.ts";

/** Says where in the shader the compiler found fault, with the line in question. */
export async function compilationError(kernel: Kernel, module: GPUShaderModule, cause: Error): Promise<KernelError> {
  const { messages } = await module.getCompilationInfo();
  const lines = kernel.wgsl.split("\n");
  const details = messages.map(
    ({ lineNum, linePos, message }) => `\n  ${lineNum}:${linePos} ${message}\n    ${lines[lineNum - 1]?.trim() ?? ""}`,
  );
  return new KernelError(
    `The kernel "${kernel.label}" does not compile: ${details.join("") || cause.message}\nCorrect it if it is your own, else please report this.`,
    { cause },
  );
}
