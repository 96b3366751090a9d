// gram 8x16 in 1 slices: 1 inputs, 1 x 1 x 1 workgroups
@group(0) @binding(0) var<storage, read> panels: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> result: array<vec4f>;
struct Sizes { tiles: u32, pairs: u32, count: u32, slice: u32, firstSlice: u32, channels: u32, pixels: u32 }
@group(0) @binding(2) var<uniform> sizes: Sizes;

fn store(slice: u32, row: u32, column4: u32, sums: vec4f) {
  if (row >= sizes.channels) { return; }
  let mean = sums / f32(sizes.pixels);
  let start = ((sizes.firstSlice + slice) * sizes.channels + row) * sizes.channels;
  if (column4 * 4u < sizes.channels) { result[(start + column4 * 4u) / 4u] = mean; }
}

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let id = group.x * 32u + lane;
  if (id >= sizes.tiles) { return; }
  let slice = id / sizes.pairs;
  // The pair-th entry of the lower triangle, counted row by row.
  let pair = id - slice * sizes.pairs;
  var i = u32(sqrt(2.0f * f32(pair)));
  while (i * (i + 1u) / 2u > pair) { i--; }
  while ((i + 1u) * (i + 2u) / 2u <= pair) { i++; }
  let j = pair - i * (i + 1u) / 2u;
  let first = min(slice * sizes.slice, sizes.count);
  let last = min(first + sizes.slice, sizes.count);
  var p = (i * sizes.count + first) * 2u;
  var q = (j * sizes.count + first) * 2u;
  var sum0_0 = vec4f(); var sum0_1 = vec4f(); var sum1_0 = vec4f(); var sum1_1 = vec4f(); var sum2_0 = vec4f(); var sum2_1 = vec4f(); var sum3_0 = vec4f(); var sum3_1 = vec4f(); var sum4_0 = vec4f(); var sum4_1 = vec4f(); var sum5_0 = vec4f(); var sum5_1 = vec4f(); var sum6_0 = vec4f(); var sum6_1 = vec4f(); var sum7_0 = vec4f(); var sum7_1 = vec4f();
  for (var pixel = first; pixel < last; pixel++) {
    let a0 = panels[p]; let a1 = panels[p + 1u];
    let b0 = panels[q]; let b1 = panels[q + 1u];
    sum0_0 = fma(vec4f(a0.x), b0, sum0_0);
    sum0_1 = fma(vec4f(a0.x), b1, sum0_1);
    sum1_0 = fma(vec4f(a0.y), b0, sum1_0);
    sum1_1 = fma(vec4f(a0.y), b1, sum1_1);
    sum2_0 = fma(vec4f(a0.z), b0, sum2_0);
    sum2_1 = fma(vec4f(a0.z), b1, sum2_1);
    sum3_0 = fma(vec4f(a0.w), b0, sum3_0);
    sum3_1 = fma(vec4f(a0.w), b1, sum3_1);
    sum4_0 = fma(vec4f(a1.x), b0, sum4_0);
    sum4_1 = fma(vec4f(a1.x), b1, sum4_1);
    sum5_0 = fma(vec4f(a1.y), b0, sum5_0);
    sum5_1 = fma(vec4f(a1.y), b1, sum5_1);
    sum6_0 = fma(vec4f(a1.z), b0, sum6_0);
    sum6_1 = fma(vec4f(a1.z), b1, sum6_1);
    sum7_0 = fma(vec4f(a1.w), b0, sum7_0);
    sum7_1 = fma(vec4f(a1.w), b1, sum7_1);
    p += 2u;
    q += 2u;
  }
  store(slice, i * 8u + 0u, j * 2u + 0u, sum0_0);
  store(slice, i * 8u + 0u, j * 2u + 1u, sum0_1);
  store(slice, i * 8u + 1u, j * 2u + 0u, sum1_0);
  store(slice, i * 8u + 1u, j * 2u + 1u, sum1_1);
  store(slice, i * 8u + 2u, j * 2u + 0u, sum2_0);
  store(slice, i * 8u + 2u, j * 2u + 1u, sum2_1);
  store(slice, i * 8u + 3u, j * 2u + 0u, sum3_0);
  store(slice, i * 8u + 3u, j * 2u + 1u, sum3_1);
  store(slice, i * 8u + 4u, j * 2u + 0u, sum4_0);
  store(slice, i * 8u + 4u, j * 2u + 1u, sum4_1);
  store(slice, i * 8u + 5u, j * 2u + 0u, sum5_0);
  store(slice, i * 8u + 5u, j * 2u + 1u, sum5_1);
  store(slice, i * 8u + 6u, j * 2u + 0u, sum6_0);
  store(slice, i * 8u + 6u, j * 2u + 1u, sum6_1);
  store(slice, i * 8u + 7u, j * 2u + 0u, sum7_0);
  store(slice, i * 8u + 7u, j * 2u + 1u, sum7_1);
  if (i != j) {
    store(slice, j * 8u + 0u, i * 2u + 0u, vec4f(sum0_0.x, sum1_0.x, sum2_0.x, sum3_0.x));
    store(slice, j * 8u + 0u, i * 2u + 1u, vec4f(sum4_0.x, sum5_0.x, sum6_0.x, sum7_0.x));
    store(slice, j * 8u + 1u, i * 2u + 0u, vec4f(sum0_0.y, sum1_0.y, sum2_0.y, sum3_0.y));
    store(slice, j * 8u + 1u, i * 2u + 1u, vec4f(sum4_0.y, sum5_0.y, sum6_0.y, sum7_0.y));
    store(slice, j * 8u + 2u, i * 2u + 0u, vec4f(sum0_0.z, sum1_0.z, sum2_0.z, sum3_0.z));
    store(slice, j * 8u + 2u, i * 2u + 1u, vec4f(sum4_0.z, sum5_0.z, sum6_0.z, sum7_0.z));
    store(slice, j * 8u + 3u, i * 2u + 0u, vec4f(sum0_0.w, sum1_0.w, sum2_0.w, sum3_0.w));
    store(slice, j * 8u + 3u, i * 2u + 1u, vec4f(sum4_0.w, sum5_0.w, sum6_0.w, sum7_0.w));
    store(slice, j * 8u + 4u, i * 2u + 0u, vec4f(sum0_1.x, sum1_1.x, sum2_1.x, sum3_1.x));
    store(slice, j * 8u + 4u, i * 2u + 1u, vec4f(sum4_1.x, sum5_1.x, sum6_1.x, sum7_1.x));
    store(slice, j * 8u + 5u, i * 2u + 0u, vec4f(sum0_1.y, sum1_1.y, sum2_1.y, sum3_1.y));
    store(slice, j * 8u + 5u, i * 2u + 1u, vec4f(sum4_1.y, sum5_1.y, sum6_1.y, sum7_1.y));
    store(slice, j * 8u + 6u, i * 2u + 0u, vec4f(sum0_1.z, sum1_1.z, sum2_1.z, sum3_1.z));
    store(slice, j * 8u + 6u, i * 2u + 1u, vec4f(sum4_1.z, sum5_1.z, sum6_1.z, sum7_1.z));
    store(slice, j * 8u + 7u, i * 2u + 0u, vec4f(sum0_1.w, sum1_1.w, sum2_1.w, sum3_1.w));
    store(slice, j * 8u + 7u, i * 2u + 1u, vec4f(sum4_1.w, sum5_1.w, sum6_1.w, sum7_1.w));
  }
}
