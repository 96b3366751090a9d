// matmul 9x5 * 5x8: 3 inputs, 2 x 1 x 1 workgroups
alias T = vec4f;
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(2) var<storage, read> operand1: array<f32>;
@group(0) @binding(3) var<storage, read_write> result: array<vec4f>;

fn finish(index: u32, channel: u32, value: T) -> T {
  let x0 = value;
  let x1 = T(operand1[channel]);
  let t0 = x0 + x1;
  let t1 = max(t0, T(0.0f));
  return t1;
}
fn store(index: u32, channel: u32, value: T) { result[index] = finish(index, channel, value); }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.x / 1u * 8u;
  let column = group.x % 1u * 64u + lane;
  if (row >= 9u || column >= 2u) { return; }
  var sum0 = T(); var sum1 = T(); var sum2 = T(); var sum3 = T(); var sum4 = T(); var sum5 = T(); var sum6 = T(); var sum7 = T();
  for (var k = 0u; k < 5u; k++) {
    let value = b[k * 2u + column];
    sum0 = fma(T(a[(min(row + 0u, 8u)) * 5u + k]), value, sum0);
    sum1 = fma(T(a[(min(row + 1u, 8u)) * 5u + k]), value, sum1);
    sum2 = fma(T(a[(min(row + 2u, 8u)) * 5u + k]), value, sum2);
    sum3 = fma(T(a[(min(row + 3u, 8u)) * 5u + k]), value, sum3);
    sum4 = fma(T(a[(min(row + 4u, 8u)) * 5u + k]), value, sum4);
    sum5 = fma(T(a[(min(row + 5u, 8u)) * 5u + k]), value, sum5);
    sum6 = fma(T(a[(min(row + 6u, 8u)) * 5u + k]), value, sum6);
    sum7 = fma(T(a[(min(row + 7u, 8u)) * 5u + k]), value, sum7);
  }
  if (row + 0u < 9u) { store((row + 0u) * 2u + column, row + 0u, sum0); }
  if (row + 1u < 9u) { store((row + 1u) * 2u + column, row + 1u, sum1); }
  if (row + 2u < 9u) { store((row + 2u) * 2u + column, row + 2u, sum2); }
  if (row + 3u < 9u) { store((row + 3u) * 2u + column, row + 3u, sum3); }
  if (row + 4u < 9u) { store((row + 4u) * 2u + column, row + 4u, sum4); }
  if (row + 5u < 9u) { store((row + 5u) * 2u + column, row + 5u, sum5); }
  if (row + 6u < 9u) { store((row + 6u) * 2u + column, row + 6u, sum6); }
  if (row + 7u < 9u) { store((row + 7u) * 2u + column, row + 7u, sum7); }
}
