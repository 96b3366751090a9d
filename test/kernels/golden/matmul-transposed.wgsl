// matmul 8x5 * 5x7: 2 inputs, 1 x 1 x 1 workgroups
alias T = f32;
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;

fn finish(index: u32, channel: u32, value: T) -> T {
  
  
  return value;
}
fn store(index: u32, channel: u32, value: T) { result[index] = finish(index, channel, value); }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.x / 1u * 8u;
  let column = group.x % 1u * 64u + lane;
  if (row >= 8u || column >= 7u) { return; }
  var sum0 = T(); var sum1 = T(); var sum2 = T(); var sum3 = T(); var sum4 = T(); var sum5 = T(); var sum6 = T(); var sum7 = T();
  for (var k = 0u; k < 5u; k++) {
    let value = b[column * 5u + k];
    sum0 = fma(T(a[k * 8u + row + 0u]), value, sum0);
    sum1 = fma(T(a[k * 8u + row + 1u]), value, sum1);
    sum2 = fma(T(a[k * 8u + row + 2u]), value, sum2);
    sum3 = fma(T(a[k * 8u + row + 3u]), value, sum3);
    sum4 = fma(T(a[k * 8u + row + 4u]), value, sum4);
    sum5 = fma(T(a[k * 8u + row + 5u]), value, sum5);
    sum6 = fma(T(a[k * 8u + row + 6u]), value, sum6);
    sum7 = fma(T(a[k * 8u + row + 7u]), value, sum7);
  }
  { store((row + 0u) * 7u + column, row + 0u, sum0); }
  { store((row + 1u) * 7u + column, row + 1u, sum1); }
  { store((row + 2u) * 7u + column, row + 2u, sum2); }
  { store((row + 3u) * 7u + column, row + 3u, sum3); }
  { store((row + 4u) * 7u + column, row + 4u, sum4); }
  { store((row + 5u) * 7u + column, row + 5u, sum5); }
  { store((row + 6u) * 7u + column, row + 6u, sum6); }
  { store((row + 7u) * 7u + column, row + 7u, sum7); }
}
