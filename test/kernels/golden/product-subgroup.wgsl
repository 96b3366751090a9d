// product 2 x 36x6 * 6x24: 2 inputs, 8 x 1 x 1 workgroups
enable subgroups;
alias T = vec4f;
@group(0) @binding(0) var<storage, read> left: array<vec4f>;
@group(0) @binding(1) var<storage, read> right: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> result: array<vec4f>;
struct Sizes { count: u32, blocks: u32, rowTiles: u32, columnTiles: u32, depth: u32, leftStep: u32, leftTile: u32, leftBatch: u32, rightStep: u32, rightTile: u32, rightBatch: u32, rows: u32, columns: u32 }
@group(0) @binding(3) var<uniform> sizes: Sizes;

fn finish(index: u32, channel: u32, value: T) -> T {
  
  
  return value;
}
fn store(index: u32, channel: u32, value: T) { result[index] = finish(index, channel, value); }

@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let id = group.x;
  if (id >= sizes.count) { return; }
  let line = id / sizes.blocks;
  let rowTile = (id - line * sizes.blocks) * 4u + lane;
  let batch = line / sizes.columnTiles;
  let columnTile = line - batch * sizes.columnTiles;
  var p = batch * sizes.leftBatch + min(rowTile, sizes.rowTiles - 1u) * sizes.leftTile;
  var q = batch * sizes.rightBatch + columnTile * sizes.rightTile;
  let own0 = (lane + 0u) / 3u * sizes.rightStep + (lane + 0u) % 3u; let own1 = (lane + 4u) / 3u * sizes.rightStep + (lane + 4u) % 3u;
  var sum0 = vec4f(); var sum1 = vec4f(); var sum2 = vec4f(); var sum3 = vec4f(); var sum4 = vec4f(); var sum5 = vec4f(); var sum6 = vec4f(); var sum7 = vec4f(); var sum8 = vec4f(); var sum9 = vec4f(); var sum10 = vec4f(); var sum11 = vec4f(); var sum12 = vec4f(); var sum13 = vec4f(); var sum14 = vec4f(); var sum15 = vec4f(); var sum16 = vec4f(); var sum17 = vec4f(); var sum18 = vec4f(); var sum19 = vec4f(); var sum20 = vec4f(); var sum21 = vec4f(); var sum22 = vec4f(); var sum23 = vec4f();
  let end = q + sizes.depth * sizes.rightStep;
  for (; q < end; q += 2u * sizes.rightStep) {
    let read0 = right[q + own0]; let read1 = right[q + own1];
    let a0 = left[p + 0u * sizes.leftStep + 0u]; let a1 = left[p + 0u * sizes.leftStep + 1u]; let a2 = left[p + 1u * sizes.leftStep + 0u]; let a3 = left[p + 1u * sizes.leftStep + 1u];
    let b0 = subgroupShuffle(read0, 0u); let b1 = subgroupShuffle(read0, 1u); let b2 = subgroupShuffle(read0, 2u); let b3 = subgroupShuffle(read0, 3u); let b4 = subgroupShuffle(read1, 0u); let b5 = subgroupShuffle(read1, 1u);
    sum0 = fma(vec4f(a2.x), b3, fma(vec4f(a0.x), b0, sum0));
    sum1 = fma(vec4f(a2.x), b4, fma(vec4f(a0.x), b1, sum1));
    sum2 = fma(vec4f(a2.x), b5, fma(vec4f(a0.x), b2, sum2));
    sum3 = fma(vec4f(a2.y), b3, fma(vec4f(a0.y), b0, sum3));
    sum4 = fma(vec4f(a2.y), b4, fma(vec4f(a0.y), b1, sum4));
    sum5 = fma(vec4f(a2.y), b5, fma(vec4f(a0.y), b2, sum5));
    sum6 = fma(vec4f(a2.z), b3, fma(vec4f(a0.z), b0, sum6));
    sum7 = fma(vec4f(a2.z), b4, fma(vec4f(a0.z), b1, sum7));
    sum8 = fma(vec4f(a2.z), b5, fma(vec4f(a0.z), b2, sum8));
    sum9 = fma(vec4f(a2.w), b3, fma(vec4f(a0.w), b0, sum9));
    sum10 = fma(vec4f(a2.w), b4, fma(vec4f(a0.w), b1, sum10));
    sum11 = fma(vec4f(a2.w), b5, fma(vec4f(a0.w), b2, sum11));
    sum12 = fma(vec4f(a3.x), b3, fma(vec4f(a1.x), b0, sum12));
    sum13 = fma(vec4f(a3.x), b4, fma(vec4f(a1.x), b1, sum13));
    sum14 = fma(vec4f(a3.x), b5, fma(vec4f(a1.x), b2, sum14));
    sum15 = fma(vec4f(a3.y), b3, fma(vec4f(a1.y), b0, sum15));
    sum16 = fma(vec4f(a3.y), b4, fma(vec4f(a1.y), b1, sum16));
    sum17 = fma(vec4f(a3.y), b5, fma(vec4f(a1.y), b2, sum17));
    sum18 = fma(vec4f(a3.z), b3, fma(vec4f(a1.z), b0, sum18));
    sum19 = fma(vec4f(a3.z), b4, fma(vec4f(a1.z), b1, sum19));
    sum20 = fma(vec4f(a3.z), b5, fma(vec4f(a1.z), b2, sum20));
    sum21 = fma(vec4f(a3.w), b3, fma(vec4f(a1.w), b0, sum21));
    sum22 = fma(vec4f(a3.w), b4, fma(vec4f(a1.w), b1, sum22));
    sum23 = fma(vec4f(a3.w), b5, fma(vec4f(a1.w), b2, sum23));
    p += 2u * sizes.leftStep;
  }
  let row = rowTile * 8u;
  let column = columnTile * 3u;
  var i = (batch * sizes.rows + row) * sizes.columns + column;
  let last = min(row + 8u, sizes.rows);
  for (var channel = row; channel < last; channel++) {
    if (column + 0u < sizes.columns) { store(i + 0u, channel, sum0); }
    if (column + 1u < sizes.columns) { store(i + 1u, channel, sum1); }
    if (column + 2u < sizes.columns) { store(i + 2u, channel, sum2); }
    sum0 = sum3; sum1 = sum4; sum2 = sum5; sum3 = sum6; sum4 = sum7; sum5 = sum8; sum6 = sum9; sum7 = sum10; sum8 = sum11; sum9 = sum12; sum10 = sum13; sum11 = sum14; sum12 = sum15; sum13 = sum16; sum14 = sum17; sum15 = sum18; sum16 = sum19; sum17 = sum20; sum18 = sum21; sum19 = sum22; sum20 = sum23;
    i += sizes.columns;
  }
}
