// product 4 x 64x20 * 20x132: 2 inputs, 8 x 1 x 1 workgroups
alias T = vec4f;
@group(0) @binding(0) var<storage, read> left: array<vec4f>;
@group(0) @binding(1) var<storage, read> right: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> result: array<vec4f>;
struct Sizes { count: u32, rowTiles: u32, columnTiles: u32, depth: u32, leftStep: u32, leftTile: u32, leftBatch: u32, rightStep: u32, rightTile: u32, rightBatch: u32, rows: u32, columns: u32 }
@group(0) @binding(3) var<uniform> sizes: Sizes;

fn finish(index: u32, channel: u32, value: T) -> T {
  
  
  return value;
}
fn store(index: u32, channel: u32, value: T) { result[index] = finish(index, channel, value); }

var<workgroup> leftSlab: array<array<array<vec4f, 16>, 8>, 2>;
var<workgroup> rightSlab: array<array<array<vec4f, 32>, 8>, 2>;

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let id = group.x;
  if (id >= sizes.count) { return; }
  let line = id / sizes.rowTiles;
  let rowTile = id - line * sizes.rowTiles;
  let batch = line / sizes.columnTiles;
  let columnTile = line - batch * sizes.columnTiles;
  let x = lane % 16u;
  let y = lane / 16u;
  let leftStart = batch * sizes.leftBatch + rowTile * sizes.leftTile;
  let rightStart = batch * sizes.rightBatch + columnTile * sizes.rightTile;
  let leftEnd = leftStart + sizes.depth * sizes.leftStep;
  let rightEnd = rightStart + sizes.depth * sizes.rightStep;
  // Each vec4 that this invocation moves: its place in the slab, and where it comes from.
  let leftK0 = (lane + 0u) / 16u; let leftJ0 = (lane + 0u) % 16u; var leftFrom0 = leftStart + leftK0 * sizes.leftStep + leftJ0;
    let rightK0 = (lane + 0u) / 32u; let rightJ0 = (lane + 0u) % 32u; var rightFrom0 = rightStart + rightK0 * sizes.rightStep + rightJ0;
    let rightK1 = (lane + 128u) / 32u; let rightJ1 = (lane + 128u) % 32u; var rightFrom1 = rightStart + rightK1 * sizes.rightStep + rightJ1;
  var sum0 = vec4f(); var sum1 = vec4f(); var sum2 = vec4f(); var sum3 = vec4f(); var sum4 = vec4f(); var sum5 = vec4f(); var sum6 = vec4f(); var sum7 = vec4f(); var sum8 = vec4f(); var sum9 = vec4f(); var sum10 = vec4f(); var sum11 = vec4f(); var sum12 = vec4f(); var sum13 = vec4f(); var sum14 = vec4f(); var sum15 = vec4f();
  var slab = 0u;
  let turn = 8u * sizes.leftStep;
  // One turn more than there are slabs: the first has nothing to use yet, the last nothing to fetch.
  for (var p = leftStart; p < leftEnd + turn; p += turn) {
    var leftNext0 = vec4f(); if (leftFrom0 < leftEnd) { leftNext0 = left[leftFrom0]; }
    var rightNext0 = vec4f(); if (rightFrom0 < rightEnd) { rightNext0 = right[rightFrom0]; }
    var rightNext1 = vec4f(); if (rightFrom1 < rightEnd) { rightNext1 = right[rightFrom1]; }
    if (p > leftStart) {
      for (var step = 0u; step < 8u; step++) {
        let a0 = leftSlab[slab][step][y]; let a1 = leftSlab[slab][step][y + 8u];
        let b0 = rightSlab[slab][step][x]; let b1 = rightSlab[slab][step][x + 16u];
        sum0 = fma(vec4f(a0.x), b0, sum0);
        sum1 = fma(vec4f(a0.x), b1, sum1);
        sum2 = fma(vec4f(a0.y), b0, sum2);
        sum3 = fma(vec4f(a0.y), b1, sum3);
        sum4 = fma(vec4f(a0.z), b0, sum4);
        sum5 = fma(vec4f(a0.z), b1, sum5);
        sum6 = fma(vec4f(a0.w), b0, sum6);
        sum7 = fma(vec4f(a0.w), b1, sum7);
        sum8 = fma(vec4f(a1.x), b0, sum8);
        sum9 = fma(vec4f(a1.x), b1, sum9);
        sum10 = fma(vec4f(a1.y), b0, sum10);
        sum11 = fma(vec4f(a1.y), b1, sum11);
        sum12 = fma(vec4f(a1.z), b0, sum12);
        sum13 = fma(vec4f(a1.z), b1, sum13);
        sum14 = fma(vec4f(a1.w), b0, sum14);
        sum15 = fma(vec4f(a1.w), b1, sum15);
      }
    }
    slab = 1u - slab;
    leftSlab[slab][leftK0][leftJ0] = leftNext0; leftFrom0 += 8u * sizes.leftStep;
    rightSlab[slab][rightK0][rightJ0] = rightNext0; rightFrom0 += 8u * sizes.rightStep;
    rightSlab[slab][rightK1][rightJ1] = rightNext1; rightFrom1 += 8u * sizes.rightStep;
    workgroupBarrier();
  }
  let column = columnTile * 32u + x;
  let row0 = rowTile * 64u + y * 4u + 0u;
  let i0 = (batch * sizes.rows + row0) * sizes.columns + column;
  let row1 = rowTile * 64u + y * 4u + 1u;
  let i1 = (batch * sizes.rows + row1) * sizes.columns + column;
  let row2 = rowTile * 64u + y * 4u + 2u;
  let i2 = (batch * sizes.rows + row2) * sizes.columns + column;
  let row3 = rowTile * 64u + y * 4u + 3u;
  let i3 = (batch * sizes.rows + row3) * sizes.columns + column;
  let row4 = rowTile * 64u + y * 4u + 32u;
  let i4 = (batch * sizes.rows + row4) * sizes.columns + column;
  let row5 = rowTile * 64u + y * 4u + 33u;
  let i5 = (batch * sizes.rows + row5) * sizes.columns + column;
  let row6 = rowTile * 64u + y * 4u + 34u;
  let i6 = (batch * sizes.rows + row6) * sizes.columns + column;
  let row7 = rowTile * 64u + y * 4u + 35u;
  let i7 = (batch * sizes.rows + row7) * sizes.columns + column;
  let v0 = finish(i0 + 0u, row0, sum0);
  let v1 = finish(i0 + 16u, row0, sum1);
  let v2 = finish(i1 + 0u, row1, sum2);
  let v3 = finish(i1 + 16u, row1, sum3);
  let v4 = finish(i2 + 0u, row2, sum4);
  let v5 = finish(i2 + 16u, row2, sum5);
  let v6 = finish(i3 + 0u, row3, sum6);
  let v7 = finish(i3 + 16u, row3, sum7);
  let v8 = finish(i4 + 0u, row4, sum8);
  let v9 = finish(i4 + 16u, row4, sum9);
  let v10 = finish(i5 + 0u, row5, sum10);
  let v11 = finish(i5 + 16u, row5, sum11);
  let v12 = finish(i6 + 0u, row6, sum12);
  let v13 = finish(i6 + 16u, row6, sum13);
  let v14 = finish(i7 + 0u, row7, sum14);
  let v15 = finish(i7 + 16u, row7, sum15);
  if (row0 < sizes.rows && column + 0u < sizes.columns) { result[i0 + 0u] = v0; }
  if (row0 < sizes.rows && column + 16u < sizes.columns) { result[i0 + 16u] = v1; }
  if (row1 < sizes.rows && column + 0u < sizes.columns) { result[i1 + 0u] = v2; }
  if (row1 < sizes.rows && column + 16u < sizes.columns) { result[i1 + 16u] = v3; }
  if (row2 < sizes.rows && column + 0u < sizes.columns) { result[i2 + 0u] = v4; }
  if (row2 < sizes.rows && column + 16u < sizes.columns) { result[i2 + 16u] = v5; }
  if (row3 < sizes.rows && column + 0u < sizes.columns) { result[i3 + 0u] = v6; }
  if (row3 < sizes.rows && column + 16u < sizes.columns) { result[i3 + 16u] = v7; }
  if (row4 < sizes.rows && column + 0u < sizes.columns) { result[i4 + 0u] = v8; }
  if (row4 < sizes.rows && column + 16u < sizes.columns) { result[i4 + 16u] = v9; }
  if (row5 < sizes.rows && column + 0u < sizes.columns) { result[i5 + 0u] = v10; }
  if (row5 < sizes.rows && column + 16u < sizes.columns) { result[i5 + 16u] = v11; }
  if (row6 < sizes.rows && column + 0u < sizes.columns) { result[i6 + 0u] = v12; }
  if (row6 < sizes.rows && column + 16u < sizes.columns) { result[i6 + 16u] = v13; }
  if (row7 < sizes.rows && column + 0u < sizes.columns) { result[i7 + 0u] = v14; }
  if (row7 < sizes.rows && column + 16u < sizes.columns) { result[i7 + 16u] = v15; }
}
