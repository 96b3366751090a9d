// transpose 6x8 -> 8x6: 2 inputs, 1 x 2 x 1 workgroups
alias T = f32;
@group(0) @binding(0) var<storage, read> image: array<f32>;
@group(0) @binding(1) var<storage, read> operand1: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
struct Sizes { gridHeight: u32, gridWidth: u32, height: u32, width: u32 }
@group(0) @binding(3) var<uniform> sizes: Sizes;

fn finish(index: u32, channel: u32, value: T) -> T {
  let x0 = value;
  let x1 = operand1[index];
  let t0 = x0 - x1;
  return t0;
}
fn store(index: u32, channel: u32, value: T) { result[index] = finish(index, channel, value); }

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) position: vec3u) {
  let x = position.x;
  let y = position.y;
  let channel = position.z;
  if (x >= sizes.gridWidth || y >= sizes.gridHeight) { return; }
  let i = (channel * sizes.gridHeight + y) * sizes.gridWidth + x;
  var value = 0.0f;
  value = image[x * sizes.width + y];
  store(i, y, value);
}
