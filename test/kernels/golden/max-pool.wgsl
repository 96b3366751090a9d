// maxPool 3x6x8: 1 inputs, 1 x 1 x 3 workgroups
alias T = f32;
@group(0) @binding(0) var<storage, read> image: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;

fn store(index: u32, channel: u32, value: T) { result[index] = value; }

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
  store(i, channel, max(max(a, b), max(c, d)));
}
