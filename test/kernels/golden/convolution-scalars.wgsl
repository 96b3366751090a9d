// convolution 3x2 3x8x12 -> 6x6x3: 3 inputs, 1 x 1 x 2 workgroups
alias T = f32;
@group(0) @binding(0) var<storage, read> image: array<vec4f>;
@group(0) @binding(1) var<storage, read> weights: array<vec4f>;
@group(0) @binding(2) var<storage, read> operand1: array<f32>;
@group(0) @binding(3) var<storage, read_write> result: array<f32>;
struct Sizes { strips: u32, stripsPerRow: u32, rowStep: u32, planeStep: u32, block: u32, outputs: u32, height: u32, width: u32 }
@group(0) @binding(4) var<uniform> sizes: Sizes;

fn finish(index: u32, channel: u32, value: T) -> T {
  let x0 = value;
  let x1 = operand1[index];
  let t0 = select(T(0.0f), x0, x1 > T(0.0f));
  return t0;
}
fn store(index: u32, channel: u32, value: T) { result[index] = finish(index, channel, value); }

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let strip = group.x * 32u + lane;
  if (strip >= sizes.strips) { return; }
  let y = strip / sizes.stripsPerRow;
  let x = (strip - y * sizes.stripsPerRow) * 4u;
  var sum0 = vec4f(); var sum1 = vec4f(); var sum2 = vec4f(); var sum3 = vec4f();
  var p = y * 2u * sizes.rowStep + x * 2u / 4u; var ky = 0u;
  let end = (group.z + 1u) * sizes.block;
  for (var w = end - sizes.block; w < end; w += 2u) {
    let p0_0 = image[p + 0u]; let p0_1 = image[p + 1u];
    let w0_0 = weights[w + 0u]; let w0_1 = weights[w + 1u];
    {
      let q0 = vec4f(p0_0.x, p0_0.z, p0_1.x, p0_1.z); let q1 = vec4f(p0_0.y, p0_0.w, p0_1.y, p0_1.w);
      sum0 = fma(vec4f(w0_1.x), q1, fma(vec4f(w0_0.x), q0, sum0));
      sum1 = fma(vec4f(w0_1.y), q1, fma(vec4f(w0_0.y), q0, sum1));
      sum2 = fma(vec4f(w0_1.z), q1, fma(vec4f(w0_0.z), q0, sum2));
      sum3 = fma(vec4f(w0_1.w), q1, fma(vec4f(w0_0.w), q0, sum3));
    }
    let isLastRow = ky == 2u;
    ky = select(ky + 1u, 0u, isLastRow);
    p += select(sizes.rowStep, sizes.planeStep - 2u * sizes.rowStep, isLastRow);
  }
  
  let first = group.z * 4u;
  let last = min(first + 4u, sizes.outputs);
  var i = ((first * sizes.height + y) * sizes.width + x) / 1u;
  for (var output = first; output < last; output++) {
    { store(i + 0u, output, sum0.x); }
    if (x + 1u < sizes.width) { store(i + 1u, output, sum0.y); }
    if (x + 2u < sizes.width) { store(i + 2u, output, sum0.z); }
    if (x + 3u < sizes.width) { store(i + 3u, output, sum0.w); }
    sum0 = sum1; sum1 = sum2; sum2 = sum3;
    i += sizes.height * sizes.width / 1u;
  }
}
