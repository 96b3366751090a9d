// averagePoolGradient 3x6x8: 1 inputs, 1 x 1 x 3 workgroups
alias T = vec4f;
@group(0) @binding(0) var<storage, read> gradient: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<vec4f>;

fn finish(index: u32, channel: u32, value: T) -> T {
  
  
  return value;
}
fn store(index: u32, channel: u32, value: T) { result[index] = finish(index, channel, value); }

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) position: vec3u) {
  let x = position.x;
  let y = position.y;
  let channel = position.z;
  if (x >= 2u || y >= 3u) { return; }
  let i = (channel * 3u + y) * 2u + x;
  let window = x * 2u;
  var value0 = 0.0f; var value1 = 0.0f;
  
  {
    let pooled = (channel * 3u + y) * 4u + window;
    value0 = gradient[pooled + 0u] * 0.25f; value1 = gradient[pooled + 1u] * 0.25f;
    
  }
  let first = (channel * 6u + y * 2u) * 8u + x * 4u;
  store((first + 0u) / 4u, channel, vec4f(value0, value0, value1, value1));
  store((first + 8u) / 4u, channel, vec4f(value0, value0, value1, value1));
}
