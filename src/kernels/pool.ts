/**
 * Pooling over 2x2 windows with stride 2, floor mode: of odd sizes the last row or column is left out, as PyTorch does.
 * One invocation per window, or for a vector of results where rows divide into vectors. The gradient of the maximum goes where the pool mask says (bits.ts): to the first of equal
 * maxima in row order.
 */
import { poolMaskBits, poolMaskShape } from "./bits.ts";
import { bindings, formatShape, imageGrid, type Kernel, range } from "./kernel.ts";
import { epilogueBindings, type Pointwise, storeFunction } from "./pointwise.ts";

/**
 * How a 2x2 window becomes one value.
 *
 * @category Networks
 */
export type Pooling = "max" | "average";

/** All of them. */
export const POOLINGS: readonly Pooling[] = ["max", "average"];

/** [C, H, W] -> [C, floor(H / 2), floor(W / 2)]. `shape` is that of the image. */
export function poolKernel(shape: readonly number[], pooling: Pooling, epilogue?: Pointwise): Kernel {
  const [channels, height, width] = shape;
  const [rows, columns] = [height >> 1, width >> 1];
  const count = channels * rows * columns;
  const lanes = width % 8 === 0 ? 4 : 1;
  const type = lanes === 4 ? "vec4f" : "f32";
  const { grid, main, sizes: gridSizes } = imageGrid([channels, rows, columns / lanes]);
  const sizes = { ...gridSizes, height, perRow: width / lanes };
  const operands = epilogueBindings(epilogue, type);
  const value = pooling === "max" ? "max(max(a, b), max(c, d))" : "0.25f * ((a + b) + (c + d))";
  const pixels =
    lanes === 1
      ? "let a = p; let b = q; let c = r; let d = s;"
      : "let a = vec4f(p.xz, q.xz); let b = vec4f(p.yw, q.yw); let c = vec4f(r.xz, s.xz); let d = vec4f(r.yw, s.yw);";
  return {
    label: `${pooling}Pool ${formatShape(shape)}`,
    inputs: 1 + operands.length,
    uniforms: Object.values(sizes),
    grid,
    flops: 4 * count,
    bytes: 20 * count,
    wgsl: `alias T = ${type};
${bindings([["image", type], ...operands], type, sizes)}

${storeFunction(epilogue, type)}

${main}
  let first = (channel * sizes.height + y * 2u) * sizes.perRow + x * 2u;
  let below = first + sizes.perRow;
  let p = image[first]; let q = image[first + 1u]; let r = image[below]; let s = image[below + 1u];
  ${pixels}
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
  const count = channels * height * width;
  const isMaximum = pooling === "max";
  const hasVectors = width % 4 === 0 && height % 2 === 0;
  const type = hasVectors ? "vec4f" : "f32";
  // Windows of one invocation.
  const windows = hasVectors ? 2 : 1;
  const { grid, main, sizes: gridSizes } = imageGrid([channels, (height + 1) >> 1, ((width + 1) >> 1) / windows]);
  const sizes = { ...gridSizes, height, width, rows: height >> 1, columns: width >> 1, words: poolMaskShape(shape)[2] };
  const operands = [...(isMaximum ? [["mask", "u32"] as const] : []), ...epilogueBindings(epilogue, type)];
  const isOdd = height % 2 === 1 || width % 2 === 1;
  const share = (window: number, k: number) =>
    isMaximum ? `select(0.0f, value${window}, (bits & ${1 << (4 * window + k)}u) != 0u)` : `value${window}`;
  return {
    label: `${pooling}PoolGradient ${formatShape(shape)}`,
    inputs: 1 + operands.length,
    uniforms: Object.values(sizes),
    grid,
    flops: count,
    bytes: 4 * 1.25 * count,
    wgsl: `alias T = ${type};
${bindings([["gradient", "f32"], ...operands], type, sizes)}

${storeFunction(epilogue, type)}

${main}
  let window = x * ${windows}u;
  ${range(windows, (k) => `var value${k} = 0.0f;`, " ")}
  ${isMaximum ? "var bits = 0u;" : ""}
  ${isOdd ? "if (y < sizes.rows && x < sizes.columns) " : ""}{
    let pooled = (channel * sizes.rows + y) * sizes.columns + window;
    ${range(windows, (k) => `value${k} = gradient[pooled + ${k}u]${isMaximum ? "" : " * 0.25f"};`, " ")}
    ${isMaximum ? `bits = ${poolMaskBits("window")};` : ""}
  }
  let first = (channel * sizes.height + y * 2u) * sizes.width + x * ${2 * windows}u;
  ${hasVectors ? range(2, storeVector, "\n  ") : range(4, storePixel, "\n  ")}
}
`,
  };

  /** Row r of two windows. */
  function storeVector(r: number): string {
    const values = [0, 1].flatMap((window) => [share(window, 2 * r), share(window, 2 * r + 1)]);
    return `store((first + ${r}u * sizes.width) / 4u, channel, vec4f(${values.join(", ")}));`;
  }

  /** Pixel k of a window, if it is inside. */
  function storePixel(k: number): string {
    const [column, row] = [k & 1, k >> 1];
    const isInside = [
      column && width % 2 ? ["x * 2u + 1u < sizes.width"] : [],
      row && height % 2 ? ["y * 2u + 1u < sizes.height"] : [],
    ].flat();
    const condition = isInside.length > 0 ? `if (${isInside.join(" && ")}) ` : "";
    return `${condition}{ store(first + ${row}u * sizes.width + ${column}u, channel, ${share(0, k)}); }`;
  }
}
