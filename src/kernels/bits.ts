/**
 * Masks: one bit per element instead of the whole tensor, for gradients that need to know no more of it.
 *
 *   sign mask   x > 0, all that ReLU's gradient needs      element i is bit i % 32 of word i / 32
 *   pool mask   the place of the maximum of each 2x2       row of windows after row, each row from a new word on; window x
 *               window, all that its gradient needs        has 4 bits of word x / 8 from bit x % 8 * 4 on, in row order
 *
 * Words are u32, as large as the f32 of other tensors. One invocation makes one word.
 */
import { bindings, formatShape, imageGrid, type Kernel, linearGrid, range, sizeOf } from "./kernel.ts";

/** Shape of the sign mask of a tensor: a list of words. */
export function signMaskShape(shape: readonly number[]): number[] {
  return [Math.ceil(sizeOf(shape) / 32)];
}

/** Shape of the pool mask of an image [C, H, W], in words: [C, floor(H / 2), ceil(floor(W / 2) / 8)]. */
export function poolMaskShape([channels, height, width]: readonly number[]): number[] {
  return [channels, height >> 1, Math.ceil((width >> 1) / 8)];
}

/** Bit i: whether element i of a tensor is positive. */
export function signMaskKernel(shape: readonly number[]): Kernel {
  const size = sizeOf(shape);
  const [words] = signMaskShape(shape);
  const width = size % 4 === 0 ? 4 : 1;
  const loads = 32 / width;
  const { grid, index } = linearGrid(Math.ceil(words / 64));
  // Bits past the last element, which nobody reads, repeat the last vector's.
  const at = (k: number) => (size % 32 === 0 ? `first + ${k}u` : `min(first + ${k}u, sizes.last)`);
  const sizes = { words, last: size / width - 1 };
  return {
    label: `signMask ${formatShape(shape)}`,
    inputs: 1,
    uniforms: Object.values(sizes),
    grid,
    flops: size,
    bytes: 4 * (size + words),
    wgsl: `${bindings([["x", width === 4 ? "vec4f" : "f32"]], "u32", sizes)}

fn bits(i: u32) -> u32 {
  ${
    width === 4
      ? "let bit = select(vec4u(), vec4u(1u, 2u, 4u, 8u), x[i] > vec4f()); return bit.x | bit.y | bit.z | bit.w;"
      : "return select(0u, 1u, x[i] > 0.0f);"
  }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = ${index} * 64u + lane;
  if (i >= sizes.words) { return; }
  let first = i * ${loads}u;
  var word = 0u;
  ${range(loads, (k) => `word |= bits(${at(k)}) << ${k * width}u;`, "\n  ")}
  result[i] = word;
}
`,
  };
}

/**
 * The bit of the first of the equal maxima of each 2x2 window in row order. With `positive` only where the maximum is: the
 * mask then is that of ReLU's gradient too.
 */
export function poolMaskKernel(shape: readonly number[], positive: boolean): Kernel {
  const [channels, height, width] = shape;
  const [rows, columns] = [height >> 1, width >> 1];
  const maskShape = poolMaskShape(shape);
  const isAligned = width % 4 === 0;
  const { grid, main, sizes: gridSizes } = imageGrid(maskShape);
  const sizes = { ...gridSizes, height, width, columns };
  // The last word of a row may read past it; what it makes of that is cut off.
  const kept = columns % 8 === 0 ? "word" : "word & (0xffffffffu >> (32u - 4u * min(8u, sizes.columns - x * 8u)))";
  return {
    label: `poolMask ${formatShape(shape)}`,
    inputs: 1,
    uniforms: Object.values(sizes),
    grid,
    flops: 4 * channels * rows * columns,
    bytes: 4 * (4 * channels * rows * columns + sizeOf(maskShape)),
    wgsl: `${bindings([["image", isAligned ? "vec4f" : "f32"]], "u32", sizes)}

fn pixels(i: u32) -> vec4f {
  return ${isAligned ? "image[i / 4u]" : `vec4f(${range(4, (k) => `image[i + ${k}u]`, ", ")})`};
}

fn window(a: f32, b: f32, c: f32, d: f32) -> u32 {
  var largest = a;
  var place = 1u;
  if (b > largest) { largest = b; place = 2u; }
  if (c > largest) { largest = c; place = 4u; }
  if (d > largest) { largest = d; place = 8u; }
  return ${positive ? "select(0u, place, largest > 0.0f)" : "place"};
}

${main}
  let first = (channel * sizes.height + y * 2u) * sizes.width + x * 16u;
  var word = 0u;
  for (var k = 0u; k < 4u; k++) {
    let upper = pixels(first + k * 4u);
    let lower = pixels(first + k * 4u + sizes.width);
    word |= window(upper.x, upper.y, lower.x, lower.y) << (k * 8u);
    word |= window(upper.z, upper.w, lower.z, lower.w) << (k * 8u + 4u);
  }
  result[i] = ${kept};
}
`,
  };
}

/**
 * WGSL of a number whose lowest 4 bits are those of window (`column`, `y`) of plane `channel` in `mask`, an image's pool mask, of
 * `sizes.rows` rows of `sizes.words` words; those of the windows after it in the same eight follow.
 */
export function poolMaskBits(column: string): string {
  return `mask[(channel * sizes.rows + y) * sizes.words + (${column} >> 3u)] >> ((${column} & 7u) * 4u)`;
}
