// winogradOutput F(4x4) 36x8x4 -> 6x6x16: 2 inputs, 1 x 1 x 1 workgroups
alias T = vec4f;
@group(0) @binding(0) var<storage, read> products: array<vec4f>;
@group(0) @binding(1) var<storage, read> operand1: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<vec4f>;
struct Sizes { count: u32, groups: u32, plane: u32, tiles: u32, columns: u32, firstRow: u32, height: u32, width: u32 }
@group(0) @binding(3) var<uniform> sizes: Sizes;

fn finish(index: u32, channel: u32, value: T) -> T {
  let x0 = value;
  let x1 = T(operand1[channel]);
  let t0 = x0 + x1;
  let t1 = max(t0, T(0.0f));
  return t1;
}

// The first pixel of a tile in the result, and how many rows and columns lie inside.
fn locate(tile: u32, channel: u32) -> vec3u {
  let row = u32((f32(tile) + 0.5f) / f32(sizes.columns));
  let x = (tile - row * sizes.columns) * 4u;
  let y = (row + sizes.firstRow) * 4u;
  let rows = select(sizes.height - y, 0u, tile >= sizes.tiles || y >= sizes.height);
  return vec3u((channel * sizes.height + y) * sizes.width + x, rows, sizes.width - x);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let id = group.x * 64u + lane;
  if (id >= sizes.count) { return; }
  let channel = u32((f32(id) + 0.5f) / f32(sizes.groups));
  let tile = (id - channel * sizes.groups) * 4u;
  let m0_0 = products[0u * sizes.plane + id]; let m1_0 = products[6u * sizes.plane + id]; let m2_0 = products[12u * sizes.plane + id]; let m3_0 = products[18u * sizes.plane + id]; let m4_0 = products[24u * sizes.plane + id]; let m5_0 = products[30u * sizes.plane + id];
  let n0p = m1_0 + m2_0; let n0q = m1_0 - m2_0; let n0r = m3_0 + m4_0; let n0s = m3_0 - m4_0;
  let n0_0 = m0_0 + n0p + n0r; let n1_0 = 0.625f * n0q + 1.5f * n0s;
  let n2_0 = 0.390625f * n0p + 2.25f * n0r; let n3_0 = 0.244140625f * n0q + 3.375f * n0s + m5_0;
  let m0_1 = products[1u * sizes.plane + id]; let m1_1 = products[7u * sizes.plane + id]; let m2_1 = products[13u * sizes.plane + id]; let m3_1 = products[19u * sizes.plane + id]; let m4_1 = products[25u * sizes.plane + id]; let m5_1 = products[31u * sizes.plane + id];
  let n1p = m1_1 + m2_1; let n1q = m1_1 - m2_1; let n1r = m3_1 + m4_1; let n1s = m3_1 - m4_1;
  let n0_1 = m0_1 + n1p + n1r; let n1_1 = 0.625f * n1q + 1.5f * n1s;
  let n2_1 = 0.390625f * n1p + 2.25f * n1r; let n3_1 = 0.244140625f * n1q + 3.375f * n1s + m5_1;
  let m0_2 = products[2u * sizes.plane + id]; let m1_2 = products[8u * sizes.plane + id]; let m2_2 = products[14u * sizes.plane + id]; let m3_2 = products[20u * sizes.plane + id]; let m4_2 = products[26u * sizes.plane + id]; let m5_2 = products[32u * sizes.plane + id];
  let n2p = m1_2 + m2_2; let n2q = m1_2 - m2_2; let n2r = m3_2 + m4_2; let n2s = m3_2 - m4_2;
  let n0_2 = m0_2 + n2p + n2r; let n1_2 = 0.625f * n2q + 1.5f * n2s;
  let n2_2 = 0.390625f * n2p + 2.25f * n2r; let n3_2 = 0.244140625f * n2q + 3.375f * n2s + m5_2;
  let m0_3 = products[3u * sizes.plane + id]; let m1_3 = products[9u * sizes.plane + id]; let m2_3 = products[15u * sizes.plane + id]; let m3_3 = products[21u * sizes.plane + id]; let m4_3 = products[27u * sizes.plane + id]; let m5_3 = products[33u * sizes.plane + id];
  let n3p = m1_3 + m2_3; let n3q = m1_3 - m2_3; let n3r = m3_3 + m4_3; let n3s = m3_3 - m4_3;
  let n0_3 = m0_3 + n3p + n3r; let n1_3 = 0.625f * n3q + 1.5f * n3s;
  let n2_3 = 0.390625f * n3p + 2.25f * n3r; let n3_3 = 0.244140625f * n3q + 3.375f * n3s + m5_3;
  let m0_4 = products[4u * sizes.plane + id]; let m1_4 = products[10u * sizes.plane + id]; let m2_4 = products[16u * sizes.plane + id]; let m3_4 = products[22u * sizes.plane + id]; let m4_4 = products[28u * sizes.plane + id]; let m5_4 = products[34u * sizes.plane + id];
  let n4p = m1_4 + m2_4; let n4q = m1_4 - m2_4; let n4r = m3_4 + m4_4; let n4s = m3_4 - m4_4;
  let n0_4 = m0_4 + n4p + n4r; let n1_4 = 0.625f * n4q + 1.5f * n4s;
  let n2_4 = 0.390625f * n4p + 2.25f * n4r; let n3_4 = 0.244140625f * n4q + 3.375f * n4s + m5_4;
  let m0_5 = products[5u * sizes.plane + id]; let m1_5 = products[11u * sizes.plane + id]; let m2_5 = products[17u * sizes.plane + id]; let m3_5 = products[23u * sizes.plane + id]; let m4_5 = products[29u * sizes.plane + id]; let m5_5 = products[35u * sizes.plane + id];
  let n5p = m1_5 + m2_5; let n5q = m1_5 - m2_5; let n5r = m3_5 + m4_5; let n5s = m3_5 - m4_5;
  let n0_5 = m0_5 + n5p + n5r; let n1_5 = 0.625f * n5q + 1.5f * n5s;
  let n2_5 = 0.390625f * n5p + 2.25f * n5r; let n3_5 = 0.244140625f * n5q + 3.375f * n5s + m5_5;
  let o0p = n0_1 + n0_2; let o0q = n0_1 - n0_2; let o0r = n0_3 + n0_4; let o0s = n0_3 - n0_4;
  let o0_0 = n0_0 + o0p + o0r; let o0_1 = 0.625f * o0q + 1.5f * o0s;
  let o0_2 = 0.390625f * o0p + 2.25f * o0r; let o0_3 = 0.244140625f * o0q + 3.375f * o0s + n0_5;
  let o1p = n1_1 + n1_2; let o1q = n1_1 - n1_2; let o1r = n1_3 + n1_4; let o1s = n1_3 - n1_4;
  let o1_0 = n1_0 + o1p + o1r; let o1_1 = 0.625f * o1q + 1.5f * o1s;
  let o1_2 = 0.390625f * o1p + 2.25f * o1r; let o1_3 = 0.244140625f * o1q + 3.375f * o1s + n1_5;
  let o2p = n2_1 + n2_2; let o2q = n2_1 - n2_2; let o2r = n2_3 + n2_4; let o2s = n2_3 - n2_4;
  let o2_0 = n2_0 + o2p + o2r; let o2_1 = 0.625f * o2q + 1.5f * o2s;
  let o2_2 = 0.390625f * o2p + 2.25f * o2r; let o2_3 = 0.244140625f * o2q + 3.375f * o2s + n2_5;
  let o3p = n3_1 + n3_2; let o3q = n3_1 - n3_2; let o3r = n3_3 + n3_4; let o3s = n3_3 - n3_4;
  let o3_0 = n3_0 + o3p + o3r; let o3_1 = 0.625f * o3q + 1.5f * o3s;
  let o3_2 = 0.390625f * o3p + 2.25f * o3r; let o3_3 = 0.244140625f * o3q + 3.375f * o3s + n3_5;
  let t0 = locate(tile + 0u, channel);
  let v0_0_0 = finish((t0.x + 0u * sizes.width) / 4u, channel, vec4f(o0_0.x, o0_1.x, o0_2.x, o0_3.x));
  let v0_1_0 = finish((t0.x + 1u * sizes.width) / 4u, channel, vec4f(o1_0.x, o1_1.x, o1_2.x, o1_3.x));
  let v0_2_0 = finish((t0.x + 2u * sizes.width) / 4u, channel, vec4f(o2_0.x, o2_1.x, o2_2.x, o2_3.x));
  let v0_3_0 = finish((t0.x + 3u * sizes.width) / 4u, channel, vec4f(o3_0.x, o3_1.x, o3_2.x, o3_3.x));
  let t1 = locate(tile + 1u, channel);
  let v1_0_0 = finish((t1.x + 0u * sizes.width) / 4u, channel, vec4f(o0_0.y, o0_1.y, o0_2.y, o0_3.y));
  let v1_1_0 = finish((t1.x + 1u * sizes.width) / 4u, channel, vec4f(o1_0.y, o1_1.y, o1_2.y, o1_3.y));
  let v1_2_0 = finish((t1.x + 2u * sizes.width) / 4u, channel, vec4f(o2_0.y, o2_1.y, o2_2.y, o2_3.y));
  let v1_3_0 = finish((t1.x + 3u * sizes.width) / 4u, channel, vec4f(o3_0.y, o3_1.y, o3_2.y, o3_3.y));
  let t2 = locate(tile + 2u, channel);
  let v2_0_0 = finish((t2.x + 0u * sizes.width) / 4u, channel, vec4f(o0_0.z, o0_1.z, o0_2.z, o0_3.z));
  let v2_1_0 = finish((t2.x + 1u * sizes.width) / 4u, channel, vec4f(o1_0.z, o1_1.z, o1_2.z, o1_3.z));
  let v2_2_0 = finish((t2.x + 2u * sizes.width) / 4u, channel, vec4f(o2_0.z, o2_1.z, o2_2.z, o2_3.z));
  let v2_3_0 = finish((t2.x + 3u * sizes.width) / 4u, channel, vec4f(o3_0.z, o3_1.z, o3_2.z, o3_3.z));
  let t3 = locate(tile + 3u, channel);
  let v3_0_0 = finish((t3.x + 0u * sizes.width) / 4u, channel, vec4f(o0_0.w, o0_1.w, o0_2.w, o0_3.w));
  let v3_1_0 = finish((t3.x + 1u * sizes.width) / 4u, channel, vec4f(o1_0.w, o1_1.w, o1_2.w, o1_3.w));
  let v3_2_0 = finish((t3.x + 2u * sizes.width) / 4u, channel, vec4f(o2_0.w, o2_1.w, o2_2.w, o2_3.w));
  let v3_3_0 = finish((t3.x + 3u * sizes.width) / 4u, channel, vec4f(o3_0.w, o3_1.w, o3_2.w, o3_3.w));
  if (t0.y > 0u) { result[(t0.x + 0u * sizes.width) / 4u] = v0_0_0; }
  if (t0.y > 1u) { result[(t0.x + 1u * sizes.width) / 4u] = v0_1_0; }
  if (t0.y > 2u) { result[(t0.x + 2u * sizes.width) / 4u] = v0_2_0; }
  if (t0.y > 3u) { result[(t0.x + 3u * sizes.width) / 4u] = v0_3_0; }
  if (t1.y > 0u) { result[(t1.x + 0u * sizes.width) / 4u] = v1_0_0; }
  if (t1.y > 1u) { result[(t1.x + 1u * sizes.width) / 4u] = v1_1_0; }
  if (t1.y > 2u) { result[(t1.x + 2u * sizes.width) / 4u] = v1_2_0; }
  if (t1.y > 3u) { result[(t1.x + 3u * sizes.width) / 4u] = v1_3_0; }
  if (t2.y > 0u) { result[(t2.x + 0u * sizes.width) / 4u] = v2_0_0; }
  if (t2.y > 1u) { result[(t2.x + 1u * sizes.width) / 4u] = v2_1_0; }
  if (t2.y > 2u) { result[(t2.x + 2u * sizes.width) / 4u] = v2_2_0; }
  if (t2.y > 3u) { result[(t2.x + 3u * sizes.width) / 4u] = v2_3_0; }
  if (t3.y > 0u) { result[(t3.x + 0u * sizes.width) / 4u] = v3_0_0; }
  if (t3.y > 1u) { result[(t3.x + 1u * sizes.width) / 4u] = v3_1_0; }
  if (t3.y > 2u) { result[(t3.x + 2u * sizes.width) / 4u] = v3_2_0; }
  if (t3.y > 3u) { result[(t3.x + 3u * sizes.width) / 4u] = v3_3_0; }
}
