// padGradient circular 3x8x10 -> 3x6x8: 1 inputs, 1 x 2 x 3 workgroups
alias T = vec4f;
@group(0) @binding(0) var<storage, read> gradient: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<vec4f>;
struct Sizes { gridHeight: u32, gridWidth: u32 }
@group(0) @binding(2) var<uniform> sizes: Sizes;

fn source(position: i32, size: i32) -> i32 { return (position + size) % size; }
fn finish(index: u32, channel: u32, value: T) -> T {
  
  
  return value;
}
fn store(index: u32, channel: u32, value: T) { result[index] = finish(index, channel, value); }

// The k-th padded position of the border.
fn border(k: i32, size: i32, before: i32) -> i32 { return select(size + k, k, k < before); }

// What the padded positions that read some pixels of a row add up to: in each row their own, then those of the border.
fn gathered(plane: u32, y: i32, x: i32) -> T {
  var sum = T();
  for (var ky = -1; ky < 2; ky++) {
    let row = select(border(ky, 6, 1), y + 1, ky < 0);
    if (ky >= 0 && source(row - 1, 6) != y) { continue; }
    let start = plane + u32(row) * 10u;
    let own = start + u32(x) + 1u;
    sum += T(gradient[own + 0u], gradient[own + 1u], gradient[own + 2u], gradient[own + 3u]);
    for (var kx = 0; kx < 2; kx++) {
      let column = border(kx, 8, 1);
      let j = source(column - 1, 8) - x;
      if (j >= 0 && j < 4) { sum += select(T(), T(gradient[start + u32(column)]), vec4i(j) == vec4i(0, 1, 2, 3)); }
    }
  }
  return sum;
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) position: vec3u) {
  let x = position.x;
  let y = position.y;
  let channel = position.z;
  if (x >= sizes.gridWidth || y >= sizes.gridHeight) { return; }
  let i = (channel * sizes.gridHeight + y) * sizes.gridWidth + x;
  let left = x * 4u;
  let plane = channel * 80u;
  // Only pixels near an edge are read from the border.
  if (left > 1u && left + 5u < 8u && y > 1u && y + 2u < 6u) {
    let own = plane + (y + 1u) * 10u + left + 1u;
    store(i, channel, T(gradient[own + 0u], gradient[own + 1u], gradient[own + 2u], gradient[own + 3u]));
    return;
  }
  store(i, channel, gathered(plane, i32(y), i32(left)));
}
