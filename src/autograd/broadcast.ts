/** What pointwise operations share: operands that broadcast, and constants in formulas. */
import { InvalidOptionError, ShapeError } from "../errors.ts";
import { formatShape, literal, sizeOf } from "../kernels/kernel.ts";
import { type Broadcast, pointwiseOf } from "../kernels/pointwise.ts";
import { apply, type Tensor } from "./graph.ts";
import type { PointwiseName, Shape } from "./kinds.ts";

/** A formula of operands: finds the result's shape, and how each operand is read. */
export function named(name: PointwiseName, formula: string, operands: readonly Tensor[], parameter = 0): Tensor {
  const shape = operands.reduce((largest, x) => (x.size > sizeOf(largest) ? x.shape : largest), operands[0].shape);
  const broadcasts = operands.map((operand) => broadcastOf(operand.shape, shape, name));
  return apply({ kind: "pointwise", name, parameter, function: pointwiseOf(formula, broadcasts) }, operands, shape);
}

/** How an operand of the shape `from` is read for a result of the shape `to`. */
export function broadcastOf(from: Shape, to: Shape, name: string): Broadcast {
  if (formatShape(from) === formatShape(to)) return "element";
  if (sizeOf(from) === 1) return "scalar";
  if (from[0] === to[0] && sizeOf(from) === from[0]) return "channel";
  throw new ShapeError(
    `${name}: shapes ${formatShape(from)} and ${formatShape(to)} do not fit together. Equal shapes, a scalar, or one value per channel do.`,
  );
}

/** The text of a constant for a formula. */
export function checkedLiteral(name: string, value: number): string {
  if (!Number.isFinite(Math.fround(value))) {
    throw new InvalidOptionError(`${name}: ${value} is not a finite float32; pass a finite number.`);
  }
  return literal(value);
}
