/**
 * Padding and cropping of planes, and the gradient of padding.
 *
 * Convolutions read a padded copy of their input, so that their inner loop has neither bounds checks nor padding modes:
 * the copy costs one pass over the input, a few percent of the convolution. `extraRows` and `extraColumns` of zeros
 * below and to the right make the copy's rows as long as whole strips need.
 */
import { bindings, formatShape, imageGrid, type Kernel, range } from "./kernel.ts";
import { epilogueBindings, type Pointwise, storeFunction } from "./pointwise.ts";

/**
 * What lies outside an image: zeros, the nearest pixel, the mirror image about the edge pixel, or the image again.
 *
 * @category Image operations
 */
export type PaddingMode = "zero" | "replicate" | "reflect" | "circular";

/** All of them. */
export const PADDINGS: readonly PaddingMode[] = ["zero", "replicate", "reflect", "circular"];

/**
 * Rows and columns added on each side of a convolution's input; negative ones are cut off (only with mode "zero"). Those called extra
 * are zeros below and to the right, for rows as long as a kernel wants them.
 *
 * @category Kernels and algorithms
 */
export interface Padding {
  mode: PaddingMode;
  top: number;
  bottom: number;
  left: number;
  right: number;
  extraRows: number;
  extraColumns: number;
}

/** Height and width after padding. */
export function paddedSize(height: number, width: number, padding: Padding): [height: number, width: number] {
  return [
    height + padding.top + padding.bottom + padding.extraRows,
    width + padding.left + padding.right + padding.extraColumns,
  ];
}

/** `fn source(position, size) -> i32`: where a coordinate relative to the image's first pixel is read, or -1 for zero. */
export function sourceFunction(mode: PaddingMode): string {
  const inside = {
    zero: "select(-1, position, position >= 0 && position < size)",
    replicate: "clamp(position, 0, size - 1)",
    reflect: "(size - 1) - abs((size - 1) - abs(position))",
    circular: "(position + size) % size",
  }[mode];
  return `fn source(position: i32, size: i32) -> i32 { return ${inside}; }`;
}

/**
 * result[c, y, x] = image[c, y - top, x - left], extended by the mode; zero in the extra rows and columns. One invocation
 * per element, or per vector where rows are vectors.
 */
export function padKernel(shape: readonly number[], padding: Padding, epilogue?: Pointwise): Kernel {
  const [channels, height, width] = shape;
  const [rows, columns] = paddedSize(height, width, padding);
  const count = channels * rows * columns;
  const lanes = columns % 4 === 0 ? 4 : 1;
  const type = lanes === 4 ? "vec4f" : "f32";
  const { grid, main, sizes: gridSizes } = imageGrid([channels, rows, columns / lanes]);
  const operands = epilogueBindings(epilogue, type);
  const sizes = {
    ...gridSizes,
    height,
    width,
    rows: rows - padding.extraRows,
    columns: columns - padding.extraColumns,
  };
  const pixel = (j: number) => `pixel(plane, fromY, column + ${j})`;
  return {
    label: `pad ${padding.mode} ${formatShape(shape)} -> ${formatShape([channels, rows, columns])}`,
    inputs: 1 + operands.length,
    uniforms: Object.values(sizes),
    grid,
    flops: 0,
    bytes: 4 * (channels * height * width + count),
    wgsl: `alias T = ${type};
${bindings([["image", "f32"], ...operands], type, sizes)}

${sourceFunction(padding.mode)}
${storeFunction(epilogue, type)}

fn pixel(plane: u32, fromY: i32, column: i32) -> f32 {
  let fromX = source(column - ${padding.left}, i32(sizes.width));
  if (fromY < 0 || fromX < 0 || u32(column) >= sizes.columns) { return 0.0f; }
  return image[plane + u32(fromY) * sizes.width + u32(fromX)];
}

${main}
  let column = i32(x) * ${lanes};
  let fromY = select(source(i32(y) - ${padding.top}, i32(sizes.height)), -1, y >= sizes.rows);
  let plane = channel * sizes.height * sizes.width;
  store(i, channel, ${lanes === 4 ? `T(${range(4, pixel, ", ")})` : pixel(0)});
}
`,
  };
}

/**
 * Gradient of padding with any mode but zero (whose gradient is a crop): each pixel gathers, in a fixed order, the
 * gradients of all padded positions that read it. `shape` is that of the image, not of the padded one.
 */
export function padGradientKernel(shape: readonly number[], padding: Padding, epilogue?: Pointwise): Kernel {
  const [channels, height, width] = shape;
  const [rows, columns] = paddedSize(height, width, padding);
  const count = channels * height * width;
  const lanes = width % 4 === 0 ? 4 : 1;
  const type = lanes === 4 ? "vec4f" : "f32";
  // Only those of the grid: with all as uniforms, software adapters would take a seventh longer.
  const { grid, main, sizes } = imageGrid([channels, height, width / lanes]);
  const operands = epilogueBindings(epilogue, type);
  // Circular padding on one side reads the pixels of the other.
  const [besideX, besideY] = [Math.max(padding.left, padding.right), Math.max(padding.top, padding.bottom)];
  const own = (start: string) =>
    lanes === 4 ? `T(${range(4, (j) => `gradient[${start} + ${j}u]`, ", ")})` : `gradient[${start}]`;
  return {
    label: `padGradient ${padding.mode} ${formatShape([channels, rows, columns])} -> ${formatShape(shape)}`,
    inputs: 1 + operands.length,
    uniforms: Object.values(sizes),
    grid,
    flops: count,
    bytes: 4 * (count + channels * rows * columns),
    wgsl: `alias T = ${type};
${bindings([["gradient", "f32"], ...operands], type, sizes)}

${sourceFunction(padding.mode)}
${storeFunction(epilogue, type)}

// The k-th padded position of the border.
fn border(k: i32, size: i32, before: i32) -> i32 { return select(size + k, k, k < before); }

// What the padded positions that read some pixels of a row add up to: in each row their own, then those of the border.
fn gathered(plane: u32, y: i32, x: i32) -> T {
  var sum = T();
  for (var ky = -1; ky < ${padding.top + padding.bottom}; ky++) {
    let row = select(border(ky, ${height}, ${padding.top}), y + ${padding.top}, ky < 0);
    if (ky >= 0 && source(row - ${padding.top}, ${height}) != y) { continue; }
    let start = plane + u32(row) * ${columns}u;
    let own = start + u32(x) + ${padding.left}u;
    sum += ${own("own")};
    for (var kx = 0; kx < ${padding.left + padding.right}; kx++) {
      let column = border(kx, ${width}, ${padding.left});
      let j = source(column - ${padding.left}, ${width}) - x;
      if (j >= 0 && j < ${lanes}) { sum += ${lanes === 4 ? "select(T(), T(gradient[start + u32(column)]), vec4i(j) == vec4i(0, 1, 2, 3))" : "gradient[start + u32(column)]"}; }
    }
  }
  return sum;
}

${main}
  let left = x * ${lanes}u;
  let plane = channel * ${rows * columns}u;
  // Only pixels near an edge are read from the border.
  if (left > ${besideX}u && left + ${besideX + lanes}u < ${width}u && y > ${besideY}u && y + ${besideY + 1}u < ${height}u) {
    let own = plane + (y + ${padding.top}u) * ${columns}u + left + ${padding.left}u;
    store(i, channel, ${own("own")});
    return;
  }
  store(i, channel, gathered(plane, i32(y), i32(left)));
}
`,
  };
}
