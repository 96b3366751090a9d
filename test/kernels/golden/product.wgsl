// product 4 x 8x5 * 5x12: 2 inputs, 1 x 1 x 1 workgroups
alias T = vec4f;
@group(0) @binding(0) var<storage, read> left: array<vec4f>;
@group(0) @binding(1) var<storage, read> right: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> result: array<vec4f>;
struct Sizes { count: u32, blocks: u32, block: u32, rowTiles: u32, columnTiles: u32, depth: u32, leftStep: u32, leftTile: u32, leftBatch: u32, rightStep: u32, rightTile: u32, rightBatch: u32, rows: u32, columns: u32 }
@group(0) @binding(3) var<uniform> sizes: Sizes;

fn finish(index: u32, channel: u32, value: T) -> T {
  
  
  return value;
}
fn store(index: u32, channel: u32, value: T) { result[index] = finish(index, channel, value); }

@compute @workgroup_size(16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let id = group.x * 16u + lane;
  let line = id / sizes.block;
  let major = line / sizes.rowTiles;
  let rowTile = line - major * sizes.rowTiles;
  let batch = major / sizes.blocks;
  let columnTile = (major - batch * sizes.blocks) * sizes.block + id - line * sizes.block;
  if (id >= sizes.count || columnTile >= sizes.columnTiles) { return; }
  var p = batch * sizes.leftBatch + rowTile * sizes.leftTile;
  var q = batch * sizes.rightBatch + columnTile * sizes.rightTile;
  var sum0 = vec4f(); var sum1 = vec4f(); var sum2 = vec4f(); var sum3 = vec4f(); var sum4 = vec4f(); var sum5 = vec4f(); var sum6 = vec4f(); var sum7 = vec4f();
  let end = p + sizes.depth * sizes.leftStep;
  for (; p < end; p += sizes.leftStep) {
    let b0 = right[q + 0u];
    let a0 = left[p + 0u]; let a1 = left[p + 1u];
    sum0 = fma(vec4f(a0.x), b0, sum0);
    sum1 = fma(vec4f(a0.y), b0, sum1);
    sum2 = fma(vec4f(a0.z), b0, sum2);
    sum3 = fma(vec4f(a0.w), b0, sum3);
    sum4 = fma(vec4f(a1.x), b0, sum4);
    sum5 = fma(vec4f(a1.y), b0, sum5);
    sum6 = fma(vec4f(a1.z), b0, sum6);
    sum7 = fma(vec4f(a1.w), b0, sum7);
    q += sizes.rightStep;
  }
  let row = rowTile * 8u;
  let column = columnTile * 1u;
  var i = (batch * sizes.rows + row) * sizes.columns + column;
  let last = min(row + 8u, sizes.rows);
  for (var channel = row; channel < last; channel++) {
    if (column + 0u < sizes.columns) { store(i + 0u, channel, sum0); }
    sum0 = sum1; sum1 = sum2; sum2 = sum3; sum3 = sum4; sum4 = sum5; sum5 = sum6; sum6 = sum7;
    i += sizes.columns;
  }
}
