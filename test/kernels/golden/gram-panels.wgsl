// gramPanels 6x16: 1 inputs, 1 x 1 x 1 workgroups
@group(0) @binding(0) var<storage, read> features: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> result: array<vec4f>;
struct Sizes { groups: u32, plane: u32, first: u32, channels: u32, panelStep: u32, pixelStep: u32 }
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = group.x * 32u + lane;
  if (i >= sizes.groups) { return; }
  let f0 = features[min(group.z * 8u + 0u, sizes.channels - 1u) * sizes.plane + sizes.first + i];
  let f1 = features[min(group.z * 8u + 1u, sizes.channels - 1u) * sizes.plane + sizes.first + i];
  let f2 = features[min(group.z * 8u + 2u, sizes.channels - 1u) * sizes.plane + sizes.first + i];
  let f3 = features[min(group.z * 8u + 3u, sizes.channels - 1u) * sizes.plane + sizes.first + i];
  let f4 = features[min(group.z * 8u + 4u, sizes.channels - 1u) * sizes.plane + sizes.first + i];
  let f5 = features[min(group.z * 8u + 5u, sizes.channels - 1u) * sizes.plane + sizes.first + i];
  let f6 = features[min(group.z * 8u + 6u, sizes.channels - 1u) * sizes.plane + sizes.first + i];
  let f7 = features[min(group.z * 8u + 7u, sizes.channels - 1u) * sizes.plane + sizes.first + i];
  var p = group.z * sizes.panelStep + i * 4u * sizes.pixelStep;
  result[p + 0u] = vec4f(f0.x, f1.x, f2.x, f3.x); result[p + 1u] = vec4f(f4.x, f5.x, f6.x, f7.x); p += sizes.pixelStep;
  result[p + 0u] = vec4f(f0.y, f1.y, f2.y, f3.y); result[p + 1u] = vec4f(f4.y, f5.y, f6.y, f7.y); p += sizes.pixelStep;
  result[p + 0u] = vec4f(f0.z, f1.z, f2.z, f3.z); result[p + 1u] = vec4f(f4.z, f5.z, f6.z, f7.z); p += sizes.pixelStep;
  result[p + 0u] = vec4f(f0.w, f1.w, f2.w, f3.w); result[p + 1u] = vec4f(f4.w, f5.w, f6.w, f7.w); p += sizes.pixelStep;
}
