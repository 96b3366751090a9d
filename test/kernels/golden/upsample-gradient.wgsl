// upsampleGradient 3x12x16 -> 3x6x8: 1 inputs, 3 x 1 x 1 workgroups
alias T = f32;
@group(0) @binding(0) var<storage, read> image: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;

fn store(index: u32, channel: u32, value: T) { result[index] = value; }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = group.x * 64u + lane;
  if (i >= 144u) { return; }
  let channel = i / 48u;
  let y = i / 8u % 6u;
  let x = i % 8u;
  var value = 0.0f;
  for (var dy = 0u; dy < 2u; dy++) {
    for (var dx = 0u; dx < 2u; dx++) {
      value += image[(channel * 12u + y * 2u + dy) * 16u + x * 2u + dx];
    }
  }
  store(i, channel, value);
}
