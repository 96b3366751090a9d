/** What to say of assignments that a program cannot make, and of rings that it cannot rotate. Loaded only then. */
import { ShapeError } from "../errors.ts";
import { formatShape } from "../kernels/kernel.ts";
import type { Tensor } from "./graph.ts";

/** The error for the first thing that is wrong with a program's assignments, or with its rings of these lengths. */
export function refusedAssignment(
  assign: readonly (readonly [target: Tensor, value: Tensor])[],
  lengths: readonly number[] = [],
): ShapeError {
  for (const [{ operation, shape }, value] of assign) {
    if (operation.kind !== "variable") {
      return new ShapeError(`Only variables can be assigned to, not a ${operation.kind}. Make it by variable().`);
    }
    if (shape.join() !== value.shape.join()) {
      return new ShapeError(
        `A variable of shape ${formatShape(shape)} cannot become ${formatShape(value.shape)}. Assign a value of its shape.`,
      );
    }
  }
  if (new Set(lengths).size > 1) {
    return new ShapeError(`The rings have ${lengths.join(", ")} variables, but rotate together. Give each as many.`);
  }
  const count = new Set(assign.map(([target]) => target)).size;
  return new ShapeError(`${assign.length} assignments are to ${count} variables. Assign to each variable once.`);
}
