/**
 * Padding and cropping of planes, and the gradient of padding.
 *
 * Convolutions read a padded copy of their input, so that their inner loop has neither bounds checks nor padding modes:
 * the copy costs one pass over the input, a few percent of the convolution. `extraRows` and `extraColumns` of zeros
 * below and to the right make the copy's rows as long as whole strips need.
 */
import { bindings, formatShape, type Kernel, linearGrid } from "./kernel.ts";
import { epilogueBindings, type Pointwise, storeFunction } from "./pointwise.ts";

/** What lies outside an image: zeros, the nearest pixel, the mirror image about the edge pixel, or the image again. */
export type PaddingMode = "zero" | "replicate" | "reflect" | "circular";

/** Rows and columns added on each side; negative ones are cut off (only with mode "zero"). */
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
function sourceFunction(mode: PaddingMode): string {
  const inside = {
    zero: "select(-1, position, position >= 0 && position < size)",
    replicate: "clamp(position, 0, size - 1)",
    reflect: "(size - 1) - abs((size - 1) - abs(position))",
    circular: "(position + size) % size",
  }[mode];
  return `fn source(position: i32, size: i32) -> i32 { return ${inside}; }`;
}

/** result[c, y, x] = image[c, y - top, x - left], extended by the mode; zero in the extra rows and columns. */
export function padKernel(shape: readonly number[], padding: Padding, epilogue?: Pointwise): Kernel {
  const [channels, height, width] = shape;
  const [rows, columns] = paddedSize(height, width, padding);
  const count = channels * rows * columns;
  const { grid, index } = linearGrid(Math.ceil(count / 64));
  return {
    label: `pad ${padding.mode} ${formatShape(shape)} -> ${formatShape([channels, rows, columns])}`,
    inputs: epilogue?.operands.length ?? 1,
    grid,
    flops: 0,
    bytes: 4 * (channels * height * width + count),
    wgsl: `alias T = f32;
${bindings([["image", "f32"], ...epilogueBindings(epilogue, "f32")], "f32")}

${sourceFunction(padding.mode)}
${storeFunction(epilogue)}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = ${index} * 64u + lane;
  if (i >= ${count}u) { return; }
  let channel = i / ${rows * columns}u;
  let row = i32(i / ${columns}u % ${rows}u);
  let column = i32(i % ${columns}u);
  let y = source(row - ${padding.top}, ${height});
  let x = source(column - ${padding.left}, ${width});
  let outside = row >= ${rows - padding.extraRows} || column >= ${columns - padding.extraColumns} || y < 0 || x < 0;
  var value = 0.0f;
  if (!outside) { value = image[(channel * ${height}u + u32(y)) * ${width}u + u32(x)]; }
  store(i, channel, value);
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
  const { grid, index } = linearGrid(Math.ceil(count / 64));
  return {
    label: `padGradient ${padding.mode} ${formatShape([channels, rows, columns])} -> ${formatShape(shape)}`,
    inputs: epilogue?.operands.length ?? 1,
    grid,
    flops: count,
    bytes: 4 * (count + channels * rows * columns),
    wgsl: `alias T = f32;
${bindings([["gradient", "f32"], ...epilogueBindings(epilogue, "f32")], "f32")}

${sourceFunction(padding.mode)}
${storeFunction(epilogue)}

// The padded positions that can read a pixel: its own, then those of the border. -1 where the k-th one does not read it.
fn reader(k: i32, position: i32, size: i32, before: i32) -> i32 {
  if (k == 0) { return position + before; }
  let padded = select(size + k - 1, k - 1, k <= before);
  return select(-1, padded, source(padded - before, size) == position);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = ${index} * 64u + lane;
  if (i >= ${count}u) { return; }
  let channel = i / ${height * width}u;
  let y = i32(i / ${width}u % ${height}u);
  let x = i32(i % ${width}u);
  var sum = 0.0f;
  for (var ky = 0; ky <= ${padding.top + padding.bottom}; ky++) {
    let row = reader(ky, y, ${height}, ${padding.top});
    if (row < 0) { continue; }
    for (var kx = 0; kx <= ${padding.left + padding.right}; kx++) {
      let column = reader(kx, x, ${width}, ${padding.left});
      if (column >= 0) { sum += gradient[(channel * ${rows}u + u32(row)) * ${columns}u + u32(column)]; }
    }
  }
  store(i, channel, sum);
}
`,
  };
}
