// maxPoolGradient 3x6x8: 3 inputs, 1 x 2 x 3 workgroups
alias T = f32;
@group(0) @binding(0) var<storage, read> gradient: array<f32>;
@group(0) @binding(1) var<storage, read> image: array<f32>;
@group(0) @binding(2) var<storage, read> operand1: array<f32>;
@group(0) @binding(3) var<storage, read_write> result: array<f32>;

fn store(index: u32, channel: u32, value: T) {
  let x0 = value;
  let x1 = operand1[index];
  let t0 = select(T(0.0f), x0, x1 > T(0.0f));
  result[index] = t0;
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) position: vec3u) {
  let x = position.x;
  let y = position.y;
  let channel = position.z;
  if (x >= 8u || y >= 6u) { return; }
  let i = (channel * 6u + y) * 8u + x;
  var value = 0.0f;
  if (y / 2u < 3u && x / 2u < 4u) {
    value = gradient[(channel * 3u + y / 2u) * 4u + x / 2u];
    let first = channel * 48u + (y & ~1u) * 8u + (x & ~1u);
    var largest = image[first];
    var place = 0u;
    if (image[first + 1u] > largest) { largest = image[first + 1u]; place = 1u; }
    if (image[first + 8u] > largest) { largest = image[first + 8u]; place = 2u; }
    if (image[first + 9u] > largest) { largest = image[first + 9u]; place = 3u; }
    value = select(0.0f, value, place == (y & 1u) * 2u + (x & 1u));
  }
  store(i, channel, value);
}
