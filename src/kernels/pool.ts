/**
 * Pooling over 2x2 windows with stride 2, floor mode: of odd sizes the last row or column is left out, as PyTorch does.
 * One invocation per element of the result. The gradient of the maximum goes to the first of equal maxima in row order.
 */
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

${storeFunction(epilogue)}

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

/** Gradient to the image, from the gradient of the pooled image; the maximum also needs the image itself. */
export function poolGradientKernel(shape: readonly number[], pooling: Pooling, epilogue?: Pointwise): Kernel {
  const [channels, height, width] = shape;
  const [rows, columns] = [height >> 1, width >> 1];
  const count = channels * height * width;
  const { grid, main } = imageGrid(shape);
  const image: [string, string][] = pooling === "max" ? [["image", "f32"]] : [];
  // The place of the maximum: a later element wins only by being larger.
  const share = `let first = channel * ${height * width}u + (y & ~1u) * ${width}u + (x & ~1u);
    var largest = image[first];
    var place = 0u;
    ${[1, 2, 3].map((k) => `if (image[first + ${(k >> 1) * width + (k & 1)}u] > largest) { largest = image[first + ${(k >> 1) * width + (k & 1)}u]; place = ${k}u; }`).join("\n    ")}
    value = select(0.0f, value, place == (y & 1u) * 2u + (x & 1u));`;
  return {
    label: `${pooling}PoolGradient ${formatShape(shape)}`,
    inputs: 1 + image.length + (epilogue?.operands.length ?? 1) - 1,
    grid,
    flops: 4 * count,
    bytes: 4 * (pooling === "max" ? 2.25 : 1.25) * count,
    wgsl: `alias T = f32;
${bindings([["gradient", "f32"], ...image, ...epilogueBindings(epilogue, "f32")], "f32")}

${storeFunction(epilogue)}

${main}
  var value = 0.0f;
  if (y / 2u < ${rows}u && x / 2u < ${columns}u) {
    value = gradient[(channel * ${rows}u + y / 2u) * ${columns}u + x / 2u]${pooling === "average" ? " * 0.25f" : ""};
    ${pooling === "max" ? share : ""}
  }
  store(i, channel, value);
}
`,
  };
}
