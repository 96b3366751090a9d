// gram 6x48 in 2 slices: 1 inputs, 1 x 1 x 1 workgroups
alias T = vec4f;
@group(0) @binding(0) var<storage, read> features: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;

fn storeBoth(slice: u32, i: u32, j: u32, sum: f32) {
  if (i >= 6u || j >= 6u) { return; }
  let mean = sum * 0.02083333395421505f;
  result[(slice * 6u + i) * 6u + j] = mean;
  result[(slice * 6u + j) * 6u + i] = mean;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let id = group.x * 64u + lane;
  if (id >= 6u) { return; }
  let slice = id / 3u;
  // The pair-th entry of the lower triangle, counted row by row.
  let pair = id % 3u;
  var i = u32(sqrt(2.0f * f32(pair)));
  while (i * (i + 1u) / 2u > pair) { i--; }
  while ((i + 1u) * (i + 2u) / 2u <= pair) { i++; }
  let j = (pair - i * (i + 1u) / 2u) * 4u;
  i *= 4u;
  let a0 = min(i + 0u, 5u) * 12u; let b0 = min(j + 0u, 5u) * 12u;
  let a1 = min(i + 1u, 5u) * 12u; let b1 = min(j + 1u, 5u) * 12u;
  let a2 = min(i + 2u, 5u) * 12u; let b2 = min(j + 2u, 5u) * 12u;
  let a3 = min(i + 3u, 5u) * 12u; let b3 = min(j + 3u, 5u) * 12u;
  var sum00 = T(); var sum01 = T(); var sum02 = T(); var sum03 = T(); var sum10 = T(); var sum11 = T(); var sum12 = T(); var sum13 = T(); var sum20 = T(); var sum21 = T(); var sum22 = T(); var sum23 = T(); var sum30 = T(); var sum31 = T(); var sum32 = T(); var sum33 = T();
  let last = min((slice + 1u) * 6u, 12u);
  for (var p = slice * 6u; p < last; p++) {
    let f0 = features[a0 + p]; let g0 = features[b0 + p];
    let f1 = features[a1 + p]; let g1 = features[b1 + p];
    let f2 = features[a2 + p]; let g2 = features[b2 + p];
    let f3 = features[a3 + p]; let g3 = features[b3 + p];
    sum00 = fma(f0, g0, sum00);
    sum01 = fma(f0, g1, sum01);
    sum02 = fma(f0, g2, sum02);
    sum03 = fma(f0, g3, sum03);
    sum10 = fma(f1, g0, sum10);
    sum11 = fma(f1, g1, sum11);
    sum12 = fma(f1, g2, sum12);
    sum13 = fma(f1, g3, sum13);
    sum20 = fma(f2, g0, sum20);
    sum21 = fma(f2, g1, sum21);
    sum22 = fma(f2, g2, sum22);
    sum23 = fma(f2, g3, sum23);
    sum30 = fma(f3, g0, sum30);
    sum31 = fma(f3, g1, sum31);
    sum32 = fma(f3, g2, sum32);
    sum33 = fma(f3, g3, sum33);
  }
  storeBoth(slice, i + 0u, j + 0u, dot(sum00, vec4f(1.0f)));
  storeBoth(slice, i + 0u, j + 1u, dot(sum01, vec4f(1.0f)));
  storeBoth(slice, i + 0u, j + 2u, dot(sum02, vec4f(1.0f)));
  storeBoth(slice, i + 0u, j + 3u, dot(sum03, vec4f(1.0f)));
  storeBoth(slice, i + 1u, j + 0u, dot(sum10, vec4f(1.0f)));
  storeBoth(slice, i + 1u, j + 1u, dot(sum11, vec4f(1.0f)));
  storeBoth(slice, i + 1u, j + 2u, dot(sum12, vec4f(1.0f)));
  storeBoth(slice, i + 1u, j + 3u, dot(sum13, vec4f(1.0f)));
  storeBoth(slice, i + 2u, j + 0u, dot(sum20, vec4f(1.0f)));
  storeBoth(slice, i + 2u, j + 1u, dot(sum21, vec4f(1.0f)));
  storeBoth(slice, i + 2u, j + 2u, dot(sum22, vec4f(1.0f)));
  storeBoth(slice, i + 2u, j + 3u, dot(sum23, vec4f(1.0f)));
  storeBoth(slice, i + 3u, j + 0u, dot(sum30, vec4f(1.0f)));
  storeBoth(slice, i + 3u, j + 1u, dot(sum31, vec4f(1.0f)));
  storeBoth(slice, i + 3u, j + 2u, dot(sum32, vec4f(1.0f)));
  storeBoth(slice, i + 3u, j + 3u, dot(sum33, vec4f(1.0f)));
}
