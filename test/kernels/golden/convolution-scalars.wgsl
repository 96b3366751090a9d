// convolution 3x2 3x8x12 -> 6x6x3: 3 inputs, 1 x 1 x 2 workgroups
alias T = f32;
@group(0) @binding(0) var<storage, read> image: array<vec4f>;
@group(0) @binding(1) var<storage, read> weights: array<vec4f>;
@group(0) @binding(2) var<storage, read> operand1: array<f32>;
@group(0) @binding(3) var<storage, read_write> result: array<f32>;

fn store(index: u32, channel: u32, value: T) {
  let x0 = value;
  let x1 = operand1[index];
  let t0 = select(T(0.0f), x0, x1 > T(0.0f));
  result[index] = t0;
}

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let strip = group.x * 32u + lane;
  if (strip >= 6u) { return; }
  let y = strip / 1u;
  let x = strip % 1u * 4u;
  var sum0 = vec4f(); var sum1 = vec4f(); var sum2 = vec4f(); var sum3 = vec4f();
  var w = group.z * 18u;
  for (var input = 0u; input < 3u; input++) {
    for (var ky = 0u; ky < 3u; ky++) {
      let p = (input * 8u + y * 2u + ky) * 3u + x * 2u / 4u;
      let p0 = image[p + 0u]; let p1 = image[p + 1u];
      {
        let q0 = vec4f(p0.x, p0.z, p1.x, p1.z);
        let w0 = weights[w + 0u];
        sum0 = fma(vec4f(w0.x), q0, sum0);
        sum1 = fma(vec4f(w0.y), q0, sum1);
        sum2 = fma(vec4f(w0.z), q0, sum2);
        sum3 = fma(vec4f(w0.w), q0, sum3);
      }
      {
        let q0 = vec4f(p0.y, p0.w, p1.y, p1.w);
        let w0 = weights[w + 1u];
        sum0 = fma(vec4f(w0.x), q0, sum0);
        sum1 = fma(vec4f(w0.y), q0, sum1);
        sum2 = fma(vec4f(w0.z), q0, sum2);
        sum3 = fma(vec4f(w0.w), q0, sum3);
      }
      w += 2u;
    }
  }
  let output = group.z * 4u;
  let first = (output * 6u + y) * 3u + x;
  if (output + 0u < 6u) { store(first + 0u, output + 0u, sum0.x); }
if (output + 1u < 6u) { store(first + 18u, output + 1u, sum1.x); }
if (output + 2u < 6u) { store(first + 36u, output + 2u, sum2.x); }
if (output + 3u < 6u) { store(first + 54u, output + 3u, sum3.x); }
  if (x + 1u < 3u) {
if (output + 0u < 6u) { store(first + 1u, output + 0u, sum0.y); }
if (output + 1u < 6u) { store(first + 19u, output + 1u, sum1.y); }
if (output + 2u < 6u) { store(first + 37u, output + 2u, sum2.y); }
if (output + 3u < 6u) { store(first + 55u, output + 3u, sum3.y); }
  }
  if (x + 2u < 3u) {
if (output + 0u < 6u) { store(first + 2u, output + 0u, sum0.z); }
if (output + 1u < 6u) { store(first + 20u, output + 1u, sum1.z); }
if (output + 2u < 6u) { store(first + 38u, output + 2u, sum2.z); }
if (output + 3u < 6u) { store(first + 56u, output + 3u, sum3.z); }
  }
  if (x + 3u < 3u) {
if (output + 0u < 6u) { store(first + 3u, output + 0u, sum0.w); }
if (output + 1u < 6u) { store(first + 21u, output + 1u, sum1.w); }
if (output + 2u < 6u) { store(first + 39u, output + 2u, sum2.w); }
if (output + 3u < 6u) { store(first + 57u, output + 3u, sum3.w); }
  }
}
