// sumSlices 4x36: 2 inputs, 1 x 1 x 1 workgroups
alias T = vec4f;
@group(0) @binding(0) var<storage, read> slices: array<vec4f>;
@group(0) @binding(1) var<storage, read> operand1: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> result: array<vec4f>;
struct Sizes { count: u32, all: u32, step: u32 }
@group(0) @binding(3) var<uniform> sizes: Sizes;

fn finish(index: u32, channel: u32, value: T) -> T {
  let x0 = value;
  let x1 = operand1[index];
  let t0 = x0 - x1;
  return t0;
}
fn store(index: u32, channel: u32, value: T) { result[index] = finish(index, channel, value); }



@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = group.x * 64u + lane % 64u;
  var sum = T();
  if (i < sizes.count) {
    var p = lane / 64u * sizes.count + i;
    for (; p < sizes.all; p += sizes.step) { sum += slices[p]; }
  }
  
  if (lane < 64u && i < sizes.count) { store(i, 0u, sum); }
}
