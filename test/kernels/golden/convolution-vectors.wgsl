// convolution 3x3 3x8x16 -> 6x6x12: 3 inputs, 1 x 1 x 2 workgroups
alias T = vec4f;
@group(0) @binding(0) var<storage, read> image: array<vec4f>;
@group(0) @binding(1) var<storage, read> weights: array<vec4f>;
@group(0) @binding(2) var<storage, read> operand1: array<f32>;
@group(0) @binding(3) var<storage, read_write> result: array<vec4f>;

fn store(index: u32, channel: u32, value: T) {
  let x0 = value;
  let x1 = T(operand1[channel]);
  let t0 = x0 + x1;
  let t1 = max(t0, T(0.0f));
  result[index] = t1;
}

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let strip = group.x * 32u + lane;
  if (strip >= 12u) { return; }
  let y = strip / 2u;
  let x = strip % 2u * 8u;
  var sum0 = vec4f(); var sum1 = vec4f(); var sum2 = vec4f(); var sum3 = vec4f(); var sum4 = vec4f(); var sum5 = vec4f(); var sum6 = vec4f(); var sum7 = vec4f();
  var w = group.z * 27u;
  for (var input = 0u; input < 3u; input++) {
    for (var ky = 0u; ky < 3u; ky++) {
      let p = (input * 8u + y * 1u + ky) * 4u + x * 1u / 4u;
      let p0 = image[p + 0u]; let p1 = image[p + 1u]; let p2 = image[p + 2u];
      {
        let q0 = vec4f(p0.x, p0.y, p0.z, p0.w); let q1 = vec4f(p1.x, p1.y, p1.z, p1.w);
        let w0 = weights[w + 0u];
        sum0 = fma(vec4f(w0.x), q0, sum0);
        sum1 = fma(vec4f(w0.x), q1, sum1);
        sum2 = fma(vec4f(w0.y), q0, sum2);
        sum3 = fma(vec4f(w0.y), q1, sum3);
        sum4 = fma(vec4f(w0.z), q0, sum4);
        sum5 = fma(vec4f(w0.z), q1, sum5);
        sum6 = fma(vec4f(w0.w), q0, sum6);
        sum7 = fma(vec4f(w0.w), q1, sum7);
      }
      {
        let q0 = vec4f(p0.y, p0.z, p0.w, p1.x); let q1 = vec4f(p1.y, p1.z, p1.w, p2.x);
        let w0 = weights[w + 1u];
        sum0 = fma(vec4f(w0.x), q0, sum0);
        sum1 = fma(vec4f(w0.x), q1, sum1);
        sum2 = fma(vec4f(w0.y), q0, sum2);
        sum3 = fma(vec4f(w0.y), q1, sum3);
        sum4 = fma(vec4f(w0.z), q0, sum4);
        sum5 = fma(vec4f(w0.z), q1, sum5);
        sum6 = fma(vec4f(w0.w), q0, sum6);
        sum7 = fma(vec4f(w0.w), q1, sum7);
      }
      {
        let q0 = vec4f(p0.z, p0.w, p1.x, p1.y); let q1 = vec4f(p1.z, p1.w, p2.x, p2.y);
        let w0 = weights[w + 2u];
        sum0 = fma(vec4f(w0.x), q0, sum0);
        sum1 = fma(vec4f(w0.x), q1, sum1);
        sum2 = fma(vec4f(w0.y), q0, sum2);
        sum3 = fma(vec4f(w0.y), q1, sum3);
        sum4 = fma(vec4f(w0.z), q0, sum4);
        sum5 = fma(vec4f(w0.z), q1, sum5);
        sum6 = fma(vec4f(w0.w), q0, sum6);
        sum7 = fma(vec4f(w0.w), q1, sum7);
      }
      w += 3u;
    }
  }
  let output = group.z * 4u;
  let first = (output * 6u + y) * 12u + x;
  if (output + 0u < 6u) { store(first / 4u + 0u, output + 0u, sum0); }
if (output + 1u < 6u) { store(first / 4u + 18u, output + 1u, sum2); }
if (output + 2u < 6u) { store(first / 4u + 36u, output + 2u, sum4); }
if (output + 3u < 6u) { store(first / 4u + 54u, output + 3u, sum6); }
  if (x + 4u < 12u) {
if (output + 0u < 6u) { store(first / 4u + 1u, output + 0u, sum1); }
if (output + 1u < 6u) { store(first / 4u + 19u, output + 1u, sum3); }
if (output + 2u < 6u) { store(first / 4u + 37u, output + 2u, sum5); }
if (output + 3u < 6u) { store(first / 4u + 55u, output + 3u, sum7); }
  }
}
