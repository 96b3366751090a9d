// poolMask 3x6x8: 1 inputs, 1 x 1 x 3 workgroups
@group(0) @binding(0) var<storage, read> image: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<u32>;

fn window(first: u32) -> u32 {
  var largest = image[first];
  var place = 1u;
  let x1 = image[first + 1u]; if (x1 > largest) { largest = x1; place = 2u; }
  let x2 = image[first + 8u]; if (x2 > largest) { largest = x2; place = 4u; }
  let x3 = image[first + 9u]; if (x3 > largest) { largest = x3; place = 8u; }
  return select(0u, place, largest > 0.0f);
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
  { word |= window(first + 0u) << 0u; }
  if (x * 8u + 1u < 4u) { word |= window(first + 2u) << 4u; }
  if (x * 8u + 2u < 4u) { word |= window(first + 4u) << 8u; }
  if (x * 8u + 3u < 4u) { word |= window(first + 6u) << 12u; }
  if (x * 8u + 4u < 4u) { word |= window(first + 8u) << 16u; }
  if (x * 8u + 5u < 4u) { word |= window(first + 10u) << 20u; }
  if (x * 8u + 6u < 4u) { word |= window(first + 12u) << 24u; }
  if (x * 8u + 7u < 4u) { word |= window(first + 14u) << 28u; }
  result[i] = word;
}
