// pad replicate 3x6x8 -> 3x8x12: 1 inputs, 1 x 2 x 3 workgroups
alias T = f32;
@group(0) @binding(0) var<storage, read> image: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;

fn source(position: i32, size: i32) -> i32 { return clamp(position, 0, size - 1); }
fn store(index: u32, channel: u32, value: T) {
  let x0 = value;
  let t0 = max(x0, T(0.0f));
  result[index] = t0;
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) position: vec3u) {
  let x = position.x;
  let y = position.y;
  let channel = position.z;
  if (x >= 12u || y >= 8u) { return; }
  let i = (channel * 8u + y) * 12u + x;
  let row = i32(y);
  let column = i32(x);
  let fromY = source(row - 1, 6);
  let fromX = source(column - 1, 8);
  let outside = row >= 8 || column >= 10 || fromY < 0 || fromX < 0;
  var value = 0.0f;
  if (!outside) { value = image[(channel * 6u + u32(fromY)) * 8u + u32(fromX)]; }
  store(i, channel, value);
}
