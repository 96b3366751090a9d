// sumSlices 40x36: 2 inputs, 3 x 1 x 1 workgroups
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

var<workgroup> partial: array<T, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = group.x * 4u + lane % 4u;
  var sum = T();
  if (i < sizes.count) {
    var p = lane / 4u * sizes.count + i;
    for (; p + 3u * sizes.step < sizes.all; p += 4u * sizes.step) {
      let t0 = slices[p + 0u * sizes.step]; let t1 = slices[p + 1u * sizes.step]; let t2 = slices[p + 2u * sizes.step]; let t3 = slices[p + 3u * sizes.step];
      sum = sum + t0 + t1 + t2 + t3;
    }
    for (; p < sizes.all; p += sizes.step) { sum += slices[p]; }
  }
  partial[lane] = sum;
  for (var stride = 32u; stride >= 4u; stride /= 2u) {
    workgroupBarrier();
    if (lane < stride) { partial[lane] += partial[lane + stride]; }
  }
  sum = partial[lane];
  if (lane < 4u && i < sizes.count) { store(i, 0u, sum); }
}
