// winogradFilters 6x3x3x3 transposed F(2x2): 1 inputs, 1 x 1 x 1 workgroups
@group(0) @binding(0) var<storage, read> weights: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = group.x * 64u + lane;
  if (i >= 24u) { return; }
  let input = i / 4u % 6u;
  let output = i / 24u * 4u + i % 4u;
  let inside = output < 3u;
  let first = 9u * select(0u, input * 3u + output, inside);
  let g0 = select(0.0f, weights[first + 8u], inside);
  let g1 = select(0.0f, weights[first + 7u], inside);
  let g2 = select(0.0f, weights[first + 6u], inside);
  let g3 = select(0.0f, weights[first + 5u], inside);
  let g4 = select(0.0f, weights[first + 4u], inside);
  let g5 = select(0.0f, weights[first + 3u], inside);
  let g6 = select(0.0f, weights[first + 2u], inside);
  let g7 = select(0.0f, weights[first + 1u], inside);
  let g8 = select(0.0f, weights[first + 0u], inside);
  let h0 = 1.0f * g0;
  let h1 = 1.0f * g1;
  let h2 = 1.0f * g2;
  let h3 = 0.5f * g0 + 0.5f * g3 + 0.5f * g6;
  let h4 = 0.5f * g1 + 0.5f * g4 + 0.5f * g7;
  let h5 = 0.5f * g2 + 0.5f * g5 + 0.5f * g8;
  let h6 = 0.5f * g0 + -0.5f * g3 + 0.5f * g6;
  let h7 = 0.5f * g1 + -0.5f * g4 + 0.5f * g7;
  let h8 = 0.5f * g2 + -0.5f * g5 + 0.5f * g8;
  let h9 = 1.0f * g6;
  let h10 = 1.0f * g7;
  let h11 = 1.0f * g8;
  result[0u + i] = 1.0f * h0;
  result[24u + i] = 0.5f * h0 + 0.5f * h1 + 0.5f * h2;
  result[48u + i] = 0.5f * h0 + -0.5f * h1 + 0.5f * h2;
  result[72u + i] = 1.0f * h2;
  result[96u + i] = 1.0f * h3;
  result[120u + i] = 0.5f * h3 + 0.5f * h4 + 0.5f * h5;
  result[144u + i] = 0.5f * h3 + -0.5f * h4 + 0.5f * h5;
  result[168u + i] = 1.0f * h5;
  result[192u + i] = 1.0f * h6;
  result[216u + i] = 0.5f * h6 + 0.5f * h7 + 0.5f * h8;
  result[240u + i] = 0.5f * h6 + -0.5f * h7 + 0.5f * h8;
  result[264u + i] = 1.0f * h8;
  result[288u + i] = 1.0f * h9;
  result[312u + i] = 0.5f * h9 + 0.5f * h10 + 0.5f * h11;
  result[336u + i] = 0.5f * h9 + -0.5f * h10 + 0.5f * h11;
  result[360u + i] = 1.0f * h11;
}
