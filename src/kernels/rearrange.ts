/**
 * Kernels that only move elements: nearest upsampling and its gradient, dilation (zeros between pixels, the gradient of
 * a stride), and the transpose of a matrix. One invocation per element of the result.
 */
import { bindings, formatShape, imageGrid, type Kernel, sizeOf } from "./kernel.ts";
import { epilogueBindings, type Pointwise, storeFunction } from "./pointwise.ts";

/** Builds the common part; `value` is WGSL that computes `value: f32` from the coordinates of an element, and `sizes` of what is read. */
function rearrange(
  name: string,
  from: readonly number[],
  to: readonly number[],
  value: string,
  epilogue?: Pointwise,
): Kernel {
  const { grid, main, sizes: gridSizes } = imageGrid(to.length === 2 ? [1, ...to] : to);
  const [height, width] = from.slice(-2);
  const sizes = { ...gridSizes, height, width };
  const operands = epilogueBindings(epilogue, "f32");
  return {
    label: `${name} ${formatShape(from)} -> ${formatShape(to)}`,
    inputs: 1 + operands.length,
    uniforms: Object.values(sizes),
    grid,
    flops: 0,
    bytes: 4 * (sizeOf(from) + sizeOf(to)),
    wgsl: `alias T = f32;
${bindings([["image", "f32"], ...operands], "f32", sizes)}

${storeFunction(epilogue, "f32")}

${main}
  var value = 0.0f;
  ${value}
  store(i, ${to.length === 2 ? "y" : "channel"}, value);
}
`,
  };
}

/** result[c, y, x] = image[c, y / factor, x / factor]. `shape` is that of the small image. */
export function upsampleKernel(shape: readonly number[], factor: number, epilogue?: Pointwise): Kernel {
  const [channels, height, width] = shape;
  const value = `value = image[(channel * sizes.height + y / ${factor}u) * sizes.width + x / ${factor}u];`;
  return rearrange("upsample", shape, [channels, height * factor, width * factor], value, epilogue);
}

/** The gradient of nearest upsampling: the sum of each factor x factor block. `shape` is that of the small image. */
export function upsampleGradientKernel(shape: readonly number[], factor: number, epilogue?: Pointwise): Kernel {
  const [channels, height, width] = shape;
  const value = `for (var dy = 0u; dy < ${factor}u; dy++) {
    for (var dx = 0u; dx < ${factor}u; dx++) {
      value += image[(channel * sizes.height + y * ${factor}u + dy) * sizes.width + x * ${factor}u + dx];
    }
  }`;
  return rearrange("upsampleGradient", [channels, height * factor, width * factor], shape, value, epilogue);
}

/** result[c, y * factor, x * factor] = image[c, y, x], zeros between; [C, H, W] -> [C, (H-1) factor + 1, (W-1) factor + 1]. */
export function dilateKernel(shape: readonly number[], factor: number, epilogue?: Pointwise): Kernel {
  const [channels, height, width] = shape;
  const value = `if (y % ${factor}u == 0u && x % ${factor}u == 0u) {
    value = image[(channel * sizes.height + y / ${factor}u) * sizes.width + x / ${factor}u];
  }`;
  return rearrange("dilate", shape, [channels, (height - 1) * factor + 1, (width - 1) * factor + 1], value, epilogue);
}

/** result[j, i] = matrix[i, j]. `shape` is that of the matrix read. */
export function transposeKernel(shape: readonly number[], epilogue?: Pointwise): Kernel {
  const [rows, columns] = shape;
  return rearrange("transpose", shape, [columns, rows], "value = image[x * sizes.width + y];", epilogue);
}
