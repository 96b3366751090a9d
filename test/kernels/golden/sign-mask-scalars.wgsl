// signMask 35: 1 inputs, 1 x 1 x 1 workgroups
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<u32>;
struct Sizes { words: u32, last: u32 }
@group(0) @binding(2) var<uniform> sizes: Sizes;

fn bits(i: u32) -> u32 {
  return select(0u, 1u, x[i] > 0.0f);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = group.x * 64u + lane;
  if (i >= sizes.words) { return; }
  let first = i * 32u;
  var word = 0u;
  word |= bits(min(first + 0u, sizes.last)) << 0u;
  word |= bits(min(first + 1u, sizes.last)) << 1u;
  word |= bits(min(first + 2u, sizes.last)) << 2u;
  word |= bits(min(first + 3u, sizes.last)) << 3u;
  word |= bits(min(first + 4u, sizes.last)) << 4u;
  word |= bits(min(first + 5u, sizes.last)) << 5u;
  word |= bits(min(first + 6u, sizes.last)) << 6u;
  word |= bits(min(first + 7u, sizes.last)) << 7u;
  word |= bits(min(first + 8u, sizes.last)) << 8u;
  word |= bits(min(first + 9u, sizes.last)) << 9u;
  word |= bits(min(first + 10u, sizes.last)) << 10u;
  word |= bits(min(first + 11u, sizes.last)) << 11u;
  word |= bits(min(first + 12u, sizes.last)) << 12u;
  word |= bits(min(first + 13u, sizes.last)) << 13u;
  word |= bits(min(first + 14u, sizes.last)) << 14u;
  word |= bits(min(first + 15u, sizes.last)) << 15u;
  word |= bits(min(first + 16u, sizes.last)) << 16u;
  word |= bits(min(first + 17u, sizes.last)) << 17u;
  word |= bits(min(first + 18u, sizes.last)) << 18u;
  word |= bits(min(first + 19u, sizes.last)) << 19u;
  word |= bits(min(first + 20u, sizes.last)) << 20u;
  word |= bits(min(first + 21u, sizes.last)) << 21u;
  word |= bits(min(first + 22u, sizes.last)) << 22u;
  word |= bits(min(first + 23u, sizes.last)) << 23u;
  word |= bits(min(first + 24u, sizes.last)) << 24u;
  word |= bits(min(first + 25u, sizes.last)) << 25u;
  word |= bits(min(first + 26u, sizes.last)) << 26u;
  word |= bits(min(first + 27u, sizes.last)) << 27u;
  word |= bits(min(first + 28u, sizes.last)) << 28u;
  word |= bits(min(first + 29u, sizes.last)) << 29u;
  word |= bits(min(first + 30u, sizes.last)) << 30u;
  word |= bits(min(first + 31u, sizes.last)) << 31u;
  result[i] = word;
}
