/** Derivatives without any rule of differentiation, to check the rules with. */
import { type Array64, map2 } from "./arrays.ts";

/**
 * The derivative of `f` at `x` along a direction by central differences, `(f(x + h d) - f(x - h d)) / 2h`.
 *
 * Its error has two parts, h^2 times the third derivative and eps / h from rounding; h = 1e-5 balances them in float64
 * for values near 1 and leaves about nine digits. In float32 hardly three would be left, which is why gradients are
 * checked here and never on the GPU. `f` has to be smooth within h of x.
 *
 * @example
 * finiteDifference((x) => x.data[0] ** 2, array64([1], [3]), array64([1], [1])); // 6, nearly
 */
export function finiteDifference(f: (x: Array64) => number, x: Array64, direction: Array64, h = 1e-5): number {
  const ahead = map2(x, direction, (value, d) => value + h * d);
  const behind = map2(x, direction, (value, d) => value - h * d);
  return (f(ahead) - f(behind)) / (2 * h);
}
