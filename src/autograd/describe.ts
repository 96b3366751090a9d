/** A program in words: its dispatches, the memory they write to, and what was fused into them. */
import { megabytes } from "../gpu/device.ts";
import type { Pointwise } from "../kernels/pointwise.ts";
import type { Step } from "./execution.ts";
import { ownerOf, type Tensor } from "./graph.ts";
import type { Program } from "./program.ts";

/** See {@link Program.describe}. */
export function describeProgram({ steps, plan, bytes }: Program): string {
  const lines = steps.map(({ tensor, kernel }, index) => {
    const planned = plan.placeOf.get(ownerOf(tensor));
    const place = planned ? `#${planned.buffer}` : "own";
    return `${String(index).padStart(4)}  ${(kernel.flops / 1e6).toFixed(1).padStart(9)} MFLOP  ${place.padStart(5)}  ${kernel.label}${describeFused(tensor)}`;
  });
  const { planned, naive } = bytes;
  lines.push(
    `${steps.length} dispatches, ${(totalFlops(steps) / 1e9).toFixed(3)} GFLOP; ${plan.bytes.length} buffers, ${megabytes(planned)} MB planned against ${megabytes(naive)} MB naive`,
  );
  return lines.join("\n");
}

/** Operations of all dispatches. */
export function totalFlops(steps: readonly Step[]): number {
  return steps.reduce((sum, { kernel }) => sum + kernel.flops, 0);
}

/** The pointwise operations that a node's kernel applies to what it loads, and to what it stores. */
function describeFused({ operation }: Tensor): string {
  const { prologue, epilogue } = operation as { prologue?: Pointwise; epilogue?: Pointwise };
  const described = (verb: string, fused?: Pointwise) => {
    const formulas = fused?.steps.map(({ formula }) => formula).filter((formula) => formula !== "a") ?? [];
    return formulas.length > 0 ? `, ${verb} [${formulas.join("; ")}]` : "";
  };
  return described("loads", prologue) + described("stores", epilogue);
}
