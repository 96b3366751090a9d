// pad zero 3x6x8 -> 3x8x12: 1 inputs, 5 x 1 x 1 workgroups
alias T = f32;
@group(0) @binding(0) var<storage, read> image: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;

fn source(position: i32, size: i32) -> i32 { return select(-1, position, position >= 0 && position < size); }
fn store(index: u32, channel: u32, value: T) { result[index] = value; }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = group.x * 64u + lane;
  if (i >= 288u) { return; }
  let channel = i / 96u;
  let row = i32(i / 12u % 8u);
  let column = i32(i % 12u);
  let y = source(row - 1, 6);
  let x = source(column - 1, 8);
  let outside = row >= 8 || column >= 10 || y < 0 || x < 0;
  var value = 0.0f;
  if (!outside) { value = image[(channel * 6u + u32(y)) * 8u + u32(x)]; }
  store(i, channel, value);
}
