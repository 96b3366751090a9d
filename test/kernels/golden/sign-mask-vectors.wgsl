// signMask 3x6x8: 1 inputs, 1 x 1 x 1 workgroups
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> result: array<u32>;

fn bits(i: u32) -> u32 {
  let bit = select(vec4u(), vec4u(1u, 2u, 4u, 8u), x[i] > vec4f()); return bit.x | bit.y | bit.z | bit.w;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = group.x * 64u + lane;
  if (i >= 5u) { return; }
  let first = i * 8u;
  var word = 0u;
  word |= bits(min(first + 0u, 35u)) << 0u;
  word |= bits(min(first + 1u, 35u)) << 4u;
  word |= bits(min(first + 2u, 35u)) << 8u;
  word |= bits(min(first + 3u, 35u)) << 12u;
  word |= bits(min(first + 4u, 35u)) << 16u;
  word |= bits(min(first + 5u, 35u)) << 20u;
  word |= bits(min(first + 6u, 35u)) << 24u;
  word |= bits(min(first + 7u, 35u)) << 28u;
  result[i] = word;
}
