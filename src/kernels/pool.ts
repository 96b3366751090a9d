/**
 * Pooling over 2x2 windows with stride 2, floor mode: of odd sizes the last row or column is left out, as PyTorch does.
 * One invocation per window, or for a vector of results where rows divide into vectors. The gradient of the maximum goes where the pool mask says (bits.ts): to the first of equal
 * maxima in row order.
 */
import { poolMaskBits } from "./bits.ts";
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
  const { grid, main } = imageGrid([channels, rows, columns / lanes]);
  const value = pooling === "max" ? "max(max(a, b), max(c, d))" : "0.25f * ((a + b) + (c + d))";
  const perRow = width / lanes;
  const pixels =
    lanes === 1
      ? `let a = image[first]; let b = image[first + 1u]; let c = image[first + ${perRow}u]; let d = image[first + ${perRow + 1}u];`
      : `let p = image[first]; let q = image[first + 1u]; let r = image[first + ${perRow}u]; let s = image[first + ${perRow + 1}u];
  let a = vec4f(p.xz, q.xz); let b = vec4f(p.yw, q.yw); let c = vec4f(r.xz, s.xz); let d = vec4f(r.yw, s.yw);`;
  return {
    label: `${pooling}Pool ${formatShape(shape)}`,
    inputs: epilogue?.operands.length ?? 1,
    grid,
    flops: 4 * count,
    bytes: 20 * count,
    wgsl: `alias T = ${type};
${bindings([["image", type], ...epilogueBindings(epilogue, type)], type)}

${storeFunction(epilogue, type)}

${main}
  let first = (channel * ${height}u + y * 2u) * ${perRow}u + x * 2u;
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
  const [rows, columns] = [height >> 1, width >> 1];
  const count = channels * height * width;
  const isMaximum = pooling === "max";
  const hasVectors = width % 4 === 0 && height % 2 === 0;
  const type = hasVectors ? "vec4f" : "f32";
  // Windows of one invocation.
  const windows = hasVectors ? 2 : 1;
  const { grid, main } = imageGrid([channels, (height + 1) >> 1, ((width + 1) >> 1) / windows]);
  const mask: [string, string][] = isMaximum ? [["mask", "u32"]] : [];
  const isOdd = height % 2 === 1 || width % 2 === 1;
  const share = (window: number, k: number) =>
    isMaximum ? `select(0.0f, value${window}, (bits & ${1 << (4 * window + k)}u) != 0u)` : `value${window}`;
  return {
    label: `${pooling}PoolGradient ${formatShape(shape)}`,
    inputs: 1 + mask.length + (epilogue?.operands.length ?? 1) - 1,
    grid,
    flops: count,
    bytes: 4 * 1.25 * count,
    wgsl: `alias T = ${type};
${bindings([["gradient", "f32"], ...mask, ...epilogueBindings(epilogue, type)], type)}

${storeFunction(epilogue, type)}

${main}
  let window = x * ${windows}u;
  ${range(windows, (k) => `var value${k} = 0.0f;`, " ")}
  ${isMaximum ? "var bits = 0u;" : ""}
  ${isOdd ? `if (y < ${rows}u && x < ${columns}u) ` : ""}{
    let pooled = (channel * ${rows}u + y) * ${columns}u + window;
    ${range(windows, (k) => `value${k} = gradient[pooled + ${k}u]${isMaximum ? "" : " * 0.25f"};`, " ")}
    ${isMaximum ? `bits = ${poolMaskBits(shape, "window")};` : ""}
  }
  let first = (channel * ${height}u + y * 2u) * ${width}u + x * ${2 * windows}u;
  ${hasVectors ? range(2, storeVector, "\n  ") : range(4, storePixel, "\n  ")}
}
`,
  };

  /** Row r of two windows. */
  function storeVector(r: number): string {
    const values = [0, 1].flatMap((window) => [share(window, 2 * r), share(window, 2 * r + 1)]);
    return `store((first + ${r * width}u) / 4u, channel, vec4f(${values.join(", ")}));`;
  }

  /** Pixel k of a window, if it is inside. */
  function storePixel(k: number): string {
    const [column, row] = [k & 1, k >> 1];
    const isInside = [
      column && width % 2 ? [`x * 2u + 1u < ${width}u`] : [],
      row && height % 2 ? [`y * 2u + 1u < ${height}u`] : [],
    ].flat();
    const condition = isInside.length > 0 ? `if (${isInside.join(" && ")}) ` : "";
    return `${condition}{ store(first + ${row * width + column}u, channel, ${share(0, k)}); }`;
  }
}
