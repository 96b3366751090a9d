// padGradient circular 3x8x10 -> 3x6x8: 1 inputs, 3 x 1 x 1 workgroups
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

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = group.x * 64u + lane;
  if (i >= 144u) { return; }
  let channel = i / 48u;
  let y = i32(i / 8u % 6u);
  let x = i32(i % 8u);
  var sum = 0.0f;
  for (var ky = 0; ky <= 2; ky++) {
    let row = reader(ky, y, 6, 1);
    if (row < 0) { continue; }
    for (var kx = 0; kx <= 2; kx++) {
      let column = reader(kx, x, 8, 1);
      if (column >= 0) { sum += gradient[(channel * 8u + u32(row)) * 10u + u32(column)]; }
    }
  }
  store(i, channel, sum);
}
