// maxPoolGradient 3x6x8: 3 inputs, 1 x 2 x 3 workgroups
alias T = f32;
@group(0) @binding(0) var<storage, read> gradient: array<f32>;
@group(0) @binding(1) var<storage, read> mask: array<u32>;
@group(0) @binding(2) var<storage, read> operand1: array<u32>;
@group(0) @binding(3) var<storage, read_write> result: array<f32>;

fn store(index: u32, channel: u32, value: T) {
  let x0 = value;
  let x1 = f32((operand1[index >> 5u] >> (index & 31u)) & 1u);
  let t0 = select(T(0.0f), x0, x1 > T(0.0f));
  result[index] = t0;
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) position: vec3u) {
  let x = position.x;
  let y = position.y;
  let channel = position.z;
  if (x >= 8u || y >= 6u) { return; }
  let i = (channel * 6u + y) * 8u + x;
  var value = 0.0f;
  if (y / 2u < 3u && x / 2u < 4u) { value = select(0.0f, gradient[(channel * 3u + y / 2u) * 4u + x / 2u], ((mask[(channel * 3u + (y >> 1u)) * 1u + (x >> 4u)] >> (((x & 14u) << 1u) | ((y & 1u) << 1u) | (x & 1u))) & 1u) == 1u); }
  store(i, channel, value);
}
