// winogradFilters 6x3x3x3 F(4x4): 1 inputs, 1 x 1 x 1 workgroups
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
  let first = 9u * select(0u, output * sizes.inputs + input, inside);
  let g0 = select(0.0f, weights[first + 0u], inside);
  let g1 = select(0.0f, weights[first + 1u], inside);
  let g2 = select(0.0f, weights[first + 2u], inside);
  let g3 = select(0.0f, weights[first + 3u], inside);
  let g4 = select(0.0f, weights[first + 4u], inside);
  let g5 = select(0.0f, weights[first + 5u], inside);
  let g6 = select(0.0f, weights[first + 6u], inside);
  let g7 = select(0.0f, weights[first + 7u], inside);
  let g8 = select(0.0f, weights[first + 8u], inside);
  let h0 = 1.1377778053283691f * g0;
  let h1 = 1.1377778053283691f * g1;
  let h2 = 1.1377778053283691f * g2;
  let h3 = -0.6884033679962158f * g0 + -0.4302521049976349f * g3 + -0.2689075767993927f * g6;
  let h4 = -0.6884033679962158f * g1 + -0.4302521049976349f * g4 + -0.2689075767993927f * g7;
  let h5 = -0.6884033679962158f * g2 + -0.4302521049976349f * g5 + -0.2689075767993927f * g8;
  let h6 = -0.6884033679962158f * g0 + 0.4302521049976349f * g3 + -0.2689075767993927f * g6;
  let h7 = -0.6884033679962158f * g1 + 0.4302521049976349f * g4 + -0.2689075767993927f * g7;
  let h8 = -0.6884033679962158f * g2 + 0.4302521049976349f * g5 + -0.2689075767993927f * g8;
  let h9 = 0.11951447278261185f * g0 + 0.17927171289920807f * g3 + 0.2689075767993927f * g6;
  let h10 = 0.11951447278261185f * g1 + 0.17927171289920807f * g4 + 0.2689075767993927f * g7;
  let h11 = 0.11951447278261185f * g2 + 0.17927171289920807f * g5 + 0.2689075767993927f * g8;
  let h12 = 0.11951447278261185f * g0 + -0.17927171289920807f * g3 + 0.2689075767993927f * g6;
  let h13 = 0.11951447278261185f * g1 + -0.17927171289920807f * g4 + 0.2689075767993927f * g7;
  let h14 = 0.11951447278261185f * g2 + -0.17927171289920807f * g5 + 0.2689075767993927f * g8;
  let h15 = 1.0f * g6;
  let h16 = 1.0f * g7;
  let h17 = 1.0f * g8;
  result[0u * sizes.count + i] = 1.1377778053283691f * h0;
  result[1u * sizes.count + i] = -0.6884033679962158f * h0 + -0.4302521049976349f * h1 + -0.2689075767993927f * h2;
  result[2u * sizes.count + i] = -0.6884033679962158f * h0 + 0.4302521049976349f * h1 + -0.2689075767993927f * h2;
  result[3u * sizes.count + i] = 0.11951447278261185f * h0 + 0.17927171289920807f * h1 + 0.2689075767993927f * h2;
  result[4u * sizes.count + i] = 0.11951447278261185f * h0 + -0.17927171289920807f * h1 + 0.2689075767993927f * h2;
  result[5u * sizes.count + i] = 1.0f * h2;
  result[6u * sizes.count + i] = 1.1377778053283691f * h3;
  result[7u * sizes.count + i] = -0.6884033679962158f * h3 + -0.4302521049976349f * h4 + -0.2689075767993927f * h5;
  result[8u * sizes.count + i] = -0.6884033679962158f * h3 + 0.4302521049976349f * h4 + -0.2689075767993927f * h5;
  result[9u * sizes.count + i] = 0.11951447278261185f * h3 + 0.17927171289920807f * h4 + 0.2689075767993927f * h5;
  result[10u * sizes.count + i] = 0.11951447278261185f * h3 + -0.17927171289920807f * h4 + 0.2689075767993927f * h5;
  result[11u * sizes.count + i] = 1.0f * h5;
  result[12u * sizes.count + i] = 1.1377778053283691f * h6;
  result[13u * sizes.count + i] = -0.6884033679962158f * h6 + -0.4302521049976349f * h7 + -0.2689075767993927f * h8;
  result[14u * sizes.count + i] = -0.6884033679962158f * h6 + 0.4302521049976349f * h7 + -0.2689075767993927f * h8;
  result[15u * sizes.count + i] = 0.11951447278261185f * h6 + 0.17927171289920807f * h7 + 0.2689075767993927f * h8;
  result[16u * sizes.count + i] = 0.11951447278261185f * h6 + -0.17927171289920807f * h7 + 0.2689075767993927f * h8;
  result[17u * sizes.count + i] = 1.0f * h8;
  result[18u * sizes.count + i] = 1.1377778053283691f * h9;
  result[19u * sizes.count + i] = -0.6884033679962158f * h9 + -0.4302521049976349f * h10 + -0.2689075767993927f * h11;
  result[20u * sizes.count + i] = -0.6884033679962158f * h9 + 0.4302521049976349f * h10 + -0.2689075767993927f * h11;
  result[21u * sizes.count + i] = 0.11951447278261185f * h9 + 0.17927171289920807f * h10 + 0.2689075767993927f * h11;
  result[22u * sizes.count + i] = 0.11951447278261185f * h9 + -0.17927171289920807f * h10 + 0.2689075767993927f * h11;
  result[23u * sizes.count + i] = 1.0f * h11;
  result[24u * sizes.count + i] = 1.1377778053283691f * h12;
  result[25u * sizes.count + i] = -0.6884033679962158f * h12 + -0.4302521049976349f * h13 + -0.2689075767993927f * h14;
  result[26u * sizes.count + i] = -0.6884033679962158f * h12 + 0.4302521049976349f * h13 + -0.2689075767993927f * h14;
  result[27u * sizes.count + i] = 0.11951447278261185f * h12 + 0.17927171289920807f * h13 + 0.2689075767993927f * h14;
  result[28u * sizes.count + i] = 0.11951447278261185f * h12 + -0.17927171289920807f * h13 + 0.2689075767993927f * h14;
  result[29u * sizes.count + i] = 1.0f * h14;
  result[30u * sizes.count + i] = 1.1377778053283691f * h15;
  result[31u * sizes.count + i] = -0.6884033679962158f * h15 + -0.4302521049976349f * h16 + -0.2689075767993927f * h17;
  result[32u * sizes.count + i] = -0.6884033679962158f * h15 + 0.4302521049976349f * h16 + -0.2689075767993927f * h17;
  result[33u * sizes.count + i] = 0.11951447278261185f * h15 + 0.17927171289920807f * h16 + 0.2689075767993927f * h17;
  result[34u * sizes.count + i] = 0.11951447278261185f * h15 + -0.17927171289920807f * h16 + 0.2689075767993927f * h17;
  result[35u * sizes.count + i] = 1.0f * h17;
}
