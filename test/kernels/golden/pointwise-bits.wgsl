// pointwise 3x6x8 [select(T(0.0f), a, b > T(0.0f))]: 2 inputs, 1 x 1 x 1 workgroups
alias T = vec4f;
@group(0) @binding(0) var<storage, read> operand0: array<vec4f>;
@group(0) @binding(1) var<storage, read> operand1: array<u32>;
@group(0) @binding(2) var<storage, read_write> result: array<vec4f>;
struct Sizes { count: u32 }
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = group.x * 64u + lane;
  if (i >= sizes.count) { return; }
  let channel = 0u;
  let x0 = operand0[i];
  let x1 = vec4f((vec4u(operand1[i >> 3u]) >> (vec4u(0u, 1u, 2u, 3u) + (i & 7u) * 4u)) & vec4u(1u));
  let t0 = select(T(0.0f), x0, x1 > T(0.0f));
  result[i] = t0;
}
