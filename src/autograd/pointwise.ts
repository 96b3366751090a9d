/** Pointwise operations on tensors: one line each. Operands broadcast from scalars and from channels. */
import { InvalidOptionError } from "../errors.ts";
import { OPERAND } from "../kernels/pointwise.ts";
import { checkedLiteral, named } from "./broadcast.ts";
import type { Tensor } from "./graph.ts";

/**
 * a + b, element by element, of the shape of the operand with more elements, else of a's. Shapes are equal, or the other operand
 * has one element, or one for each index of the first dimension: a [C] or [C, 1, 1] is added to the planes of a [C, H, W].
 *
 * Not as in NumPy, where shapes are aligned at their ends: a [3] does not fit a [2, 3], and each number of it is added to a row of
 * a [3, 3], not to a column. And only one operand is repeated: [3, 1] and [1, 4] do not fit.
 *
 * @example
 * ```ts
 * import { add, openDevice, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const image = tensor(device, [2, 1, 2], [1, 2, 3, 4]);
 * const bias = tensor(device, [2], [10, 20]);
 * console.log(await add(image, bias).read()); // Float32Array(4) [ 11, 12, 23, 24 ]
 * device.dispose();
 * ```
 * @throws {ShapeError} when the shapes do not fit together.
 * @category Pointwise operations
 */
export const add = (a: Tensor, b: Tensor): Tensor => named("add", "a + b", [a, b]);

/**
 * a - b, element by element; broadcasts as {@link add}.
 *
 * @example
 * ```ts
 * import { openDevice, subtract, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const a = tensor(device, [3], [5, 7, 9]);
 * const b = tensor(device, [3], [1, 2, 3]);
 * console.log(await subtract(a, b).read()); // Float32Array(3) [ 4, 5, 6 ]
 * device.dispose();
 * ```
 * @throws {ShapeError} when the shapes do not fit together.
 * @category Pointwise operations
 */
export const subtract = (a: Tensor, b: Tensor): Tensor => named("subtract", "a - b", [a, b]);

/**
 * a b, element by element; broadcasts as {@link add}.
 *
 * @example
 * ```ts
 * import { multiply, openDevice, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const a = tensor(device, [3], [1, 2, 3]);
 * const b = tensor(device, [3], [4, 5, 6]);
 * console.log(await multiply(a, b).read()); // Float32Array(3) [ 4, 10, 18 ]
 * device.dispose();
 * ```
 * @throws {ShapeError} when the shapes do not fit together.
 * @category Pointwise operations
 */
export const multiply = (a: Tensor, b: Tensor): Tensor => named("multiply", "a * b", [a, b]);

/**
 * a / b, element by element; broadcasts as {@link add}. Division by 0 gives infinities or NaN.
 *
 * @example
 * ```ts
 * import { divide, openDevice, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const a = tensor(device, [3], [1, 6, 5]);
 * const b = tensor(device, [3], [2, 2, 2]);
 * console.log(await divide(a, b).read()); // Float32Array(3) [ 0.5, 3, 2.5 ]
 * device.dispose();
 * ```
 * @throws {ShapeError} when the shapes do not fit together.
 * @category Pointwise operations
 */
export const divide = (a: Tensor, b: Tensor): Tensor => named("divide", "a / b", [a, b]);

/**
 * factor x, of any shape.
 *
 * @example
 * ```ts
 * import { openDevice, scale, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const x = tensor(device, [3], [1, 2, 3]);
 * console.log(await scale(x, 0.5).read()); // Float32Array(3) [ 0.5, 1, 1.5 ]
 * device.dispose();
 * ```
 * @throws {InvalidOptionError} when `factor` is not a finite float32.
 * @category Pointwise operations
 */
export const scale = (x: Tensor, factor: number): Tensor =>
  named("scale", `a * T(${checkedLiteral("scale", factor)})`, [x], factor);

/**
 * x + constant, of any shape.
 *
 * @example
 * ```ts
 * import { addConstant, openDevice, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const x = tensor(device, [3], [1, 2, 3]);
 * console.log(await addConstant(x, 10).read()); // Float32Array(3) [ 11, 12, 13 ]
 * device.dispose();
 * ```
 * @throws {InvalidOptionError} when `constant` is not a finite float32.
 * @category Pointwise operations
 */
export const addConstant = (x: Tensor, constant: number): Tensor =>
  named("addConstant", `a + T(${checkedLiteral("addConstant", constant)})`, [x], constant);

/**
 * x², of any shape.
 *
 * @example
 * ```ts
 * import { openDevice, square, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const x = tensor(device, [3], [-1, 2, 3]);
 * console.log(await square(x).read()); // Float32Array(3) [ 1, 4, 9 ]
 * device.dispose();
 * ```
 * @category Pointwise operations
 */
export const square = (x: Tensor): Tensor => named("square", "a * a", [x]);

/**
 * Square root of x >= 0, of any shape. Its gradient at 0 is infinite: add a small constant first.
 *
 * @example
 * ```ts
 * import { openDevice, sqrt, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const x = tensor(device, [3], [0, 1, 4]);
 * console.log(await sqrt(x).read()); // Float32Array(3) [ 0, 1, 2 ]
 * device.dispose();
 * ```
 * @category Pointwise operations
 */
export const sqrt = (x: Tensor): Tensor => named("sqrt", "sqrt(a)", [x]);

/**
 * |x|, of any shape, with gradient 0 at 0.
 *
 * @example
 * ```ts
 * import { abs, openDevice, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const x = tensor(device, [3], [-1, 0, 2]);
 * console.log(await abs(x).read()); // Float32Array(3) [ 1, 0, 2 ]
 * device.dispose();
 * ```
 * @category Pointwise operations
 */
export const abs = (x: Tensor): Tensor => named("abs", "abs(a)", [x]);

/**
 * e^x, of any shape. It is infinite above x = 88.7.
 *
 * @example
 * ```ts
 * import { exp, openDevice, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const x = tensor(device, [1], [0]);
 * console.log(await exp(x).read()); // Float32Array(1) [ 1 ]
 * device.dispose();
 * ```
 * @category Pointwise operations
 */
export const exp = (x: Tensor): Tensor => named("exp", "exp(a)", [x]);

/**
 * Natural logarithm of x > 0, of any shape.
 *
 * @example
 * ```ts
 * import { log, openDevice, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const x = tensor(device, [1], [1]);
 * console.log(await log(x).read()); // Float32Array(1) [ 0 ]
 * device.dispose();
 * ```
 * @category Pointwise operations
 */
export const log = (x: Tensor): Tensor => named("log", "log(a)", [x]);

/**
 * Hyperbolic tangent, of any shape; saturates at ±1 without overflow.
 *
 * @example
 * ```ts
 * import { openDevice, tanh, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const x = tensor(device, [1], [0]);
 * console.log(await tanh(x).read()); // Float32Array(1) [ 0 ]
 * device.dispose();
 * ```
 * @category Pointwise operations
 */
export const tanh = (x: Tensor): Tensor => named("tanh", "tanh(clamp(a, T(-15.0f), T(15.0f)))", [x]);

/**
 * 1 / (1 + e^-x), of any shape.
 *
 * @example
 * ```ts
 * import { openDevice, sigmoid, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const x = tensor(device, [1], [0]);
 * console.log(await sigmoid(x).read()); // Float32Array(1) [ 0.5 ]
 * device.dispose();
 * ```
 * @category Pointwise operations
 */
export const sigmoid = (x: Tensor): Tensor => named("sigmoid", "T(1.0f) / (T(1.0f) + exp(-a))", [x]);

/**
 * x^exponent for a constant exponent, of any shape. Multiples of 1/4 from 0 to 2.5, such as the 1.25 of the Keras total variation,
 * are computed by products and square roots: for x >= 0, and for all x where the exponent is 0 (giving 1), 1 or 2. Others are
 * WGSL's `pow`, for x > 0, to about four digits. Elsewhere the value may be anything, on one device NaN and on another
 * |x|^exponent: for x³ of any sign use `multiply(x, square(x))`. The same holds of the power in the gradient,
 * exponent x^(exponent - 1).
 *
 * @example
 * ```ts
 * import { openDevice, pow, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const x = tensor(device, [3], [0, 1, 4]);
 * console.log(await pow(x, 1.5).read()); // Float32Array(3) [ 0, 1, 8 ]
 * device.dispose();
 * ```
 * @throws {InvalidOptionError} when `exponent` is not a finite float32.
 * @category Pointwise operations
 */
export const pow = (x: Tensor, exponent: number): Tensor =>
  named(
    "pow",
    // WGSL's pow goes through log2 and exp2 and loses three digits; square roots are exact to the last one.
    quarterPower(exponent) ?? `pow(a, T(${checkedLiteral("pow", exponent)}))`,
    [x],
    exponent,
  );

/**
 * max(x, 0), of any shape, with gradient 0 at 0.
 *
 * @example
 * ```ts
 * import { openDevice, relu, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const x = tensor(device, [3], [-1, 0, 2]);
 * console.log(await relu(x).read()); // Float32Array(3) [ 0, 0, 2 ]
 * device.dispose();
 * ```
 * @category Pointwise operations
 */
export const relu = (x: Tensor): Tensor => named("relu", "max(a, T(0.0f))", [x]);

/**
 * x for x > 0, else slope x, of any shape.
 *
 * @example
 * ```ts
 * import { leakyRelu, openDevice, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const x = tensor(device, [3], [-1, 0, 2]);
 * console.log(await leakyRelu(x, 0.5).read()); // Float32Array(3) [ -0.5, 0, 2 ]
 * device.dispose();
 * ```
 * @throws {InvalidOptionError} when `slope` is not a finite float32.
 * @category Pointwise operations
 */
export const leakyRelu = (x: Tensor, slope = 0.2): Tensor =>
  named("leakyRelu", `max(a, T(0.0f)) + T(${checkedLiteral("leakyRelu", slope)}) * min(a, T(0.0f))`, [x], slope);

/**
 * x limited to low..high, of any shape, with gradient 0 outside.
 *
 * @example
 * ```ts
 * import { clamp, openDevice, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const x = tensor(device, [3], [-10, 100, 300]);
 * console.log(await clamp(x, 0, 255).read()); // Float32Array(3) [ 0, 100, 255 ]
 * device.dispose();
 * ```
 * @throws {InvalidOptionError} when a limit is not a finite float32.
 * @category Pointwise operations
 */
export const clamp = (x: Tensor, low: number, high: number): Tensor =>
  named("clamp", `clamp(a, T(${checkedLiteral("clamp", low)}), T(${checkedLiteral("clamp", high)}))`, [x]);

/**
 * Any formula in WGSL over `a`, `b`, ... (the operands, 1 to 7, which broadcast as those of {@link add}) and the type `T`, which
 * is f32 or vec4f: constants are written `T(0.5f)`. Has no gradient; for that, compose the differentiable operations.
 *
 * @example
 * ```ts
 * import { openDevice, pointwise, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const average = tensor(device, [2], [0, 4]);
 * const image = tensor(device, [2], [8, 8]);
 * const decayed = pointwise("a * T(0.75f) + b * T(0.25f)", average, image);
 * console.log(await decayed.read()); // Float32Array(2) [ 2, 5 ]
 * device.dispose();
 * ```
 * @throws {InvalidOptionError} for another number of operands, or fewer than the formula names.
 * @throws {ShapeError} when the shapes do not fit together.
 * @category Pointwise operations
 */
export function pointwise(formula: string, ...operands: Tensor[]): Tensor {
  if (operands.length < 1 || operands.length > 7) {
    throw new InvalidOptionError(`pointwise: ${operands.length} operands for "${formula}"; pass 1 to 7.`);
  }
  const last = "abcdefg"[operands.length - 1];
  const unknown = formula.match(OPERAND)?.find((letter) => letter > last);
  if (unknown) {
    throw new InvalidOptionError(
      `pointwise: "${formula}" names ${unknown}, but its operands end at ${last}. Pass one for each letter.`,
    );
  }
  return named("custom", formula, operands);
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
