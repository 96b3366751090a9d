/**
 * Pooling over 2x2 windows with stride 2, floor mode: of odd sizes the last row or column is left out, as PyTorch does.
 * One invocation per window. The gradient of the maximum goes where the pool mask says (bits.ts): to the first of equal
 * maxima in row order.
 */
import { poolMaskBits } from "./bits.ts";
import { bindings, formatShape, imageGrid, type Kernel, range } from "./kernel.ts";
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

/**
 * Gradient to the image, from the gradient of the pooled image; that of the maximum also needs the image's pool mask. A
 * last row or column that is left out gets zeros: windows that are cut off.
 */
export function poolGradientKernel(shape: readonly number[], pooling: Pooling, epilogue?: Pointwise): Kernel {
  const [channels, height, width] = shape;
  const [rows, columns] = [height >> 1, width >> 1];
  const count = channels * height * width;
  const { grid, main } = imageGrid([channels, (height + 1) >> 1, (width + 1) >> 1]);
  const isMaximum = pooling === "max";
  const mask: [string, string][] = isMaximum ? [["mask", "u32"]] : [];
  const isOdd = height % 2 === 1 || width % 2 === 1;
  const share = (k: number) => (isMaximum ? `select(0.0f, value, (bits & ${1 << k}u) != 0u)` : "value");
  const store = (k: number) => {
    const [column, row] = [k & 1, k >> 1];
    const isInside = [
      column && width % 2 ? [`x * 2u + 1u < ${width}u`] : [],
      row && height % 2 ? [`y * 2u + 1u < ${height}u`] : [],
    ].flat();
    const condition = isInside.length > 0 ? `if (${isInside.join(" && ")}) ` : "";
    return `${condition}{ store(first + ${row * width + column}u, channel, ${share(k)}); }`;
  };
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
  let first = (channel * ${height}u + y * 2u) * ${width}u + x * 2u;
  var value = 0.0f;
  ${isMaximum ? "var bits = 0u;" : ""}
  ${isOdd ? `if (y < ${rows}u && x < ${columns}u) ` : ""}{
    value = gradient[(channel * ${rows}u + y) * ${columns}u + x]${isMaximum ? "" : " * 0.25f"};
    ${isMaximum ? `bits = ${poolMaskBits(shape)};` : ""}
  }
  ${range(4, store, "\n  ")}
}
`,
  };
}
