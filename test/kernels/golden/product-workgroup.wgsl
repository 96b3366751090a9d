// product 4 x 64x20 * 20x132: 2 inputs, 8 x 1 x 1 workgroups
alias T = vec4f;
@group(0) @binding(0) var<storage, read> left: array<vec4f>;
@group(0) @binding(1) var<storage, read> right: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> result: array<vec4f>;
struct Sizes { count: u32, rowTiles: u32, columnTiles: u32, depth: u32, leftStep: u32, leftTile: u32, leftBatch: u32, rightStep: u32, rightTile: u32, rightBatch: u32, rows: u32, columns: u32 }
@group(0) @binding(3) var<uniform> sizes: Sizes;

fn store(index: u32, channel: u32, value: T) { result[index] = value; }

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
  for (var r = 0u; r < 8u; r++) {
    let row = rowTile * 64u + r / 4u * 32u + y * 4u + r % 4u;
    let i = (batch * sizes.rows + row) * sizes.columns + column;
    if (row < sizes.rows) {
      if (column < sizes.columns) { store(i, row, sum0); }
      if (column + 16u < sizes.columns) { store(i + 16u, row, sum1); }
    }
    sum0 = sum2; sum1 = sum3; sum2 = sum4; sum3 = sum5; sum4 = sum6; sum5 = sum7; sum6 = sum8; sum7 = sum9; sum8 = sum10; sum9 = sum11; sum10 = sum12; sum11 = sum13; sum12 = sum14; sum13 = sum15;
  }
}
