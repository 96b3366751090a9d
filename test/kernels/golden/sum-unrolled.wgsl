// sum 3x480 -> 3x1: 2 inputs, 3 x 1 x 1 workgroups
@group(0) @binding(0) var<storage, read> input0: array<vec4f>;
@group(0) @binding(1) var<storage, read> input1: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
struct Sizes { rows: u32, slices: u32, rowLength: u32, sliceLength: u32 }
@group(0) @binding(3) var<uniform> sizes: Sizes;
var<workgroup> partial: array<f32, 64>;

fn term(i: u32, row: u32) -> f32 {
  let x0 = input0[i];
  let x1 = input1[i];
  let t0 = x0 - x1;
  let t1 = t0 * t0;
  return dot(t1, vec4f(1.0f));
}

alias T = f32;
fn finish(index: u32, channel: u32, value: T) -> T {
  
  
  return value;
}
fn store(index: u32, channel: u32, value: T) { result[index] = finish(index, channel, value); }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let slice = group.x;
  let row = slice / sizes.slices;
  let first = (slice % sizes.slices) * sizes.sliceLength;
  let last = min(first + sizes.sliceLength, sizes.rowLength);
  var sum = 0.0f;
  if (row < sizes.rows) {
    let start = row * sizes.rowLength;
    var i = first + lane;
    for (; i + 3u * 64u < last; i += 4u * 64u) {
      let t0 = term(start + i + 0u * 64u, row); let t1 = term(start + i + 1u * 64u, row); let t2 = term(start + i + 2u * 64u, row); let t3 = term(start + i + 3u * 64u, row);
      sum = sum + t0 + t1 + t2 + t3;
    }
    for (; i < last; i += 64u) { sum += term(start + i, row); }
  }
  partial[lane] = sum;
  for (var stride = 32u; stride > 0u; stride /= 2u) {
    workgroupBarrier();
    if (lane < stride) { partial[lane] += partial[lane + stride]; }
  }
  if (lane == 0u && row < sizes.rows) { store(slice, row, partial[0]); }
}
