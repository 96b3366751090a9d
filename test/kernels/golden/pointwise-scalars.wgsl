// pointwise 5 [a * b]: 2 inputs, 1 x 1 x 1 workgroups
alias T = f32;
@group(0) @binding(0) var<storage, read> operand0: array<f32>;
@group(0) @binding(1) var<storage, read> operand1: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
struct Sizes { count: u32 }
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = group.x * 64u + lane;
  if (i >= sizes.count) { return; }
  let channel = 0u;
  let x0 = operand0[i];
  let x1 = T(operand1[0]);
  let t0 = x0 * x1;
  result[i] = t0;
}
