// maxPoolGradient 3x6x8: 3 inputs, 1 x 1 x 3 workgroups
alias T = vec4f;
@group(0) @binding(0) var<storage, read> gradient: array<f32>;
@group(0) @binding(1) var<storage, read> mask: array<u32>;
@group(0) @binding(2) var<storage, read> operand1: array<u32>;
@group(0) @binding(3) var<storage, read_write> result: array<vec4f>;
struct Sizes { gridHeight: u32, gridWidth: u32, height: u32, width: u32, rows: u32, columns: u32, words: u32 }
@group(0) @binding(4) var<uniform> sizes: Sizes;

fn finish(index: u32, channel: u32, value: T) -> T {
  let x0 = value;
  let x1 = vec4f((vec4u(operand1[index >> 3u]) >> (vec4u(0u, 1u, 2u, 3u) + (index & 7u) * 4u)) & vec4u(1u));
  let t0 = select(T(0.0f), x0, x1 > T(0.0f));
  return t0;
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
  var bits = 0u;
  {
    let pooled = (channel * sizes.rows + y) * sizes.columns + window;
    value0 = gradient[pooled + 0u]; value1 = gradient[pooled + 1u];
    bits = mask[(channel * sizes.rows + y) * sizes.words + (window >> 3u)] >> ((window & 7u) * 4u);
  }
  let first = (channel * sizes.height + y * 2u) * sizes.width + x * 4u;
  store((first + 0u * sizes.width) / 4u, channel, vec4f(select(0.0f, value0, (bits & 1u) != 0u), select(0.0f, value0, (bits & 2u) != 0u), select(0.0f, value1, (bits & 16u) != 0u), select(0.0f, value1, (bits & 32u) != 0u)));
  store((first + 1u * sizes.width) / 4u, channel, vec4f(select(0.0f, value0, (bits & 4u) != 0u), select(0.0f, value0, (bits & 8u) != 0u), select(0.0f, value1, (bits & 64u) != 0u), select(0.0f, value1, (bits & 128u) != 0u)));
}
