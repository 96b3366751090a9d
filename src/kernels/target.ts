/** Kinds of adapters, as far as kernels are made differently for them. */

/**
 * What a tile is chosen for: invocations that are SIMD lanes of a CPU, among them those of SwiftShader, with or without subgroups, or
 * threads of a GPU.
 *
 * @category Kernels and algorithms
 */
export type TileTarget = "cpu" | "cpu-subgroups" | "swiftshader" | "swiftshader-subgroups" | "gpu";

/**
 * Most bytes of what lies between the kernels of one operation: a larger one is cut into chunks. On a GPU each chunk costs
 * dispatches; more than this, and VGG19 at 512x512 would take over 450 bytes per pixel with 16-bit storage.
 */
export function chunkBytes(target: TileTarget): number {
  return (target === "gpu" ? 22 : 16) * 2 ** 20;
}

/** Invocations per subgroup of the software adapters whose subgroups are used: Mesa's on CPUs with 256-bit vectors, and SwiftShader. */
export const SUBGROUP_LANES = { cpu: 8, swiftshader: 4 };

/** The target of a software adapter whose device may use subgroups of the given sizes. */
export function targetWithSubgroups(target: "cpu" | "swiftshader", least?: number, most?: number): TileTarget {
  const lanes = SUBGROUP_LANES[target];
  return least === lanes && most === lanes ? `${target}-subgroups` : target;
}
