// signMask 3x6x8: 1 inputs, 1 x 1 x 1 workgroups
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> result: array<u32>;
struct Sizes { words: u32, last: u32 }
@group(0) @binding(2) var<uniform> sizes: Sizes;

fn bits(i: u32) -> u32 {
  let bit = select(vec4u(), vec4u(1u, 2u, 4u, 8u), x[i] > vec4f()); return bit.x | bit.y | bit.z | bit.w;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = group.x * 64u + lane;
  if (i >= sizes.words) { return; }
  let first = i * 8u;
  var word = 0u;
  word |= bits(min(first + 0u, sizes.last)) << 0u;
  word |= bits(min(first + 1u, sizes.last)) << 4u;
  word |= bits(min(first + 2u, sizes.last)) << 8u;
  word |= bits(min(first + 3u, sizes.last)) << 12u;
  word |= bits(min(first + 4u, sizes.last)) << 16u;
  word |= bits(min(first + 5u, sizes.last)) << 20u;
  word |= bits(min(first + 6u, sizes.last)) << 24u;
  word |= bits(min(first + 7u, sizes.last)) << 28u;
  result[i] = word;
}
