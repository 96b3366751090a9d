// dilate 3x6x8 -> 3x11x15: 1 inputs, 8 x 1 x 1 workgroups
alias T = f32;
@group(0) @binding(0) var<storage, read> image: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;

fn store(index: u32, channel: u32, value: T) { result[index] = value; }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = group.x * 64u + lane;
  if (i >= 495u) { return; }
  let channel = i / 165u;
  let y = i / 15u % 11u;
  let x = i % 15u;
  var value = 0.0f;
  if (y % 2u == 0u && x % 2u == 0u) {
    value = image[(channel * 6u + y / 2u) * 8u + x / 2u];
  }
  store(i, channel, value);
}
