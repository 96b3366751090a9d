// averagePool 3x6x8: 2 inputs, 1 x 1 x 3 workgroups
alias T = vec4f;
@group(0) @binding(0) var<storage, read> image: array<vec4f>;
@group(0) @binding(1) var<storage, read> operand1: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<vec4f>;
struct Sizes { gridHeight: u32, gridWidth: u32, height: u32, perRow: u32 }
@group(0) @binding(3) var<uniform> sizes: Sizes;

fn finish(index: u32, channel: u32, value: T) -> T {
  let x0 = value;
  let x1 = T(operand1[channel]);
  let t0 = x0 + x1;
  let t1 = max(t0, T(0.0f));
  return t1;
}
fn store(index: u32, channel: u32, value: T) { result[index] = finish(index, channel, value); }

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) position: vec3u) {
  let x = position.x;
  let y = position.y;
  let channel = position.z;
  if (x >= sizes.gridWidth || y >= sizes.gridHeight) { return; }
  let i = (channel * sizes.gridHeight + y) * sizes.gridWidth + x;
  let first = (channel * sizes.height + y * 2u) * sizes.perRow + x * 2u;
  let below = first + sizes.perRow;
  let p = image[first]; let q = image[first + 1u]; let r = image[below]; let s = image[below + 1u];
  let a = vec4f(p.xz, q.xz); let b = vec4f(p.yw, q.yw); let c = vec4f(r.xz, s.xz); let d = vec4f(r.yw, s.yw);
  store(i, channel, 0.25f * ((a + b) + (c + d)));
}
