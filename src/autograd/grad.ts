/** Gradients of functions, for eager use: `grad(f)(x)` is df/dx at x. */
import { ShapeError } from "../errors.ts";
import { gradients } from "./gradient.ts";
import { isTracing, stored, type Tensor, tracing } from "./graph.ts";

/**
 * The function that computes the gradients of a scalar function with respect to each of its arguments.
 *
 * @example
 * ```ts
 * import { grad, openDevice, square, sum, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const x = tensor(device, [3], [1, 2, 3]);
 * const [slope] = grad((x) => sum(square(x)))(x);
 * console.log(await slope.read()); // Float32Array(3) [ 2, 4, 6 ]
 * device.dispose();
 * ```
 * @throws {ShapeError} when the function's value is no scalar.
 * @category Gradients and programs
 */
export function grad(f: (...x: Tensor[]) => Tensor): (...x: Tensor[]) => Tensor[] {
  return (...x) => differentiated(f, x, 1);
}

/**
 * As {@link grad}, with the function's value before the gradients.
 *
 * @example
 * ```ts
 * import { openDevice, square, sum, tensor, valueAndGrad } from "nst-gpu";
 *
 * const device = await openDevice();
 * const x = tensor(device, [3], [1, 2, 3]);
 * const [value, slope] = valueAndGrad((x) => sum(square(x)))(x);
 * console.log(await value.read(), await slope.read()); // Float32Array(1) [ 14 ] Float32Array(3) [ 2, 4, 6 ]
 * device.dispose();
 * ```
 * @throws {ShapeError} when the function's value is no scalar.
 * @category Gradients and programs
 */
export function valueAndGrad(f: (...x: Tensor[]) => Tensor): (...x: Tensor[]) => Tensor[] {
  return (...x) => differentiated(f, x, 0);
}

/** Value and gradients of `f` at `x`, those from number `first` on: computed now, or inside of a trace as more graph. */
function differentiated(f: (...x: Tensor[]) => Tensor, x: Tensor[], first: number): Tensor[] {
  if (x.length === 0) throw new ShapeError("grad: the function got no argument to differentiate by; pass tensors.");
  const outputs = tracing(() => {
    const value = f(...x);
    return [value, ...gradients(value, x)].slice(first);
  });
  if (isTracing() || !x.every(({ storage }) => storage)) return outputs;
  const { runtime } = x[0].storage!;
  return runtime.evaluate(outputs).map((values, index) => stored(outputs[index], values));
}
