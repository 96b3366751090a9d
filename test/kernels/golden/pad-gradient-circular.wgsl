// padGradient circular 3x8x10 -> 3x6x8: 1 inputs, 1 x 2 x 3 workgroups
alias T = f32;
@group(0) @binding(0) var<storage, read> gradient: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;

fn source(position: i32, size: i32) -> i32 { return (position + size) % size; }
fn store(index: u32, channel: u32, value: T) { result[index] = value; }

// The padded positions that can read a pixel: its own, then those of the border. -1 where the k-th one does not read it.
fn reader(k: i32, position: i32, size: i32, before: i32) -> i32 {
  if (k == 0) { return position + before; }
  let padded = select(size + k - 1, k - 1, k <= before);
  return select(-1, padded, source(padded - before, size) == position);
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) position: vec3u) {
  let x = position.x;
  let y = position.y;
  let channel = position.z;
  if (x >= 8u || y >= 6u) { return; }
  let i = (channel * 6u + y) * 8u + x;
  // Only pixels near an edge are read from the border.
  let isInner = x > 1u && x + 2u < 8u && y > 1u && y + 2u < 6u;
  let rows = select(2, 0, isInner);
  let columns = select(2, 0, isInner);
  var sum = 0.0f;
  for (var ky = 0; ky <= rows; ky++) {
    let row = reader(ky, i32(y), 6, 1);
    if (row < 0) { continue; }
    for (var kx = 0; kx <= columns; kx++) {
      let column = reader(kx, i32(x), 8, 1);
      if (column >= 0) { sum += gradient[(channel * 8u + u32(row)) * 10u + u32(column)]; }
    }
  }
  store(i, channel, sum);
}
