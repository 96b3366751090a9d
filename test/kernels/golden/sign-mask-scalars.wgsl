// signMask 35: 1 inputs, 1 x 1 x 1 workgroups
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<u32>;

fn bits(i: u32) -> u32 {
  return select(0u, 1u, x[i] > 0.0f);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = group.x * 64u + lane;
  if (i >= 2u) { return; }
  let first = i * 32u;
  var word = 0u;
  word |= bits(min(first + 0u, 34u)) << 0u;
  word |= bits(min(first + 1u, 34u)) << 1u;
  word |= bits(min(first + 2u, 34u)) << 2u;
  word |= bits(min(first + 3u, 34u)) << 3u;
  word |= bits(min(first + 4u, 34u)) << 4u;
  word |= bits(min(first + 5u, 34u)) << 5u;
  word |= bits(min(first + 6u, 34u)) << 6u;
  word |= bits(min(first + 7u, 34u)) << 7u;
  word |= bits(min(first + 8u, 34u)) << 8u;
  word |= bits(min(first + 9u, 34u)) << 9u;
  word |= bits(min(first + 10u, 34u)) << 10u;
  word |= bits(min(first + 11u, 34u)) << 11u;
  word |= bits(min(first + 12u, 34u)) << 12u;
  word |= bits(min(first + 13u, 34u)) << 13u;
  word |= bits(min(first + 14u, 34u)) << 14u;
  word |= bits(min(first + 15u, 34u)) << 15u;
  word |= bits(min(first + 16u, 34u)) << 16u;
  word |= bits(min(first + 17u, 34u)) << 17u;
  word |= bits(min(first + 18u, 34u)) << 18u;
  word |= bits(min(first + 19u, 34u)) << 19u;
  word |= bits(min(first + 20u, 34u)) << 20u;
  word |= bits(min(first + 21u, 34u)) << 21u;
  word |= bits(min(first + 22u, 34u)) << 22u;
  word |= bits(min(first + 23u, 34u)) << 23u;
  word |= bits(min(first + 24u, 34u)) << 24u;
  word |= bits(min(first + 25u, 34u)) << 25u;
  word |= bits(min(first + 26u, 34u)) << 26u;
  word |= bits(min(first + 27u, 34u)) << 27u;
  word |= bits(min(first + 28u, 34u)) << 28u;
  word |= bits(min(first + 29u, 34u)) << 29u;
  word |= bits(min(first + 30u, 34u)) << 30u;
  word |= bits(min(first + 31u, 34u)) << 31u;
  result[i] = word;
}
