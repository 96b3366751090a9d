/**
 * Pooling over 2x2 windows with stride 2, floor mode: of odd sizes the last row or column is left out, as PyTorch does.
 * One invocation per element of the result. The gradient of the maximum goes where the pool mask says (bits.ts): to the
 * first of equal maxima in row order.
 */
import { poolMaskBit } from "./bits.ts";
import { bindings, formatShape, imageGrid, type Kernel } from "./kernel.ts";
import { epilogueBindings, type Pointwise, storeFunction } from "./pointwise.ts";

/** How a window becomes one value. */
export type Pooling = "max" | "average";

/** [C, H, W] -> [C, floor(H / 2), floor(W / 2)]. `shape` is that of the image. */
export function poolKernel(shape: readonly number[], pooling: Pooling, epilogue?: Pointwise): Kernel {
  const [channels, height, width] = shape;
  const [rows, columns] = [height >> 1, width >> 1];
  const count = channels * rows * columns;
  const { grid, main } = imageGrid([channels, rows, columns]);
  const value = pooling === "max" ? "max(max(a, b), max(c, d))" : "0.25f * ((a + b) + (c + d))";
  return {
    label: `${pooling}Pool ${formatShape(shape)}`,
    inputs: epilogue?.operands.length ?? 1,
    grid,
    flops: 4 * count,
    bytes: 20 * count,
    wgsl: `alias T = f32;
${bindings([["image", "f32"], ...epilogueBindings(epilogue, "f32")], "f32")}

${storeFunction(epilogue, "f32")}

${main}
  let first = channel * ${height * width}u + y * ${2 * width}u + x * 2u;
  let a = image[first];
  let b = image[first + 1u];
  let c = image[first + ${width}u];
  let d = image[first + ${width + 1}u];
  store(i, channel, ${value});
}
`,
  };
}

/** Gradient to the image, from the gradient of the pooled image; that of the maximum also needs the image's pool mask. */
export function poolGradientKernel(shape: readonly number[], pooling: Pooling, epilogue?: Pointwise): Kernel {
  const [channels, height, width] = shape;
  const [rows, columns] = [height >> 1, width >> 1];
  const count = channels * height * width;
  const { grid, main } = imageGrid(shape);
  const mask: [string, string][] = pooling === "max" ? [["mask", "u32"]] : [];
  const above = `gradient[(channel * ${rows}u + y / 2u) * ${columns}u + x / 2u]`;
  const value = pooling === "max" ? `select(0.0f, ${above}, (${poolMaskBit(shape)}) == 1u)` : `${above} * 0.25f`;
  return {
    label: `${pooling}PoolGradient ${formatShape(shape)}`,
    inputs: 1 + mask.length + (epilogue?.operands.length ?? 1) - 1,
    grid,
    flops: count,
    bytes: 4 * 1.25 * count,
    wgsl: `alias T = f32;
${bindings([["gradient", "f32"], ...mask, ...epilogueBindings(epilogue, "f32")], "f32")}

${storeFunction(epilogue, "f32")}

${main}
  var value = 0.0f;
  if (y / 2u < ${rows}u && x / 2u < ${columns}u) { value = ${value}; }
  store(i, channel, value);
}
`,
  };
}
