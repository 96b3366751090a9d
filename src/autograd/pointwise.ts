/** Pointwise operations on tensors: one line each. Operands broadcast from scalars and from channels. */
import { InvalidOptionError, ShapeError } from "../errors.ts";
import { formatShape, literal, sizeOf } from "../kernels/kernel.ts";
import { type Broadcast, pointwiseOf } from "../kernels/pointwise.ts";
import { apply, type PointwiseName, type Shape, type Tensor } from "./graph.ts";

/** a + b. Shapes must be equal, or one operand is a scalar, or a [C] vector added to every plane of a [C, H, W] image. */
export const add = (a: Tensor, b: Tensor): Tensor => named("add", "a + b", [a, b]);

/** a - b; broadcasts as {@link add}. */
export const subtract = (a: Tensor, b: Tensor): Tensor => named("subtract", "a - b", [a, b]);

/** a b, element by element; broadcasts as {@link add}. */
export const multiply = (a: Tensor, b: Tensor): Tensor => named("multiply", "a * b", [a, b]);

/** a / b, element by element; broadcasts as {@link add}. */
export const divide = (a: Tensor, b: Tensor): Tensor => named("divide", "a / b", [a, b]);

/** factor x. */
export const scale = (x: Tensor, factor: number): Tensor =>
  named("scale", `a * T(${checked("scale", factor)})`, [x], factor);

/** x + constant. */
export const addConstant = (x: Tensor, constant: number): Tensor =>
  named("addConstant", `a + T(${checked("addConstant", constant)})`, [x], constant);

/** x². */
export const square = (x: Tensor): Tensor => named("square", "a * a", [x]);

/** Square root; its gradient at 0 is infinite, add a small constant first. */
export const sqrt = (x: Tensor): Tensor => named("sqrt", "sqrt(a)", [x]);

/** |x|, with gradient 0 at 0. */
export const abs = (x: Tensor): Tensor => named("abs", "abs(a)", [x]);

/** e^x. */
export const exp = (x: Tensor): Tensor => named("exp", "exp(a)", [x]);

/** Natural logarithm. */
export const log = (x: Tensor): Tensor => named("log", "log(a)", [x]);

/** Hyperbolic tangent; saturates at ±1 without overflow. */
export const tanh = (x: Tensor): Tensor => named("tanh", "tanh(clamp(a, T(-15.0f), T(15.0f)))", [x]);

/** 1 / (1 + e^-x). */
export const sigmoid = (x: Tensor): Tensor => named("sigmoid", "T(1.0f) / (T(1.0f) + exp(-a))", [x]);

/** x^exponent for x >= 0 and a constant exponent. 1.25, the Keras total variation's, is computed by two square roots. */
export const pow = (x: Tensor, exponent: number): Tensor =>
  named(
    "pow",
    // WGSL's pow goes through log2 and exp2 and loses three digits; square roots are exact to the last one.
    quarterPower(exponent) ?? `pow(a, T(${checked("pow", exponent)}))`,
    [x],
    exponent,
  );

/** max(x, 0), with gradient 0 at 0. */
export const relu = (x: Tensor): Tensor => named("relu", "max(a, T(0.0f))", [x]);

/** x for x > 0, else slope x. */
export const leakyRelu = (x: Tensor, slope = 0.2): Tensor =>
  named("leakyRelu", `max(a, T(0.0f)) + T(${checked("leakyRelu", slope)}) * min(a, T(0.0f))`, [x], slope);

/** x limited to low..high, with gradient 0 outside. */
export const clamp = (x: Tensor, low: number, high: number): Tensor =>
  named("clamp", `clamp(a, T(${checked("clamp", low)}), T(${checked("clamp", high)}))`, [x]);

/** The same elements in another shape of the same size. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  if (sizeOf(shape) !== x.size) {
    throw new ShapeError(
      `reshape: ${formatShape(x.shape)} has ${x.size} elements, ${formatShape(shape)} would have ${sizeOf(shape)}; give a shape of the same size.`,
    );
  }
  const copy = pointwiseOf("a", ["element"]);
  return apply({ kind: "pointwise", name: "identity", parameter: 0, function: copy }, [x], shape);
}

/** A scalar, or one value per channel, repeated over `shape`. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  const copy = pointwiseOf("a", [broadcastOf(x.shape, shape, "broadcastTo")]);
  return apply({ kind: "pointwise", name: "identity", parameter: 0, function: copy }, [x], shape);
}

/** A tensor of the given shape, all elements `value`, that takes no memory until it is stored. */
export function filled(value: number, shape: Shape): Tensor {
  const all = pointwiseOf(`T(${literal(value)})`, []);
  return apply({ kind: "pointwise", name: "constant", parameter: value, function: all }, [], shape);
}

/**
 * Any formula in WGSL over `a`, `b`, ... (the operands, at most 7) and the type `T`, which is f32 or vec4f: constants are
 * written `T(0.5f)`. Has no gradient; for that, compose the differentiable operations.
 *
 * @example
 * const decayed = pointwise("a * T(0.9f) + b * T(0.1f)", average, image);
 */
export function pointwise(formula: string, ...operands: Tensor[]): Tensor {
  if (operands.length < 1 || operands.length > 7) {
    throw new InvalidOptionError(`pointwise: ${operands.length} operands for "${formula}"; pass 1 to 7.`);
  }
  return named("custom", formula, operands);
}

/** Shared by all: finds the result's shape and how each operand is read. */
function named(name: PointwiseName, formula: string, operands: readonly Tensor[], parameter = 0): Tensor {
  const shape = operands.reduce((largest, x) => (x.size > sizeOf(largest) ? x.shape : largest), operands[0].shape);
  const broadcasts = operands.map((operand) => broadcastOf(operand.shape, shape, name));
  return apply({ kind: "pointwise", name, parameter, function: pointwiseOf(formula, broadcasts) }, operands, shape);
}

function broadcastOf(from: Shape, to: Shape, name: string): Broadcast {
  if (formatShape(from) === formatShape(to)) return "element";
  if (sizeOf(from) === 1) return "scalar";
  if (from[0] === to[0] && sizeOf(from) === from[0]) return "channel";
  throw new ShapeError(
    `${name}: shapes ${formatShape(from)} and ${formatShape(to)} do not fit together. Equal shapes, a scalar, or one value per channel do.`,
  );
}

function checked(name: string, value: number): string {
  if (!Number.isFinite(Math.fround(value))) {
    throw new InvalidOptionError(`${name}: ${value} is not a finite float32; pass a finite number.`);
  }
  return literal(value);
}

/** A product of square roots for exponents that are multiples of 1/4 from 0 to 2.5, else undefined. */
function quarterPower(exponent: number): string | undefined {
  const quarters = exponent * 4;
  if (!Number.isInteger(quarters) || quarters < 0 || quarters > 10) return undefined;
  if (quarters === 0) return "T(1.0f)";
  const factors = Array<string>(Math.floor(quarters / 4)).fill("a");
  if (quarters & 2) factors.push("sqrt(a)");
  if (quarters & 1) factors.push("sqrt(sqrt(a))");
  return factors.join(" * ");
}
