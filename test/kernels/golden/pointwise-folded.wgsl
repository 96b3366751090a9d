// pointwise 3x4000x4000 [max(a, T(0.0f))]: 1 inputs, 62500 x 3 x 1 workgroups
alias T = vec4f;
@group(0) @binding(0) var<storage, read> operand0: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> result: array<vec4f>;
struct Sizes { count: u32 }
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * 62500u + group.x) * 64u + lane;
  if (i >= sizes.count) { return; }
  let channel = 0u;
  let x0 = operand0[i];
  let t0 = max(x0, T(0.0f));
  result[i] = t0;
}
