// winogradInput F(2x2) 3x6x7 -> 16x1x3x8: 1 inputs, 1 x 1 x 1 workgroups
@group(0) @binding(0) var<storage, read> image: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<vec4f>;
struct Sizes { count: u32, panel: u32, channels: u32, columns: u32, firstRow: u32, height: u32, width: u32, top: u32, left: u32, lastRow: u32, lastColumn: u32 }
@group(0) @binding(2) var<uniform> sizes: Sizes;

fn source(position: i32, size: i32) -> i32 { return (size - 1) - abs((size - 1) - abs(position)); }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let id = group.x * 64u + lane;
  if (id >= sizes.count) { return; }
  let row = u32((f32(id) + 0.5f) / f32(sizes.panel));
  let panel = u32((f32(row) + 0.5f) / f32(sizes.channels));
  let channel = row - panel * sizes.channels;
  let tile = (panel * sizes.panel + id - row * sizes.panel) * 4u;
  let row0 = u32((f32(tile) + 0.5f) / f32(sizes.columns));
  let column0 = tile - row0 * sizes.columns;
  let y0 = i32((row0 + sizes.firstRow) * 2u) - i32(sizes.top);
  let plane = channel * sizes.height;
  let wraps1 = column0 + 1u == sizes.columns; let column1 = select(column0 + 1u, 0u, wraps1); let y1 = y0 + select(0, 2, wraps1);
  let wraps2 = column1 + 1u == sizes.columns; let column2 = select(column1 + 1u, 0u, wraps2); let y2 = y1 + select(0, 2, wraps2);
  let wraps3 = column2 + 1u == sizes.columns; let column3 = select(column2 + 1u, 0u, wraps3); let y3 = y2 + select(0, 2, wraps3);
  let x0 = vec4i(source(min(i32(column0 * 2u + 0u) - i32(sizes.left), i32(sizes.lastColumn)), i32(sizes.width)), source(min(i32(column1 * 2u + 0u) - i32(sizes.left), i32(sizes.lastColumn)), i32(sizes.width)), source(min(i32(column2 * 2u + 0u) - i32(sizes.left), i32(sizes.lastColumn)), i32(sizes.width)), source(min(i32(column3 * 2u + 0u) - i32(sizes.left), i32(sizes.lastColumn)), i32(sizes.width)));
  let x1 = vec4i(source(min(i32(column0 * 2u + 1u) - i32(sizes.left), i32(sizes.lastColumn)), i32(sizes.width)), source(min(i32(column1 * 2u + 1u) - i32(sizes.left), i32(sizes.lastColumn)), i32(sizes.width)), source(min(i32(column2 * 2u + 1u) - i32(sizes.left), i32(sizes.lastColumn)), i32(sizes.width)), source(min(i32(column3 * 2u + 1u) - i32(sizes.left), i32(sizes.lastColumn)), i32(sizes.width)));
  let x2 = vec4i(source(min(i32(column0 * 2u + 2u) - i32(sizes.left), i32(sizes.lastColumn)), i32(sizes.width)), source(min(i32(column1 * 2u + 2u) - i32(sizes.left), i32(sizes.lastColumn)), i32(sizes.width)), source(min(i32(column2 * 2u + 2u) - i32(sizes.left), i32(sizes.lastColumn)), i32(sizes.width)), source(min(i32(column3 * 2u + 2u) - i32(sizes.left), i32(sizes.lastColumn)), i32(sizes.width)));
  let x3 = vec4i(source(min(i32(column0 * 2u + 3u) - i32(sizes.left), i32(sizes.lastColumn)), i32(sizes.width)), source(min(i32(column1 * 2u + 3u) - i32(sizes.left), i32(sizes.lastColumn)), i32(sizes.width)), source(min(i32(column2 * 2u + 3u) - i32(sizes.left), i32(sizes.lastColumn)), i32(sizes.width)), source(min(i32(column3 * 2u + 3u) - i32(sizes.left), i32(sizes.lastColumn)), i32(sizes.width)));
  let s0_0 = source(min(y0 + 0, i32(sizes.lastRow)), i32(sizes.height)); let s0_1 = source(min(y1 + 0, i32(sizes.lastRow)), i32(sizes.height)); let s0_2 = source(min(y2 + 0, i32(sizes.lastRow)), i32(sizes.height)); let s0_3 = source(min(y3 + 0, i32(sizes.lastRow)), i32(sizes.height)); 
  let a0_0 = (plane + u32(s0_0)) * sizes.width; let a0_1 = (plane + u32(s0_1)) * sizes.width; let a0_2 = (plane + u32(s0_2)) * sizes.width; let a0_3 = (plane + u32(s0_3)) * sizes.width;
  let d0_0 = vec4f(image[a0_0 + u32(x0[0])], image[a0_1 + u32(x0[1])], image[a0_2 + u32(x0[2])], image[a0_3 + u32(x0[3])]);
  let d0_1 = vec4f(image[a0_0 + u32(x1[0])], image[a0_1 + u32(x1[1])], image[a0_2 + u32(x1[2])], image[a0_3 + u32(x1[3])]);
  let d0_2 = vec4f(image[a0_0 + u32(x2[0])], image[a0_1 + u32(x2[1])], image[a0_2 + u32(x2[2])], image[a0_3 + u32(x2[3])]);
  let d0_3 = vec4f(image[a0_0 + u32(x3[0])], image[a0_1 + u32(x3[1])], image[a0_2 + u32(x3[2])], image[a0_3 + u32(x3[3])]);
  let e0_0 = d0_0 - d0_2; let e0_1 = d0_1 + d0_2; let e0_2 = d0_2 - d0_1; let e0_3 = d0_1 - d0_3;
  let s1_0 = source(min(y0 + 1, i32(sizes.lastRow)), i32(sizes.height)); let s1_1 = source(min(y1 + 1, i32(sizes.lastRow)), i32(sizes.height)); let s1_2 = source(min(y2 + 1, i32(sizes.lastRow)), i32(sizes.height)); let s1_3 = source(min(y3 + 1, i32(sizes.lastRow)), i32(sizes.height)); 
  let a1_0 = (plane + u32(s1_0)) * sizes.width; let a1_1 = (plane + u32(s1_1)) * sizes.width; let a1_2 = (plane + u32(s1_2)) * sizes.width; let a1_3 = (plane + u32(s1_3)) * sizes.width;
  let d1_0 = vec4f(image[a1_0 + u32(x0[0])], image[a1_1 + u32(x0[1])], image[a1_2 + u32(x0[2])], image[a1_3 + u32(x0[3])]);
  let d1_1 = vec4f(image[a1_0 + u32(x1[0])], image[a1_1 + u32(x1[1])], image[a1_2 + u32(x1[2])], image[a1_3 + u32(x1[3])]);
  let d1_2 = vec4f(image[a1_0 + u32(x2[0])], image[a1_1 + u32(x2[1])], image[a1_2 + u32(x2[2])], image[a1_3 + u32(x2[3])]);
  let d1_3 = vec4f(image[a1_0 + u32(x3[0])], image[a1_1 + u32(x3[1])], image[a1_2 + u32(x3[2])], image[a1_3 + u32(x3[3])]);
  let e1_0 = d1_0 - d1_2; let e1_1 = d1_1 + d1_2; let e1_2 = d1_2 - d1_1; let e1_3 = d1_1 - d1_3;
  let s2_0 = source(min(y0 + 2, i32(sizes.lastRow)), i32(sizes.height)); let s2_1 = source(min(y1 + 2, i32(sizes.lastRow)), i32(sizes.height)); let s2_2 = source(min(y2 + 2, i32(sizes.lastRow)), i32(sizes.height)); let s2_3 = source(min(y3 + 2, i32(sizes.lastRow)), i32(sizes.height)); 
  let a2_0 = (plane + u32(s2_0)) * sizes.width; let a2_1 = (plane + u32(s2_1)) * sizes.width; let a2_2 = (plane + u32(s2_2)) * sizes.width; let a2_3 = (plane + u32(s2_3)) * sizes.width;
  let d2_0 = vec4f(image[a2_0 + u32(x0[0])], image[a2_1 + u32(x0[1])], image[a2_2 + u32(x0[2])], image[a2_3 + u32(x0[3])]);
  let d2_1 = vec4f(image[a2_0 + u32(x1[0])], image[a2_1 + u32(x1[1])], image[a2_2 + u32(x1[2])], image[a2_3 + u32(x1[3])]);
  let d2_2 = vec4f(image[a2_0 + u32(x2[0])], image[a2_1 + u32(x2[1])], image[a2_2 + u32(x2[2])], image[a2_3 + u32(x2[3])]);
  let d2_3 = vec4f(image[a2_0 + u32(x3[0])], image[a2_1 + u32(x3[1])], image[a2_2 + u32(x3[2])], image[a2_3 + u32(x3[3])]);
  let e2_0 = d2_0 - d2_2; let e2_1 = d2_1 + d2_2; let e2_2 = d2_2 - d2_1; let e2_3 = d2_1 - d2_3;
  let s3_0 = source(min(y0 + 3, i32(sizes.lastRow)), i32(sizes.height)); let s3_1 = source(min(y1 + 3, i32(sizes.lastRow)), i32(sizes.height)); let s3_2 = source(min(y2 + 3, i32(sizes.lastRow)), i32(sizes.height)); let s3_3 = source(min(y3 + 3, i32(sizes.lastRow)), i32(sizes.height)); 
  let a3_0 = (plane + u32(s3_0)) * sizes.width; let a3_1 = (plane + u32(s3_1)) * sizes.width; let a3_2 = (plane + u32(s3_2)) * sizes.width; let a3_3 = (plane + u32(s3_3)) * sizes.width;
  let d3_0 = vec4f(image[a3_0 + u32(x0[0])], image[a3_1 + u32(x0[1])], image[a3_2 + u32(x0[2])], image[a3_3 + u32(x0[3])]);
  let d3_1 = vec4f(image[a3_0 + u32(x1[0])], image[a3_1 + u32(x1[1])], image[a3_2 + u32(x1[2])], image[a3_3 + u32(x1[3])]);
  let d3_2 = vec4f(image[a3_0 + u32(x2[0])], image[a3_1 + u32(x2[1])], image[a3_2 + u32(x2[2])], image[a3_3 + u32(x2[3])]);
  let d3_3 = vec4f(image[a3_0 + u32(x3[0])], image[a3_1 + u32(x3[1])], image[a3_2 + u32(x3[2])], image[a3_3 + u32(x3[3])]);
  let e3_0 = d3_0 - d3_2; let e3_1 = d3_1 + d3_2; let e3_2 = d3_2 - d3_1; let e3_3 = d3_1 - d3_3;
  let f0_0 = e0_0 - e2_0; let f1_0 = e1_0 + e2_0; let f2_0 = e2_0 - e1_0; let f3_0 = e1_0 - e3_0;
  result[0u * sizes.count + id] = f0_0; result[4u * sizes.count + id] = f1_0; result[8u * sizes.count + id] = f2_0; result[12u * sizes.count + id] = f3_0;
  let f0_1 = e0_1 - e2_1; let f1_1 = e1_1 + e2_1; let f2_1 = e2_1 - e1_1; let f3_1 = e1_1 - e3_1;
  result[1u * sizes.count + id] = f0_1; result[5u * sizes.count + id] = f1_1; result[9u * sizes.count + id] = f2_1; result[13u * sizes.count + id] = f3_1;
  let f0_2 = e0_2 - e2_2; let f1_2 = e1_2 + e2_2; let f2_2 = e2_2 - e1_2; let f3_2 = e1_2 - e3_2;
  result[2u * sizes.count + id] = f0_2; result[6u * sizes.count + id] = f1_2; result[10u * sizes.count + id] = f2_2; result[14u * sizes.count + id] = f3_2;
  let f0_3 = e0_3 - e2_3; let f1_3 = e1_3 + e2_3; let f2_3 = e2_3 - e1_3; let f3_3 = e1_3 - e3_3;
  result[3u * sizes.count + id] = f0_3; result[7u * sizes.count + id] = f1_3; result[11u * sizes.count + id] = f2_3; result[15u * sizes.count + id] = f3_3;
}
