// padGradient reflect 3x8x10 -> 3x6x8: 1 inputs, 1 x 2 x 3 workgroups
alias T = vec4f;
@group(0) @binding(0) var<storage, read> gradient: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<vec4f>;

fn source(position: i32, size: i32) -> i32 { return (size - 1) - abs((size - 1) - abs(position)); }
fn store(index: u32, channel: u32, value: T) { result[index] = value; }

// The padded positions that can read a pixel: its own, then those of the border. -1 where the k-th one does not read it.
fn reader(k: i32, position: i32, size: i32, before: i32) -> i32 {
  if (k == 0) { return position + before; }
  let padded = select(size + k - 1, k - 1, k <= before);
  return select(-1, padded, source(padded - before, size) == position);
}

fn gathered(plane: u32, y: i32, x: i32) -> f32 {
  var sum = 0.0f;
  for (var ky = 0; ky <= 2; ky++) {
    let row = reader(ky, y, 6, 1);
    if (row < 0) { continue; }
    for (var kx = 0; kx <= 2; kx++) {
      let column = reader(kx, x, 8, 1);
      if (column >= 0) { sum += gradient[plane + u32(row) * 10u + u32(column)]; }
    }
  }
  return sum;
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) position: vec3u) {
  let x = position.x;
  let y = position.y;
  let channel = position.z;
  if (x >= 2u || y >= 6u) { return; }
  let i = (channel * 6u + y) * 2u + x;
  let left = x * 4u;
  let plane = channel * 80u;
  // Only pixels near an edge are read from the border.
  if (left > 1u && left + 5u < 8u && y > 1u && y + 2u < 6u) {
    let own = plane + (y + 1u) * 10u + left + 1u;
    store(i, channel, T(gradient[own + 0u], gradient[own + 1u], gradient[own + 2u], gradient[own + 3u]));
    return;
  }
  store(i, channel, T(gathered(plane, i32(y), i32(left) + 0), gathered(plane, i32(y), i32(left) + 1), gathered(plane, i32(y), i32(left) + 2), gathered(plane, i32(y), i32(left) + 3)));
}
