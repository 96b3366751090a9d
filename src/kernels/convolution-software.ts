/** How direct convolution (convolution.ts) is cut up on software adapters, and how subgroups read its weights there. */
import type { ConvolutionTile } from "./convolution.ts";
import { range } from "./kernel.ts";
import { SUBGROUP_LANES, type TileTarget } from "./target.ts";

/** The longest strip, and what each costs besides its pixels, in pixels: measured. */
const LONGEST = 32;
const OVERHEAD = 8;

/**
 * The tile for a layer: the strips that cost least per row. At most 320 sums, since more fall out of the cache, and where weights cost little to
 * read, short strips of many channels.
 */
export function softwareConvolutionTile(
  outputs: number,
  width: number,
  target: Exclude<TileTarget, "gpu">,
): ConvolutionTile {
  if (target === "cpu-subgroups" && outputs % 32 === 0) {
    return { outputs: 32, pixels: 8, subgroup: SUBGROUP_LANES.cpu };
  }
  const cost = (length: number) => Math.ceil(width / length) * (length + OVERHEAD);
  let pixels = LONGEST;
  for (let length = LONGEST - 4; length > 0; length -= 4) if (cost(length) < cost(pixels)) pixels = length;
  if (outputs <= 4) return { outputs: 4, pixels };
  return { outputs: pixels <= 20 && outputs % 16 === 0 ? 16 : 8, pixels };
}

/** WGSL of the weights of a row of the kernel, of which each member of a subgroup reads as many as there are members at a time. */
export function sharedWeights(count: number, members: number): string {
  return `${range(Math.ceil(count / members), (i) => `let read${i} = weights[w + ${i * members}u + lane];`, " ")}
    ${range(count, (i) => `let w0_${i} = subgroupShuffle(read${Math.floor(i / members)}, ${i % members}u);`, " ")}`;
}
