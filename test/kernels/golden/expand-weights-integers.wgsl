// expandWeights I8 135: 2 inputs, 1 x 1 x 1 workgroups
@group(0) @binding(0) var<storage, read> words: array<u32>;
@group(0) @binding(1) var<storage, read> table: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<u32>;
struct Sizes { size: u32, perOutput: u32 }
@group(0) @binding(3) var<uniform> sizes: Sizes;

fn expand(word: u32, i: u32) -> u32 {
  return bitcast<u32>(f32(bitcast<i32>(word << 24u) >> 24u) * table[i / sizes.perOutput]);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (group.x * 64u + lane) * 4u;
  if (first >= sizes.size) { return; }
  let word = words[first / 4u];
  result[first] = expand(word, first);
  if (first + 1u < sizes.size) { result[first + 1u] = expand(word >> 8u, first + 1u); }
  if (first + 2u < sizes.size) { result[first + 2u] = expand(word >> 16u, first + 2u); }
  if (first + 3u < sizes.size) { result[first + 3u] = expand(word >> 24u, first + 3u); }
}
