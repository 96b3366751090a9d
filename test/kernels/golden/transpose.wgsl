// transpose 6x8 -> 8x6: 2 inputs, 1 x 1 x 1 workgroups
alias T = f32;
@group(0) @binding(0) var<storage, read> image: array<f32>;
@group(0) @binding(1) var<storage, read> operand1: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;

fn store(index: u32, channel: u32, value: T) {
  let x0 = value;
  let x1 = operand1[index];
  let t0 = x0 - x1;
  result[index] = t0;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = group.x * 64u + lane;
  if (i >= 48u) { return; }
  let channel = i / 48u;
  let y = i / 6u % 8u;
  let x = i % 6u;
  var value = 0.0f;
  value = image[x * 8u + y];
  store(i, y, value);
}
