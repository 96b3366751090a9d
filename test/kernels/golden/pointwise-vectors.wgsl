// pointwise 3x6x8 [a + b; max(a, T(0.0f))]: 2 inputs, 1 x 1 x 1 workgroups
alias T = vec4f;
@group(0) @binding(0) var<storage, read> operand0: array<vec4f>;
@group(0) @binding(1) var<storage, read> operand1: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = group.x * 64u + lane;
  if (i >= 36u) { return; }
  let channel = i / 12u;
  let x0 = operand0[i];
  let x1 = T(operand1[channel]);
  let t0 = x0 + x1;
  let t1 = max(t0, T(0.0f));
  result[i] = t1;
}
