// convolution 3x3 3x8x12 -> 6x6x10: 3 inputs, 3 x 1 x 1 workgroups
enable subgroups;
alias T = f32;
@group(0) @binding(0) var<storage, read> image: array<vec4f>;
@group(0) @binding(1) var<storage, read> weights: array<vec4f>;
@group(0) @binding(2) var<storage, read> operand1: array<f32>;
@group(0) @binding(3) var<storage, read_write> result: array<f32>;
struct Sizes { strips: u32, stripsPerRow: u32, rowStep: u32, planeStep: u32, block: u32, outputs: u32, height: u32, width: u32 }
@group(0) @binding(4) var<uniform> sizes: Sizes;

fn finish(index: u32, channel: u32, value: T) -> T {
  let x0 = value;
  let x1 = T(operand1[channel]);
  let t0 = x0 + x1;
  let t1 = max(t0, T(0.0f));
  return t1;
}
fn store(index: u32, channel: u32, value: T) { result[index] = finish(index, channel, value); }

@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let strip = group.x * 4u + lane;
  
  let y = strip / sizes.stripsPerRow;
  let x = (strip - y * sizes.stripsPerRow) * 8u;
  var sum0 = vec4f(); var sum1 = vec4f(); var sum2 = vec4f(); var sum3 = vec4f(); var sum4 = vec4f(); var sum5 = vec4f(); var sum6 = vec4f(); var sum7 = vec4f(); var sum8 = vec4f(); var sum9 = vec4f(); var sum10 = vec4f(); var sum11 = vec4f(); var sum12 = vec4f(); var sum13 = vec4f(); var sum14 = vec4f(); var sum15 = vec4f();
  var p = y * 1u * sizes.rowStep + x * 1u / 4u; var ky = 0u;
  let end = (group.z + 1u) * sizes.block;
  for (var w = end - sizes.block; w < end; w += 6u) {
    let p0_0 = image[p + 0u]; let p0_1 = image[p + 1u]; let p0_2 = image[p + 2u];
    let read0 = weights[w + 0u + lane]; let read1 = weights[w + 4u + lane];
    let w0_0 = subgroupShuffle(read0, 0u); let w0_1 = subgroupShuffle(read0, 1u); let w0_2 = subgroupShuffle(read0, 2u); let w0_3 = subgroupShuffle(read0, 3u); let w0_4 = subgroupShuffle(read1, 0u); let w0_5 = subgroupShuffle(read1, 1u);
    {
      let q0 = vec4f(p0_0.x, p0_0.y, p0_0.z, p0_0.w); let q1 = vec4f(p0_0.y, p0_0.z, p0_0.w, p0_1.x); let q2 = vec4f(p0_0.z, p0_0.w, p0_1.x, p0_1.y);
      sum0 = fma(vec4f(w0_4.x), q2, fma(vec4f(w0_2.x), q1, fma(vec4f(w0_0.x), q0, sum0)));
      sum2 = fma(vec4f(w0_4.y), q2, fma(vec4f(w0_2.y), q1, fma(vec4f(w0_0.y), q0, sum2)));
      sum4 = fma(vec4f(w0_4.z), q2, fma(vec4f(w0_2.z), q1, fma(vec4f(w0_0.z), q0, sum4)));
      sum6 = fma(vec4f(w0_4.w), q2, fma(vec4f(w0_2.w), q1, fma(vec4f(w0_0.w), q0, sum6)));
      sum8 = fma(vec4f(w0_5.x), q2, fma(vec4f(w0_3.x), q1, fma(vec4f(w0_1.x), q0, sum8)));
      sum10 = fma(vec4f(w0_5.y), q2, fma(vec4f(w0_3.y), q1, fma(vec4f(w0_1.y), q0, sum10)));
      sum12 = fma(vec4f(w0_5.z), q2, fma(vec4f(w0_3.z), q1, fma(vec4f(w0_1.z), q0, sum12)));
      sum14 = fma(vec4f(w0_5.w), q2, fma(vec4f(w0_3.w), q1, fma(vec4f(w0_1.w), q0, sum14)));
    }
    {
      let q0 = vec4f(p0_1.x, p0_1.y, p0_1.z, p0_1.w); let q1 = vec4f(p0_1.y, p0_1.z, p0_1.w, p0_2.x); let q2 = vec4f(p0_1.z, p0_1.w, p0_2.x, p0_2.y);
      sum1 = fma(vec4f(w0_4.x), q2, fma(vec4f(w0_2.x), q1, fma(vec4f(w0_0.x), q0, sum1)));
      sum3 = fma(vec4f(w0_4.y), q2, fma(vec4f(w0_2.y), q1, fma(vec4f(w0_0.y), q0, sum3)));
      sum5 = fma(vec4f(w0_4.z), q2, fma(vec4f(w0_2.z), q1, fma(vec4f(w0_0.z), q0, sum5)));
      sum7 = fma(vec4f(w0_4.w), q2, fma(vec4f(w0_2.w), q1, fma(vec4f(w0_0.w), q0, sum7)));
      sum9 = fma(vec4f(w0_5.x), q2, fma(vec4f(w0_3.x), q1, fma(vec4f(w0_1.x), q0, sum9)));
      sum11 = fma(vec4f(w0_5.y), q2, fma(vec4f(w0_3.y), q1, fma(vec4f(w0_1.y), q0, sum11)));
      sum13 = fma(vec4f(w0_5.z), q2, fma(vec4f(w0_3.z), q1, fma(vec4f(w0_1.z), q0, sum13)));
      sum15 = fma(vec4f(w0_5.w), q2, fma(vec4f(w0_3.w), q1, fma(vec4f(w0_1.w), q0, sum15)));
    }
    let isLastRow = ky == 2u;
    ky = select(ky + 1u, 0u, isLastRow);
    p += select(sizes.rowStep, sizes.planeStep - 2u * sizes.rowStep, isLastRow);
  }
  if (strip >= sizes.strips) { return; }
  let first = group.z * 8u;
  let last = min(first + 8u, sizes.outputs);
  var i = ((first * sizes.height + y) * sizes.width + x) / 1u;
  for (var output = first; output < last; output++) {
    { store(i + 0u, output, sum0.x); }
    if (x + 1u < sizes.width) { store(i + 1u, output, sum0.y); }
    if (x + 2u < sizes.width) { store(i + 2u, output, sum0.z); }
    if (x + 3u < sizes.width) { store(i + 3u, output, sum0.w); }
    if (x + 4u < sizes.width) { store(i + 4u, output, sum1.x); }
    if (x + 5u < sizes.width) { store(i + 5u, output, sum1.y); }
    if (x + 6u < sizes.width) { store(i + 6u, output, sum1.z); }
    if (x + 7u < sizes.width) { store(i + 7u, output, sum1.w); }
    sum0 = sum2; sum1 = sum3; sum2 = sum4; sum3 = sum5; sum4 = sum6; sum5 = sum7; sum6 = sum8; sum7 = sum9; sum8 = sum10; sum9 = sum11; sum10 = sum12; sum11 = sum13; sum12 = sum14; sum13 = sum15;
    i += sizes.height * sizes.width / 1u;
  }
}
