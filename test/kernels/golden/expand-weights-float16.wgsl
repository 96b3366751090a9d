// expandWeights F16 135: 1 inputs, 2 x 1 x 1 workgroups
@group(0) @binding(0) var<storage, read> words: array<u32>;
@group(0) @binding(1) var<storage, read_write> result: array<u32>;
struct Sizes { size: u32, perOutput: u32 }
@group(0) @binding(2) var<uniform> sizes: Sizes;

fn expand(word: u32, i: u32) -> u32 {
  let magnitude = word & 0x7fffu;
  let normal = (magnitude << 13u) + 0x38000000u;
  let subnormal = bitcast<u32>(f32(magnitude) * 0x1p-24f);
  return ((word & 0x8000u) << 16u) | select(normal, subnormal, magnitude < 0x400u);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (group.x * 64u + lane) * 2u;
  if (first >= sizes.size) { return; }
  let word = words[first / 2u];
  result[first] = expand(word, first);
  if (first + 1u < sizes.size) { result[first + 1u] = expand(word >> 16u, first + 1u); }
}
