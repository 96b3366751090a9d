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
  for (var k = 0u; k < min(8u, 4u - x * 8u); k++) { word |= window(first + k * 2u) << (k * 4u); }
  result[i] = word;
}
