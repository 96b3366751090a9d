// winogradOutput F(2x2) 16x8x8 -> 6x6x7: 2 inputs, 1 x 1 x 1 workgroups
alias T = f32;
@group(0) @binding(0) var<storage, read> products: array<vec4f>;
@group(0) @binding(1) var<storage, read> operand1: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
struct Sizes { count: u32, groups: u32, plane: u32, tiles: u32, columns: u32, firstRow: u32, height: u32, width: u32 }
@group(0) @binding(3) var<uniform> sizes: Sizes;

fn finish(index: u32, channel: u32, value: T) -> T {
  let x0 = value;
  let x1 = operand1[index];
  let t0 = select(T(0.0f), x0, x1 > T(0.0f));
  return t0;
}

// The first pixel of a tile in the result, and how many rows and columns lie inside.
fn locate(tile: u32, channel: u32) -> vec3u {
  let row = u32((f32(tile) + 0.5f) / f32(sizes.columns));
  let x = (tile - row * sizes.columns) * 2u;
  let y = (row + sizes.firstRow) * 2u;
  let rows = select(sizes.height - y, 0u, tile >= sizes.tiles || y >= sizes.height);
  return vec3u((channel * sizes.height + y) * sizes.width + x, rows, sizes.width - x);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let id = group.x * 64u + lane;
  if (id >= sizes.count) { return; }
  let channel = u32((f32(id) + 0.5f) / f32(sizes.groups));
  let tile = (id - channel * sizes.groups) * 4u;
  let m0_0 = products[0u * sizes.plane + id]; let m1_0 = products[4u * sizes.plane + id]; let m2_0 = products[8u * sizes.plane + id]; let m3_0 = products[12u * sizes.plane + id];
  let n0_0 = m0_0 + m1_0 + m2_0; let n1_0 = m1_0 - m2_0 - m3_0;
  let m0_1 = products[1u * sizes.plane + id]; let m1_1 = products[5u * sizes.plane + id]; let m2_1 = products[9u * sizes.plane + id]; let m3_1 = products[13u * sizes.plane + id];
  let n0_1 = m0_1 + m1_1 + m2_1; let n1_1 = m1_1 - m2_1 - m3_1;
  let m0_2 = products[2u * sizes.plane + id]; let m1_2 = products[6u * sizes.plane + id]; let m2_2 = products[10u * sizes.plane + id]; let m3_2 = products[14u * sizes.plane + id];
  let n0_2 = m0_2 + m1_2 + m2_2; let n1_2 = m1_2 - m2_2 - m3_2;
  let m0_3 = products[3u * sizes.plane + id]; let m1_3 = products[7u * sizes.plane + id]; let m2_3 = products[11u * sizes.plane + id]; let m3_3 = products[15u * sizes.plane + id];
  let n0_3 = m0_3 + m1_3 + m2_3; let n1_3 = m1_3 - m2_3 - m3_3;
  let o0_0 = n0_0 + n0_1 + n0_2; let o0_1 = n0_1 - n0_2 - n0_3;
  let o1_0 = n1_0 + n1_1 + n1_2; let o1_1 = n1_1 - n1_2 - n1_3;
  let t0 = locate(tile + 0u, channel);
  let v0_0_0 = finish(t0.x + 0u * sizes.width + 0u, channel, o0_0.x); let v0_0_1 = finish(t0.x + 0u * sizes.width + 1u, channel, o0_1.x);
  let v0_1_0 = finish(t0.x + 1u * sizes.width + 0u, channel, o1_0.x); let v0_1_1 = finish(t0.x + 1u * sizes.width + 1u, channel, o1_1.x);
  let t1 = locate(tile + 1u, channel);
  let v1_0_0 = finish(t1.x + 0u * sizes.width + 0u, channel, o0_0.y); let v1_0_1 = finish(t1.x + 0u * sizes.width + 1u, channel, o0_1.y);
  let v1_1_0 = finish(t1.x + 1u * sizes.width + 0u, channel, o1_0.y); let v1_1_1 = finish(t1.x + 1u * sizes.width + 1u, channel, o1_1.y);
  let t2 = locate(tile + 2u, channel);
  let v2_0_0 = finish(t2.x + 0u * sizes.width + 0u, channel, o0_0.z); let v2_0_1 = finish(t2.x + 0u * sizes.width + 1u, channel, o0_1.z);
  let v2_1_0 = finish(t2.x + 1u * sizes.width + 0u, channel, o1_0.z); let v2_1_1 = finish(t2.x + 1u * sizes.width + 1u, channel, o1_1.z);
  let t3 = locate(tile + 3u, channel);
  let v3_0_0 = finish(t3.x + 0u * sizes.width + 0u, channel, o0_0.w); let v3_0_1 = finish(t3.x + 0u * sizes.width + 1u, channel, o0_1.w);
  let v3_1_0 = finish(t3.x + 1u * sizes.width + 0u, channel, o1_0.w); let v3_1_1 = finish(t3.x + 1u * sizes.width + 1u, channel, o1_1.w);
  if (t0.y > 0u) { result[t0.x + 0u * sizes.width + 0u] = v0_0_0; } if (t0.y > 0u && t0.z > 1u) { result[t0.x + 0u * sizes.width + 1u] = v0_0_1; }
  if (t0.y > 1u) { result[t0.x + 1u * sizes.width + 0u] = v0_1_0; } if (t0.y > 1u && t0.z > 1u) { result[t0.x + 1u * sizes.width + 1u] = v0_1_1; }
  if (t1.y > 0u) { result[t1.x + 0u * sizes.width + 0u] = v1_0_0; } if (t1.y > 0u && t1.z > 1u) { result[t1.x + 0u * sizes.width + 1u] = v1_0_1; }
  if (t1.y > 1u) { result[t1.x + 1u * sizes.width + 0u] = v1_1_0; } if (t1.y > 1u && t1.z > 1u) { result[t1.x + 1u * sizes.width + 1u] = v1_1_1; }
  if (t2.y > 0u) { result[t2.x + 0u * sizes.width + 0u] = v2_0_0; } if (t2.y > 0u && t2.z > 1u) { result[t2.x + 0u * sizes.width + 1u] = v2_0_1; }
  if (t2.y > 1u) { result[t2.x + 1u * sizes.width + 0u] = v2_1_0; } if (t2.y > 1u && t2.z > 1u) { result[t2.x + 1u * sizes.width + 1u] = v2_1_1; }
  if (t3.y > 0u) { result[t3.x + 0u * sizes.width + 0u] = v3_0_0; } if (t3.y > 0u && t3.z > 1u) { result[t3.x + 0u * sizes.width + 1u] = v3_0_1; }
  if (t3.y > 1u) { result[t3.x + 1u * sizes.width + 0u] = v3_1_0; } if (t3.y > 1u && t3.z > 1u) { result[t3.x + 1u * sizes.width + 1u] = v3_1_1; }
}
