// convolutionWeightGradient 6x3x3x3: 2 inputs, 162 x 1 x 1 workgroups
@group(0) @binding(0) var<storage, read> image: array<f32>;
@group(0) @binding(1) var<storage, read> gradient: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
var<workgroup> partial: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let weight = group.x;
  let kx = weight % 3u;
  let ky = weight / 3u % 3u;
  let input = weight / 9u % 3u;
  let output = weight / 27u;
  var sum = 0.0f;
  if (output < 6u) {
    for (var pixel = lane; pixel < 60u; pixel += 64u) {
      let y = pixel / 10u * 1u + ky;
      let x = pixel % 10u * 1u + kx;
      sum += gradient[output * 60u + pixel] * image[(input * 8u + y) * 12u + x];
    }
  }
  partial[lane] = sum;
  for (var stride = 32u; stride > 0u; stride /= 2u) {
    workgroupBarrier();
    if (lane < stride) { partial[lane] += partial[lane + stride]; }
  }
  if (lane == 0u && output < 6u) { result[weight] = partial[0]; }
}
