// averagePoolGradient 3x6x8: 1 inputs, 1 x 2 x 3 workgroups
alias T = f32;
@group(0) @binding(0) var<storage, read> gradient: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;

fn store(index: u32, channel: u32, value: T) { result[index] = value; }

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) position: vec3u) {
  let x = position.x;
  let y = position.y;
  let channel = position.z;
  if (x >= 8u || y >= 6u) { return; }
  let i = (channel * 6u + y) * 8u + x;
  var value = 0.0f;
  if (y / 2u < 3u && x / 2u < 4u) { value = gradient[(channel * 3u + y / 2u) * 4u + x / 2u] * 0.25f; }
  store(i, channel, value);
}
