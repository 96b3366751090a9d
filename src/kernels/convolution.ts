/**
 * Direct convolution of planes, the kernel that decides the speed of everything.
 *
 *   result[o, y, x] = sum over i, ky, kx of image[i, y stride + ky, x stride + kx] weight[o, i, ky, kx]
 *
 * The input is already padded (pad.ts), its rows long enough that the last strip of a row may read past the image. One
 * invocation computes a strip of `pixels` neighbouring pixels in `outputs` channels, all in named vec4 registers, so
 * that a vec4 of pixels loaded once serves `outputs` x kernel-width multiplications. The channels come from the workgroup
 * index alone: weights are read at an address that is the same for all invocations of a workgroup, which the compiler
 * turns into scalar loads. No workgroup memory. Weights are packed by packWeightsKernel as [output block][input][ky][kx][output].
 *
 * The gradient to the input is the same kernel on flipped, transposed weights.
 */
import { bindings, formatShape, type Kernel, linearGrid, range } from "./kernel.ts";
import { epilogueBindings, type Pointwise, storeFunction } from "./pointwise.ts";

/** How much one invocation computes: `outputs` channels (4, 8, 16 or 32) of `pixels` pixels (a multiple of 4). */
export interface ConvolutionTile {
  outputs: number;
  pixels: number;
}

/** A convolution without padding; `rowLength` is the distance between rows of the padded input. */
export interface ConvolutionShape {
  inputs: number;
  inputRows: number;
  rowLength: number;
  outputs: number;
  height: number;
  width: number;
  kernelHeight: number;
  kernelWidth: number;
  stride: number;
}

/** Invocations per workgroup. Those of software adapters are SIMD lanes, those of GPUs come in warps of 32 or 64. */
const LANES = 32;

/** The row length a strip kernel needs so that every strip of a row can be read whole. */
export function stripRowLength(width: number, kernelWidth: number, stride: number, pixels: number): number {
  const strips = Math.ceil(width / pixels);
  return (strips - 1) * pixels * stride + vectorsPerStrip(kernelWidth, stride, pixels) * 4;
}

function vectorsPerStrip(kernelWidth: number, stride: number, pixels: number): number {
  return Math.ceil(((pixels - 1) * stride + kernelWidth) / 4);
}

/** Direct convolution over a padded input, followed by a pointwise epilogue such as bias and ReLU. */
export function convolutionKernel(shape: ConvolutionShape, tile: ConvolutionTile, epilogue?: Pointwise): Kernel {
  const { inputs, inputRows, rowLength, outputs, height, width, kernelHeight, kernelWidth, stride } = shape;
  const stripsPerRow = Math.ceil(width / tile.pixels);
  const strips = stripsPerRow * height;
  const groups = linearGrid(Math.ceil(strips / LANES));
  const blocks = Math.ceil(outputs / tile.outputs);
  const vectors = tile.pixels / 4;
  const aligned = width % 4 === 0;
  const element = aligned ? "vec4f" : "f32";
  const vectorsRead = vectorsPerStrip(kernelWidth, stride, tile.pixels);
  return {
    label: `convolution ${kernelHeight}x${kernelWidth} ${formatShape([inputs, inputRows, rowLength])} -> ${formatShape([outputs, height, width])}`,
    inputs: 1 + (epilogue?.operands.length ?? 1),
    grid: [groups.grid[0], groups.grid[1], blocks],
    flops: 2 * outputs * height * width * inputs * kernelHeight * kernelWidth,
    bytes: 4 * (inputs * inputRows * rowLength + outputs * height * width),
    wgsl: `alias T = ${element};
${bindings([["image", "vec4f"], ["weights", "vec4f"], ...epilogueBindings(epilogue, element)], element)}

${storeFunction(epilogue, element)}

@compute @workgroup_size(${LANES})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let strip = ${groups.index} * ${LANES}u + lane;
  if (strip >= ${strips}u) { return; }
  let y = strip / ${stripsPerRow}u;
  let x = strip % ${stripsPerRow}u * ${tile.pixels}u;
  ${range(tile.outputs * vectors, (i) => `var sum${i} = vec4f();`, " ")}
  var w = group.z * ${(inputs * kernelHeight * kernelWidth * tile.outputs) / 4}u;
  for (var input = 0u; input < ${inputs}u; input++) {
    for (var ky = 0u; ky < ${kernelHeight}u; ky++) {
      let p = (input * ${inputRows}u + y * ${stride}u + ky) * ${rowLength / 4}u + x * ${stride}u / 4u;
      ${range(vectorsRead, (i) => `let p${i} = image[p + ${i}u];`, " ")}
      ${range(kernelWidth, (kx) => multiplyTap(kx, stride, tile), "\n      ")}
      w += ${(kernelWidth * tile.outputs) / 4}u;
    }
  }
  let output = group.z * ${tile.outputs}u;
  let first = (output * ${height}u + y) * ${width}u + x;
  ${range(tile.pixels / (aligned ? 4 : 1), storeColumn, "\n  ")}
}
`,
  };

  /** Stores the index-th vector (or pixel, where rows do not start at vectors) of the strip in every channel. */
  function storeColumn(index: number): string {
    const offset = index * (aligned ? 4 : 1);
    const stores = range(tile.outputs, (o) => {
      const sum = aligned ? `sum${o * vectors + index}` : `sum${o * vectors + (index >> 2)}.${"xyzw"[index & 3]}`;
      const at = `${aligned ? "first / 4u" : "first"} + ${(o * height * width + offset) / (aligned ? 4 : 1)}u`;
      const isPartial = outputs % tile.outputs !== 0;
      return `${isPartial ? `if (output + ${o}u < ${outputs}u) ` : ""}{ store(${at}, output + ${o}u, ${sum}); }`;
    });
    const isInside = width % tile.pixels === 0 || offset === 0;
    return isInside ? stores : `if (x + ${offset}u < ${width}u) {\n${stores}\n  }`;
  }
}

/** One column of the kernel: the strip shifted by `kx` pixels, times the weights of every output channel. */
function multiplyTap(kx: number, stride: number, tile: ConvolutionTile): string {
  const vectors = tile.pixels / 4;
  const pixel = (k: number) => `p${k >> 2}.${"xyzw"[k & 3]}`;
  const shifted = (v: number) => `vec4f(${range(4, (j) => pixel((v * 4 + j) * stride + kx), ", ")})`;
  return `{
        ${range(vectors, (v) => `let q${v} = ${shifted(v)};`, " ")}
        ${range(tile.outputs / 4, (i) => `let w${i} = weights[w + ${(kx * tile.outputs) / 4 + i}u];`, " ")}
        ${range(tile.outputs * vectors, (i) => multiplyAdd(i, Math.floor(i / vectors), i % vectors), "\n        ")}
      }`;
}

function multiplyAdd(sum: number, output: number, vector: number): string {
  return `sum${sum} = fma(vec4f(w${output >> 2}.${"xyzw"[output & 3]}), q${vector}, sum${sum});`;
}

/** What the tile is chosen for: invocations that are SIMD lanes of a CPU, or threads of a GPU. */
export type TileTarget = "cpu" | "gpu";

/**
 * The tile for a layer: 8 channels of 16 pixels on CPUs, of 8 pixels on GPUs, which want more threads with fewer registers.
 * Strips that would reach far past the end of a row are made shorter.
 */
export function chooseTile(outputs: number, width: number, target: TileTarget): ConvolutionTile {
  const waste = (pixels: number) => (Math.ceil(width / pixels) * pixels) / width;
  const lengths = target === "cpu" ? [16, 8, 4] : [8, 4];
  const pixels =
    lengths.find((length) => waste(length) <= 1.15) ?? lengths.reduce((a, b) => (waste(b) < waste(a) ? b : a));
  return { outputs: outputs > 4 ? 8 : 4, pixels };
}
