// packWeights 6x3x3x3: 1 inputs, 4 x 1 x 1 workgroups
@group(0) @binding(0) var<storage, read> weights: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = group.x * 64u + lane;
  if (i >= 216u) { return; }
  let tap = i / 4u % 9u;
  let input = i / 36u % 3u;
  let output = i / 108u * 4u + i % 4u;
  var value = 0.0f;
  if (output < 6u) { value = weights[(output * 3u + input) * 9u + tap]; }
  result[i] = value;
}
