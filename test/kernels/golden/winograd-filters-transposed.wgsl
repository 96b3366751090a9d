// winogradFilters 6x3x3x3 transposed F(2x2): 1 inputs, 1 x 1 x 1 workgroups
@group(0) @binding(0) var<storage, read> weights: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;
struct Sizes { count: u32, block: u32, inputs: u32, outputs: u32 }
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = group.x * 64u + lane;
  if (i >= sizes.count) { return; }
  let line = i / sizes.block;
  let input = line % sizes.inputs;
  let output = line / sizes.inputs * sizes.block + i % sizes.block;
  let inside = output < sizes.outputs;
  let first = 9u * select(0u, input * sizes.outputs + output, inside);
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
  result[0u * sizes.count + i] = 1.0f * h0;
  result[1u * sizes.count + i] = 0.5f * h0 + 0.5f * h1 + 0.5f * h2;
  result[2u * sizes.count + i] = 0.5f * h0 + -0.5f * h1 + 0.5f * h2;
  result[3u * sizes.count + i] = 1.0f * h2;
  result[4u * sizes.count + i] = 1.0f * h3;
  result[5u * sizes.count + i] = 0.5f * h3 + 0.5f * h4 + 0.5f * h5;
  result[6u * sizes.count + i] = 0.5f * h3 + -0.5f * h4 + 0.5f * h5;
  result[7u * sizes.count + i] = 1.0f * h5;
  result[8u * sizes.count + i] = 1.0f * h6;
  result[9u * sizes.count + i] = 0.5f * h6 + 0.5f * h7 + 0.5f * h8;
  result[10u * sizes.count + i] = 0.5f * h6 + -0.5f * h7 + 0.5f * h8;
  result[11u * sizes.count + i] = 1.0f * h8;
  result[12u * sizes.count + i] = 1.0f * h9;
  result[13u * sizes.count + i] = 0.5f * h9 + 0.5f * h10 + 0.5f * h11;
  result[14u * sizes.count + i] = 0.5f * h9 + -0.5f * h10 + 0.5f * h11;
  result[15u * sizes.count + i] = 1.0f * h11;
}
