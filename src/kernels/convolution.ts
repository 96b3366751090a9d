/**
 * Direct convolution of planes, for any kernel size and stride, and where the channels are too few for Winograd (winograd.ts).
 *
 *   result[o, y, x] = sum over i, ky, kx of image[i, y stride + ky, x stride + kx] weight[o, i, ky, kx]
 *
 * The input is already padded (pad.ts), its rows long enough that the last strip of a row may read past the image. One
 * invocation computes a strip of `pixels` neighbouring pixels in `outputs` channels, all in named vec4 registers, so
 * that a vec4 of pixels loaded once serves `outputs` x kernel-width multiplications. The channels come from the workgroup
 * index alone: weights are read at an address that is the same for all invocations of a workgroup, which compilers can
 * turn into scalar loads; where the tile says so, the members of a subgroup read a part each and shuffle them. No workgroup memory.
 * Weights are packed by packWeightsKernel as [output block][input][ky][kx][output].
 *
 * What CPUs like: there a load costs several multiplications, so tiles are as large as their sums fit into the first cache;
 * and sums are copied at the end of a loop's body, so inputs and kernel rows are one loop. The results are stored by a loop
 * over channels that hands the sums down one channel per turn: a store per sum would double the time to compile.
 *
 * The gradient to the input is the same kernel on flipped, transposed weights.
 */
import { bindings, formatShape, type Kernel, linearGrid, range } from "./kernel.ts";
import { epilogueBindings, type Pointwise, storeFunction } from "./pointwise.ts";
import { softwareKernels } from "./software.ts";
import type { TileTarget } from "./target.ts";

/**
 * How much one invocation of the direct convolution computes: `outputs` channels of `pixels` pixels, both multiples of 4.
 *
 * @category Kernels and algorithms
 */
export interface ConvolutionTile {
  outputs: number;
  pixels: number;
  /** The size of the device's subgroups, if they read the weights together: each invocation a part, which the others get by shuffles. */
  subgroup?: number;
  /** Whether a kernel's rows, if they are three, are read together, as GPUs want it: they would wait for each. Not in subgroups. */
  wholeKernel?: boolean;
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
  const lanes = tile.subgroup ?? LANES;
  const groups = linearGrid(Math.ceil(strips / lanes));
  const vectors = tile.pixels / 4;
  const aligned = width % 4 === 0;
  const unit = aligned ? 4 : 1;
  const element = aligned ? "vec4f" : "f32";
  const perRow = rowLength / 4;
  const perKernelRow = (kernelWidth * tile.outputs) / 4;
  const perBlock = inputs * kernelHeight * perKernelRow;
  const rows = tile.wholeKernel && !tile.subgroup && kernelHeight === 3 ? 3 : 1;
  const nextRow = `let isLastRow = ky == ${kernelHeight - 1}u;
    ky = select(ky + 1u, 0u, isLastRow);
    p += select(sizes.rowStep, sizes.planeStep - ${kernelHeight - 1}u * sizes.rowStep, isLastRow);`;
  const leave = "if (strip >= sizes.strips) { return; }";
  const operands = epilogueBindings(epilogue, element);
  const sizes = {
    strips,
    stripsPerRow,
    rowStep: perRow,
    planeStep: inputRows * perRow,
    block: perBlock,
    outputs,
    height,
    width,
  };
  return {
    label: `convolution ${kernelHeight}x${kernelWidth} ${formatShape([inputs, inputRows, rowLength])} -> ${formatShape([outputs, height, width])}`,
    inputs: 2 + operands.length,
    uniforms: Object.values(sizes),
    grid: [groups.grid[0], groups.grid[1], Math.ceil(outputs / tile.outputs)],
    flops: 2 * outputs * height * width * inputs * kernelHeight * kernelWidth,
    bytes: 4 * (inputs * inputRows * rowLength + outputs * height * width),
    wgsl: `${tile.subgroup ? "enable subgroups;\n" : ""}alias T = ${element};
${bindings([["image", "vec4f"], ["weights", "vec4f"], ...operands], element, sizes)}

${storeFunction(epilogue, element)}

@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(${tile.subgroup ? "subgroup_invocation_id" : "local_invocation_index"}) lane: u32) {
  let strip = ${groups.index} * ${lanes}u + lane;
  ${tile.subgroup ? "" : leave}
  let y = strip / sizes.stripsPerRow;
  let x = (strip - y * sizes.stripsPerRow) * ${tile.pixels}u;
  ${range(tile.outputs * vectors, (i) => `var sum${i} = vec4f();`, " ")}
  var p = y * ${stride}u * sizes.rowStep + x * ${stride}u / 4u;${rows === 1 ? " var ky = 0u;" : ""}
  let end = (group.z + 1u) * sizes.block;
  for (var w = end - sizes.block; w < end; w += ${rows * perKernelRow}u) {
    ${range(rows, (row) => range(vectorsPerStrip(kernelWidth, stride, tile.pixels), (i) => `let p${row}_${i} = image[p + ${row ? `${row}u * sizes.rowStep + ` : ""}${i}u];`, " "), "\n    ")}
    ${range(rows, (row) => readWeights(row, perKernelRow, tile.subgroup), "\n    ")}
    ${range(rows, (row) => range(vectors, (v) => multiplyVector(v, row, kernelWidth, stride, tile), "\n    "), "\n    ")}
    ${rows === 1 ? nextRow : "p += sizes.planeStep;"}
  }
  ${tile.subgroup ? leave : ""}
  let first = group.z * ${tile.outputs}u;
  let last = min(first + ${tile.outputs}u, sizes.outputs);
  var i = ((first * sizes.height + y) * sizes.width + x) / ${unit}u;
  for (var output = first; output < last; output++) {
    ${range(tile.pixels / unit, store, "\n    ")}
    ${range((tile.outputs - 1) * vectors, (k) => `sum${k} = sum${k + vectors};`, " ")}
    i += sizes.height * sizes.width / ${unit}u;
  }
}
`,
  };

  /** Stores the index-th vector (or pixel, where rows do not start at vectors) of the strip, unless it lies past the row. */
  function store(index: number): string {
    const offset = index * unit;
    const isInside = offset === 0 || width % tile.pixels === 0;
    const value = aligned ? `sum${index}` : `sum${index >> 2}.${"xyzw"[index & 3]}`;
    return `${isInside ? "" : `if (x + ${offset}u < sizes.width) `}{ store(i + ${index}u, output, ${value}); }`;
  }
}

/** The weights of a row of the kernel. Subgroups take one row at a time. */
function readWeights(row: number, count: number, subgroup?: number): string {
  if (subgroup) return softwareKernels("cpu").sharedWeights(count, subgroup);
  return range(count, (i) => `let w${row}_${i} = weights[w + ${row * count + i}u];`, " ");
}

/** A vector of the strip's pixels in a row, shifted by each kx, times the weights of every output channel. */
function multiplyVector(
  vector: number,
  row: number,
  kernelWidth: number,
  stride: number,
  tile: ConvolutionTile,
): string {
  const pixel = (k: number) => `p${row}_${k >> 2}.${"xyzw"[k & 3]}`;
  const shifted = (kx: number) => `vec4f(${range(4, (j) => pixel((vector * 4 + j) * stride + kx), ", ")})`;
  return `{
      ${range(kernelWidth, (kx) => `let q${kx} = ${shifted(kx)};`, " ")}
      ${range(tile.outputs, multiplyAdd, "\n      ")}
    }`;

  function multiplyAdd(output: number): string {
    const target = `sum${(output * tile.pixels) / 4 + vector}`;
    let sum = target;
    for (let kx = 0; kx < kernelWidth; kx++) {
      const k = kx * tile.outputs + output;
      sum = `fma(vec4f(w${row}_${k >> 2}.${"xyzw"[k & 3]}), q${kx}, ${sum})`;
    }
    return `${target} = ${sum};`;
  }
}

/** The tile for a layer. GPUs want many threads with few registers, 64 sums at most: strips of 8 or 4 pixels, whichever wastes less. Estimated. */
export function chooseTile(outputs: number, width: number, target: TileTarget): ConvolutionTile {
  if (target !== "gpu") return softwareKernels(target).softwareConvolutionTile(outputs, width, target);
  const pixels = 9 * Math.ceil(width / 8) > 5 * Math.ceil(width / 4) ? 4 : 8;
  return { outputs: outputs <= 4 ? 4 : 8, pixels, wholeKernel: true };
}
