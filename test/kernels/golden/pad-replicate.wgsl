// pad replicate 3x6x8 -> 3x8x12: 1 inputs, 1 x 2 x 3 workgroups
alias T = vec4f;
@group(0) @binding(0) var<storage, read> image: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<vec4f>;
struct Sizes { gridHeight: u32, gridWidth: u32, height: u32, width: u32, rows: u32, columns: u32 }
@group(0) @binding(2) var<uniform> sizes: Sizes;

fn source(position: i32, size: i32) -> i32 { return clamp(position, 0, size - 1); }
fn finish(index: u32, channel: u32, value: T) -> T {
  let x0 = value;
  let t0 = max(x0, T(0.0f));
  return t0;
}
fn store(index: u32, channel: u32, value: T) { result[index] = finish(index, channel, value); }

fn pixel(plane: u32, fromY: i32, column: i32) -> f32 {
  let fromX = source(column - 1, i32(sizes.width));
  if (fromY < 0 || fromX < 0 || u32(column) >= sizes.columns) { return 0.0f; }
  return image[plane + u32(fromY) * sizes.width + u32(fromX)];
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) position: vec3u) {
  let x = position.x;
  let y = position.y;
  let channel = position.z;
  if (x >= sizes.gridWidth || y >= sizes.gridHeight) { return; }
  let i = (channel * sizes.gridHeight + y) * sizes.gridWidth + x;
  let column = i32(x) * 4;
  let fromY = select(source(i32(y) - 1, i32(sizes.height)), -1, y >= sizes.rows);
  let plane = channel * sizes.height * sizes.width;
  store(i, channel, T(pixel(plane, fromY, column + 0), pixel(plane, fromY, column + 1), pixel(plane, fromY, column + 2), pixel(plane, fromY, column + 3)));
}
