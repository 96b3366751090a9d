/** Kernels of the caller's own: WGSL that runs on tensors as one operation, beside the library's. */
import { InvalidOptionError } from "../errors.ts";
import { MAX_WORKGROUPS } from "../kernels/kernel.ts";
import { apply, checkShape, type Tensor } from "./graph.ts";
import type { Shape } from "./kinds.ts";

/** WebGPU's default number of storage buffers per shader stage, less the result. */
const MAX_INPUTS = 7;

/**
 * A compute kernel for {@link applyKernel}, for fixed shapes.
 *
 * @category Kernels and algorithms
 */
export interface OwnKernel {
  /**
   * WGSL with an entry point `main`. The inputs are the bindings 0, 1, ... of group 0, `var<storage, read>`; the result is
   * the binding after them, `var<storage, read_write>`. All are arrays of `f32`, or of `vec4f`, in row-major order.
   */
  wgsl: string;
  /** Workgroups in x, y and z, each 1 to 65535. */
  grid: readonly [x: number, y: number, z: number];
  /** Name in plans, profiles and messages, default "kernel". */
  label?: string;
  /** Floating-point operations, for plans and profiles, default 0; a multiplication and an addition count two. */
  flops?: number;
}

/**
 * Runs a kernel of your own on 1 to 7 tensors; its result has the given shape. It must write every element: memory of
 * programs is used again, and begins with anything. Sizes belong into the text: buffers may end with up to three numbers
 * more than the tensor has, so that `arrayLength` may be larger. It has no gradient.
 *
 * Inside of `compile`, text that is no WGSL rejects with a `KernelError` that quotes the line. When it runs at once, it fails
 * the device: the next reading throws.
 *
 * @example
 * ```ts
 * import { applyKernel, openDevice, tensor } from "nst-gpu";
 *
 * const device = await openDevice();
 * const x = tensor(device, [4], [1, 2, 3, 4]);
 * const reversed = applyKernel(
 *   {
 *     wgsl: `
 *       @group(0) @binding(0) var<storage, read> x: array<f32>;
 *       @group(0) @binding(1) var<storage, read_write> result: array<f32>;
 *       @compute @workgroup_size(64)
 *       fn main(@builtin(global_invocation_id) position: vec3u) {
 *         if (position.x < 4u) { result[position.x] = x[3u - position.x]; }
 *       }`,
 *     grid: [1, 1, 1],
 *   },
 *   [x],
 *   [4],
 * );
 * console.log(await reversed.read()); // Float32Array(4) [ 4, 3, 2, 1 ]
 * device.dispose();
 * ```
 * @throws {InvalidOptionError} for a grid or a number of inputs that WebGPU does not have.
 * @throws {ShapeError} for a shape that is not of whole numbers from 1.
 * @category Kernels and algorithms
 */
export function applyKernel(kernel: OwnKernel, inputs: readonly Tensor[], shape: Shape): Tensor {
  const { wgsl, grid, label = "kernel", flops = 0 } = kernel;
  if (inputs.length < 1 || inputs.length > MAX_INPUTS) {
    throw new InvalidOptionError(`applyKernel: "${label}" has ${inputs.length} inputs; pass 1 to ${MAX_INPUTS}.`);
  }
  if (grid.length !== 3 || !grid.every((count) => Number.isInteger(count) && count >= 1 && count <= MAX_WORKGROUPS)) {
    throw new InvalidOptionError(
      `applyKernel: "${label}" has a grid of ${grid.join(" x ")}; pass three whole numbers from 1 to ${MAX_WORKGROUPS}.`,
    );
  }
  checkShape(`applyKernel: the result of "${label}"`, shape);
  return apply({ kind: "kernel", wgsl, grid, label, flops }, inputs, shape);
}
