/**
 * Gradient of a convolution to its weights:
 *
 *   result[o, i, ky, kx] = sum over y, x of gradient[o, y, x] image[i, y stride + ky, x stride + kx]
 *
 * A workgroup of 64 invocations computes one weight: each sums every 64th pixel, then a tree adds them (256 bytes of
 * workgroup memory). Style transfer never asks for this; training a network does.
 */

import type { ConvolutionShape } from "./convolution.ts";
import { bindings, formatShape, type Kernel, linearGrid } from "./kernel.ts";

/** The image is the padded input, [inputs, inputRows, rowLength]; the result is [outputs, inputs, kernelHeight, kernelWidth]. */
export function convolutionWeightGradientKernel(shape: ConvolutionShape): Kernel {
  const { inputs, inputRows, rowLength, outputs, height, width, kernelHeight, kernelWidth, stride } = shape;
  const weights = outputs * inputs * kernelHeight * kernelWidth;
  const { grid, index } = linearGrid(weights);
  return {
    label: `convolutionWeightGradient ${formatShape([outputs, inputs, kernelHeight, kernelWidth])}`,
    inputs: 2,
    grid,
    flops: 2 * weights * height * width,
    bytes: 4 * (inputs * inputRows * rowLength + outputs * height * width + weights),
    wgsl: `${bindings(
      [
        ["image", "f32"],
        ["gradient", "f32"],
      ],
      "f32",
    )}
var<workgroup> partial: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let weight = ${index};
  let kx = weight % ${kernelWidth}u;
  let ky = weight / ${kernelWidth}u % ${kernelHeight}u;
  let input = weight / ${kernelWidth * kernelHeight}u % ${inputs}u;
  let output = weight / ${kernelWidth * kernelHeight * inputs}u;
  var sum = 0.0f;
  if (output < ${outputs}u) {
    for (var pixel = lane; pixel < ${height * width}u; pixel += 64u) {
      let y = pixel / ${width}u * ${stride}u + ky;
      let x = pixel % ${width}u * ${stride}u + kx;
      sum += gradient[output * ${height * width}u + pixel] * image[(input * ${inputRows}u + y) * ${rowLength}u + x];
    }
  }
  partial[lane] = sum;
  for (var stride = 32u; stride > 0u; stride /= 2u) {
    workgroupBarrier();
    if (lane < stride) { partial[lane] += partial[lane + stride]; }
  }
  if (lane == 0u && output < ${outputs}u) { result[weight] = partial[0]; }
}
`,
  };
}
