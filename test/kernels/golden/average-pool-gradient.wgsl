// averagePoolGradient 3x6x8: 1 inputs, 1 x 1 x 3 workgroups
alias T = vec4f;
@group(0) @binding(0) var<storage, read> gradient: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<vec4f>;
struct Sizes { gridHeight: u32, gridWidth: u32, height: u32, width: u32, rows: u32, columns: u32, words: u32 }
@group(0) @binding(2) var<uniform> sizes: Sizes;

fn finish(index: u32, channel: u32, value: T) -> T {
  
  
  return value;
}
fn store(index: u32, channel: u32, value: T) { result[index] = finish(index, channel, value); }

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) position: vec3u) {
  let x = position.x;
  let y = position.y;
  let channel = position.z;
  if (x >= sizes.gridWidth || y >= sizes.gridHeight) { return; }
  let i = (channel * sizes.gridHeight + y) * sizes.gridWidth + x;
  let window = x * 2u;
  var value0 = 0.0f; var value1 = 0.0f;
  
  {
    let pooled = (channel * sizes.rows + y) * sizes.columns + window;
    value0 = gradient[pooled + 0u] * 0.25f; value1 = gradient[pooled + 1u] * 0.25f;
    
  }
  let first = (channel * sizes.height + y * 2u) * sizes.width + x * 4u;
  store((first + 0u * sizes.width) / 4u, channel, vec4f(value0, value0, value1, value1));
  store((first + 1u * sizes.width) / 4u, channel, vec4f(value0, value0, value1, value1));
}
