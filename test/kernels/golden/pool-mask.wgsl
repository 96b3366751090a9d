// poolMask 3x6x8: 1 inputs, 1 x 1 x 3 workgroups
@group(0) @binding(0) var<storage, read> image: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> result: array<u32>;
struct Sizes { gridHeight: u32, gridWidth: u32, height: u32, width: u32, columns: u32 }
@group(0) @binding(2) var<uniform> sizes: Sizes;

fn pixels(i: u32) -> vec4f {
  return image[i / 4u];
}

fn window(a: f32, b: f32, c: f32, d: f32) -> u32 {
  var largest = a;
  var place = 1u;
  if (b > largest) { largest = b; place = 2u; }
  if (c > largest) { largest = c; place = 4u; }
  if (d > largest) { largest = d; place = 8u; }
  return select(0u, place, largest > 0.0f);
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) position: vec3u) {
  let x = position.x;
  let y = position.y;
  let channel = position.z;
  if (x >= sizes.gridWidth || y >= sizes.gridHeight) { return; }
  let i = (channel * sizes.gridHeight + y) * sizes.gridWidth + x;
  let first = (channel * sizes.height + y * 2u) * sizes.width + x * 16u;
  var word = 0u;
  for (var k = 0u; k < 4u; k++) {
    let upper = pixels(first + k * 4u);
    let lower = pixels(first + k * 4u + sizes.width);
    word |= window(upper.x, upper.y, lower.x, lower.y) << (k * 8u);
    word |= window(upper.z, upper.w, lower.z, lower.w) << (k * 8u + 4u);
  }
  result[i] = word & (0xffffffffu >> (32u - 4u * min(8u, sizes.columns - x * 8u)));
}
