/**
 * Packs convolution weights [O, I, KH, KW] as the strip kernel reads them: [block of outputs][input][ky][kx][output].
 *
 * For the input gradient, `transposed` exchanges inputs and outputs and turns the kernel by 180 degrees. Missing outputs
 * of the last block are zeros. Weights that are constants are packed once, when a program is compiled.
 */
import { bindings, formatShape, type Kernel, linearGrid, roundUp, sizeOf } from "./kernel.ts";

/** Number of floats that packing weights of this shape for blocks of `block` outputs takes. */
export function packedSize(shape: readonly number[], block: number, transposed: boolean): number {
  const outputs = shape[transposed ? 1 : 0];
  return (sizeOf(shape) / outputs) * roundUp(outputs, block);
}

/** One invocation per packed weight. `shape` is that of the weights, [O, I, KH, KW]. */
export function packWeightsKernel(shape: readonly number[], block: number, transposed: boolean): Kernel {
  const [, weightInputs, kernelHeight, kernelWidth] = shape;
  const [outputs, inputs] = transposed ? [shape[1], shape[0]] : shape;
  const size = packedSize(shape, block, transposed);
  const { grid, index } = linearGrid(Math.ceil(size / 64));
  const taps = kernelHeight * kernelWidth;
  const from = transposed
    ? `(input * ${weightInputs}u + output) * ${taps}u + (${taps - 1}u - tap)`
    : `(output * ${weightInputs}u + input) * ${taps}u + tap`;
  return {
    label: `packWeights ${formatShape(shape)}${transposed ? " transposed" : ""}`,
    inputs: 1,
    grid,
    flops: 0,
    bytes: 8 * size,
    wgsl: `${bindings([["weights", "f32"]], "f32")}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = ${index} * 64u + lane;
  if (i >= ${size}u) { return; }
  let tap = i / ${block}u % ${taps}u;
  let input = i / ${block * taps}u % ${inputs}u;
  let output = i / ${block * taps * inputs}u * ${block}u + i % ${block}u;
  var value = 0.0f;
  if (output < ${outputs}u) { value = weights[${from}]; }
  result[i] = value;
}
`,
  };
}
