// gram 8x16 in 1 slices: 1 inputs, 1 x 1 x 1 workgroups
@group(0) @binding(0) var<storage, read> panels: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> result: array<vec4f>;
struct Sizes { tiles: u32, pairs: u32, count: u32, slice: u32, firstSlice: u32, channels: u32, pixels: u32, panelStep: u32, pixelStep: u32 }
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
  var p = i * sizes.panelStep + first * sizes.pixelStep;
  var q = j * sizes.panelStep + first * sizes.pixelStep;
  var sum0 = vec4f(); var sum1 = vec4f(); var sum2 = vec4f(); var sum3 = vec4f(); var sum4 = vec4f(); var sum5 = vec4f(); var sum6 = vec4f(); var sum7 = vec4f(); var sum8 = vec4f(); var sum9 = vec4f(); var sum10 = vec4f(); var sum11 = vec4f(); var sum12 = vec4f(); var sum13 = vec4f(); var sum14 = vec4f(); var sum15 = vec4f();
  var pixel = first;
  
  for (; pixel + 0u < last; pixel += 1u) {
    let a0_0 = panels[p]; let a1_0 = panels[p + 1u]; let b0_0 = panels[q]; let b1_0 = panels[q + 1u];
    p += sizes.pixelStep; q += sizes.pixelStep;
    sum0 = fma(vec4f(a0_0.x), b0_0, sum0);
    sum1 = fma(vec4f(a0_0.x), b1_0, sum1);
    sum2 = fma(vec4f(a0_0.y), b0_0, sum2);
    sum3 = fma(vec4f(a0_0.y), b1_0, sum3);
    sum4 = fma(vec4f(a0_0.z), b0_0, sum4);
    sum5 = fma(vec4f(a0_0.z), b1_0, sum5);
    sum6 = fma(vec4f(a0_0.w), b0_0, sum6);
    sum7 = fma(vec4f(a0_0.w), b1_0, sum7);
    sum8 = fma(vec4f(a1_0.x), b0_0, sum8);
    sum9 = fma(vec4f(a1_0.x), b1_0, sum9);
    sum10 = fma(vec4f(a1_0.y), b0_0, sum10);
    sum11 = fma(vec4f(a1_0.y), b1_0, sum11);
    sum12 = fma(vec4f(a1_0.z), b0_0, sum12);
    sum13 = fma(vec4f(a1_0.z), b1_0, sum13);
    sum14 = fma(vec4f(a1_0.w), b0_0, sum14);
    sum15 = fma(vec4f(a1_0.w), b1_0, sum15);
  }
  store(slice, i * 8u + 0u, j * 2u + 0u, sum0);
  store(slice, i * 8u + 0u, j * 2u + 1u, sum1);
  store(slice, i * 8u + 1u, j * 2u + 0u, sum2);
  store(slice, i * 8u + 1u, j * 2u + 1u, sum3);
  store(slice, i * 8u + 2u, j * 2u + 0u, sum4);
  store(slice, i * 8u + 2u, j * 2u + 1u, sum5);
  store(slice, i * 8u + 3u, j * 2u + 0u, sum6);
  store(slice, i * 8u + 3u, j * 2u + 1u, sum7);
  store(slice, i * 8u + 4u, j * 2u + 0u, sum8);
  store(slice, i * 8u + 4u, j * 2u + 1u, sum9);
  store(slice, i * 8u + 5u, j * 2u + 0u, sum10);
  store(slice, i * 8u + 5u, j * 2u + 1u, sum11);
  store(slice, i * 8u + 6u, j * 2u + 0u, sum12);
  store(slice, i * 8u + 6u, j * 2u + 1u, sum13);
  store(slice, i * 8u + 7u, j * 2u + 0u, sum14);
  store(slice, i * 8u + 7u, j * 2u + 1u, sum15);
  if (i != j) {
    store(slice, j * 8u + 0u, i * 2u + 0u, vec4f(sum0.x, sum2.x, sum4.x, sum6.x));
    store(slice, j * 8u + 0u, i * 2u + 1u, vec4f(sum8.x, sum10.x, sum12.x, sum14.x));
    store(slice, j * 8u + 1u, i * 2u + 0u, vec4f(sum0.y, sum2.y, sum4.y, sum6.y));
    store(slice, j * 8u + 1u, i * 2u + 1u, vec4f(sum8.y, sum10.y, sum12.y, sum14.y));
    store(slice, j * 8u + 2u, i * 2u + 0u, vec4f(sum0.z, sum2.z, sum4.z, sum6.z));
    store(slice, j * 8u + 2u, i * 2u + 1u, vec4f(sum8.z, sum10.z, sum12.z, sum14.z));
    store(slice, j * 8u + 3u, i * 2u + 0u, vec4f(sum0.w, sum2.w, sum4.w, sum6.w));
    store(slice, j * 8u + 3u, i * 2u + 1u, vec4f(sum8.w, sum10.w, sum12.w, sum14.w));
    store(slice, j * 8u + 4u, i * 2u + 0u, vec4f(sum1.x, sum3.x, sum5.x, sum7.x));
    store(slice, j * 8u + 4u, i * 2u + 1u, vec4f(sum9.x, sum11.x, sum13.x, sum15.x));
    store(slice, j * 8u + 5u, i * 2u + 0u, vec4f(sum1.y, sum3.y, sum5.y, sum7.y));
    store(slice, j * 8u + 5u, i * 2u + 1u, vec4f(sum9.y, sum11.y, sum13.y, sum15.y));
    store(slice, j * 8u + 6u, i * 2u + 0u, vec4f(sum1.z, sum3.z, sum5.z, sum7.z));
    store(slice, j * 8u + 6u, i * 2u + 1u, vec4f(sum9.z, sum11.z, sum13.z, sum15.z));
    store(slice, j * 8u + 7u, i * 2u + 0u, vec4f(sum1.w, sum3.w, sum5.w, sum7.w));
    store(slice, j * 8u + 7u, i * 2u + 1u, vec4f(sum9.w, sum11.w, sum13.w, sum15.w));
  }
}
