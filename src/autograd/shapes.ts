/** The same values in another shape, repeated, or one value everywhere. */
import { ShapeError } from "../errors.ts";
import { formatShape, sizeOf } from "../kernels/kernel.ts";
import { pointwiseOf } from "../kernels/pointwise.ts";
import { broadcastOf, checkedLiteral } from "./broadcast.ts";
import { apply, checkShape, identity, type Tensor } from "./graph.ts";
import type { Shape } from "./kinds.ts";

/**
 * The same elements, in row-major order, in another shape of the same size.
 *
 * @example
 * ```ts
 * import { openDevice, reshape, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const x = tensor(device, [2, 3], [1, 2, 3, 4, 5, 6]);
 * console.log(reshape(x, [3, 2]).shape); // [ 3, 2 ]
 * device.dispose();
 * ```
 * @throws {ShapeError} when the size differs.
 * @category Tensors
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  checkShape("reshape", shape);
  if (sizeOf(shape) !== x.size) {
    throw new ShapeError(
      `reshape: ${formatShape(x.shape)} has ${x.size} elements, ${formatShape(shape)} would have ${sizeOf(shape)}; give one of equal size.`,
    );
  }
  return apply(identity("element"), [x], shape);
}

/**
 * A scalar, or one value per channel [C], repeated over `shape`, which is [C, ...] then.
 *
 * @example
 * ```ts
 * import { broadcastTo, openDevice, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const x = tensor(device, [2], [1, 2]);
 * console.log(await broadcastTo(x, [2, 1, 2]).read()); // Float32Array(4) [ 1, 1, 2, 2 ]
 * device.dispose();
 * ```
 * @throws {ShapeError} when the shapes do not fit together.
 * @category Tensors
 */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  return apply(identity(broadcastOf(x.shape, shape, "broadcastTo")), [x], shape);
}

/**
 * A tensor of the given shape, all elements `value`. It is part of a graph and takes no memory until it is stored, so it can be
 * read only by way of what is computed from it.
 *
 * @example
 * ```ts
 * import { add, compile, filled, openDevice, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const x = tensor(device, [3], [1, 2, 3]);
 * const program = await compile(device, () => ({ results: { more: add(x, filled(10, [3])) } }));
 * program.run();
 * console.log(await program.results.more.read()); // Float32Array(3) [ 11, 12, 13 ]
 * device.dispose();
 * ```
 * @throws {InvalidOptionError} when the value is not a finite float32.
 * @throws {ShapeError} for a shape that is not of whole numbers from 1.
 * @category Tensors
 */
export function filled(value: number, shape: Shape): Tensor {
  checkShape("filled", shape);
  const all = pointwiseOf(`T(${checkedLiteral("filled", value)})`, []);
  return apply({ kind: "pointwise", name: "constant", parameter: value, function: all }, [], shape);
}
