// poolMask 3x6x8: 1 inputs, 1 x 1 x 3 workgroups
@group(0) @binding(0) var<storage, read> image: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> result: array<u32>;

fn pixels(i: u32) -> vec4f {
  return image[i / 4u];
}

// Two windows, their upper and their lower pixels.
fn windows(upper: vec4f, lower: vec4f) -> u32 {
  let largest = max(max(upper.xz, upper.yw), max(lower.xz, lower.yw));
  var bit = vec2u(8u);
  bit = select(bit, vec2u(4u), lower.xz == largest);
  bit = select(bit, vec2u(2u), upper.yw == largest);
  bit = select(bit, vec2u(1u), upper.xz == largest);
  bit = select(vec2u(), bit, largest > vec2f());
  return bit.x | (bit.y << 4u);
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) position: vec3u) {
  let x = position.x;
  let y = position.y;
  let channel = position.z;
  if (x >= 1u || y >= 3u) { return; }
  let i = (channel * 3u + y) * 1u + x;
  let first = (channel * 6u + y * 2u) * 8u + x * 16u;
  var word = 0u;
  word |= windows(pixels(first + 0u), pixels(first + 8u)) << 0u;
  word |= windows(pixels(first + 4u), pixels(first + 12u)) << 8u;
  word |= windows(pixels(first + 8u), pixels(first + 16u)) << 16u;
  word |= windows(pixels(first + 12u), pixels(first + 20u)) << 24u;
  result[i] = word & (0xffffffffu >> (32u - 4u * min(8u, 4u - x * 8u)));
}
