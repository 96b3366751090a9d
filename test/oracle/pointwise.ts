/** Operations that treat every value by itself. Their gradients multiply by the derivative at that value. */
import { type Array64, map, map2 } from "./arrays.ts";

/** The gradients of an operation of two arrays. */
export interface PairGradient {
  a: Array64;
  b: Array64;
}

/** max(x, 0) */
export function relu(x: Array64): Array64 {
  return map(x, (v) => Math.max(v, 0));
}

/** 1 where x > 0, else 0; at 0 itself, where there is no derivative, 0 is the convention of all frameworks. */
export function reluGradient(gradient: Array64, x: Array64): Array64 {
  return map2(gradient, x, (g, v) => (v > 0 ? g : 0));
}

/** x where x > 0, else slope * x */
export function leakyRelu(x: Array64, slope: number): Array64 {
  return map(x, (v) => (v > 0 ? v : slope * v));
}

/** 1 where x > 0, else the slope, at 0 too. */
export function leakyReluGradient(gradient: Array64, x: Array64, slope: number): Array64 {
  return map2(gradient, x, (g, v) => (v > 0 ? g : slope * g));
}

/** a + b, of one shape. */
export function add(a: Array64, b: Array64): Array64 {
  return map2(a, b, (p, q) => p + q);
}

/** The gradient goes to both as it is. */
export function addGradient(gradient: Array64): PairGradient {
  return { a: scale(gradient, 1), b: scale(gradient, 1) };
}

/** a - b, of one shape. */
export function subtract(a: Array64, b: Array64): Array64 {
  return map2(a, b, (p, q) => p - q);
}

/** 1 for a, -1 for b */
export function subtractGradient(gradient: Array64): PairGradient {
  return { a: scale(gradient, 1), b: scale(gradient, -1) };
}

/** a * b, value by value, of one shape. */
export function multiply(a: Array64, b: Array64): Array64 {
  return map2(a, b, (p, q) => p * q);
}

/** b for a, a for b */
export function multiplyGradient(gradient: Array64, a: Array64, b: Array64): PairGradient {
  return { a: multiply(gradient, b), b: multiply(gradient, a) };
}

/** a / b, value by value, of one shape. */
export function divide(a: Array64, b: Array64): Array64 {
  return map2(a, b, (p, q) => p / q);
}

/** 1 / b for a, -a / b^2 for b */
export function divideGradient(gradient: Array64, a: Array64, b: Array64): PairGradient {
  const slopes = map2(a, b, (p, q) => -p / (q * q));
  return { a: divide(gradient, b), b: multiply(gradient, slopes) };
}

/** factor * x */
export function scale(x: Array64, factor: number): Array64 {
  return map(x, (v) => factor * v);
}

/** The factor. */
export function scaleGradient(gradient: Array64, factor: number): Array64 {
  return scale(gradient, factor);
}

/** x + constant */
export function addConstant(x: Array64, constant: number): Array64 {
  return map(x, (v) => v + constant);
}

/** 1 */
export function addConstantGradient(gradient: Array64): Array64 {
  return scale(gradient, 1);
}

/** x^2 */
export function square(x: Array64): Array64 {
  return map(x, (v) => v * v);
}

/** 2 x */
export function squareGradient(gradient: Array64, x: Array64): Array64 {
  return map2(gradient, x, (g, v) => g * 2 * v);
}

/** The square root. */
export function sqrt(x: Array64): Array64 {
  return map(x, Math.sqrt);
}

/** 1 / (2 sqrt x), infinite at 0 */
export function sqrtGradient(gradient: Array64, x: Array64): Array64 {
  return map2(gradient, x, (g, v) => g / (2 * Math.sqrt(v)));
}

/** |x| */
export function abs(x: Array64): Array64 {
  return map(x, Math.abs);
}

/** The sign of x, by convention 0 at 0. */
export function absGradient(gradient: Array64, x: Array64): Array64 {
  return map2(gradient, x, (g, v) => g * Math.sign(v));
}

/** e^x */
export function exp(x: Array64): Array64 {
  return map(x, Math.exp);
}

/** e^x */
export function expGradient(gradient: Array64, x: Array64): Array64 {
  return map2(gradient, x, (g, v) => g * Math.exp(v));
}

/** The natural logarithm. */
export function log(x: Array64): Array64 {
  return map(x, Math.log);
}

/** 1 / x */
export function logGradient(gradient: Array64, x: Array64): Array64 {
  return map2(gradient, x, (g, v) => g / v);
}

/** The hyperbolic tangent. */
export function tanh(x: Array64): Array64 {
  return map(x, Math.tanh);
}

/** 1 - tanh(x)^2 */
export function tanhGradient(gradient: Array64, x: Array64): Array64 {
  return map2(gradient, x, (g, v) => g * (1 - Math.tanh(v) ** 2));
}

/** 1 / (1 + e^-x) */
export function sigmoid(x: Array64): Array64 {
  return map(x, (v) => 1 / (1 + Math.exp(-v)));
}

/** sigmoid(x) * (1 - sigmoid(x)) */
export function sigmoidGradient(gradient: Array64, x: Array64): Array64 {
  return map2(gradient, sigmoid(x), (g, s) => g * s * (1 - s));
}

/** x^exponent, NaN for a negative x unless the exponent is a whole number. */
export function pow(x: Array64, exponent: number): Array64 {
  return map(x, (v) => v ** exponent);
}

/** exponent * x^(exponent - 1) */
export function powGradient(gradient: Array64, x: Array64, exponent: number): Array64 {
  return map2(gradient, x, (g, v) => g * exponent * v ** (exponent - 1));
}
