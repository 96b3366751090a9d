// averagePool 3x6x8: 2 inputs, 1 x 1 x 3 workgroups
alias T = f32;
@group(0) @binding(0) var<storage, read> image: array<f32>;
@group(0) @binding(1) var<storage, read> operand1: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;

fn store(index: u32, channel: u32, value: T) {
  let x0 = value;
  let x1 = T(operand1[channel]);
  let t0 = x0 + x1;
  let t1 = max(t0, T(0.0f));
  result[index] = t1;
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) position: vec3u) {
  let x = position.x;
  let y = position.y;
  let channel = position.z;
  if (x >= 4u || y >= 3u) { return; }
  let i = (channel * 3u + y) * 4u + x;
  let first = channel * 48u + y * 16u + x * 2u;
  let a = image[first];
  let b = image[first + 1u];
  let c = image[first + 8u];
  let d = image[first + 9u];
  store(i, channel, 0.25f * ((a + b) + (c + d)));
}
