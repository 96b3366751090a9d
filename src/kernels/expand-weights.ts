/**
 * Expands weights of 16 or 8 bits, uploaded as a file stores them, to float32.
 *
 * All adapters give the same bits, those that vgg/compact.ts computes: WGSL lets `unpack2x16float` take subnormal numbers
 * for zero, so the bits of a float16 are moved instead, and results are stored as words that no rounding touches.
 */
import { bindings, type Kernel, linearGrid, range } from "./kernel.ts";

/** Numbers in 16 or 8 bits, named as in safetensors: see {@link EXPANSIONS}. */
export type CompactType = "F16" | "BF16" | "I8" | "U8";

/** What a number in `bits` bits becomes. `body` is WGSL of the float32's bits, from the lowest bits of `word` and the index `i`. */
const EXPANSIONS: Readonly<Record<CompactType, { bits: 8 | 16; table?: string; body: string }>> = {
  // 1 sign, 5 exponent (bias 15) and 10 fraction bits. Below the smallest normal number, 2^-14, steps are 2^-24 wide.
  F16: {
    bits: 16,
    body: `let magnitude = word & 0x7fffu;
  let normal = (magnitude << 13u) + 0x38000000u;
  let subnormal = bitcast<u32>(f32(magnitude) * 0x1p-24f);
  return ((word & 0x8000u) << 16u) | select(normal, subnormal, magnitude < 0x400u);`,
  },
  // The upper half of a float32.
  BF16: { bits: 16, body: "return word << 16u;" },
  // Signed integers, each times the factor of its output.
  I8: {
    bits: 8,
    table: "f32",
    body: "return bitcast<u32>(f32(bitcast<i32>(word << 24u) >> 24u) * table[i / sizes.perOutput]);",
  },
  // Places in a palette.
  U8: { bits: 8, table: "u32", body: "return table[word & 0xffu];" },
};

/**
 * One invocation per word, which has 2 or 4 numbers, the first in the lowest bits. Inputs: the words, the last one filled up with
 * anything; for I8 the factors, one for each output, and for U8 the palette. Layers of one type share their text.
 *
 * @param size how many numbers there are, not 0, outputs outermost
 * @param perOutput numbers of each output
 */
export function expandWeightsKernel(type: CompactType, size: number, perOutput: number): Kernel {
  const { bits, table, body } = EXPANSIONS[type];
  const perWord = 32 / bits;
  const words = Math.ceil(size / perWord);
  const { grid, index } = linearGrid(Math.ceil(words / 64));
  const inputs: [string, string][] = [["words", "u32"]];
  if (table) inputs.push(["table", table]);
  const sizes = { size, perOutput };
  return {
    label: `expandWeights ${type} ${size}`,
    inputs: inputs.length,
    uniforms: Object.values(sizes),
    grid,
    flops: type === "I8" ? size : 0,
    bytes: 4 * (words + size),
    wgsl: `${bindings(inputs, "u32", sizes)}

fn expand(word: u32, i: u32) -> u32 {
  ${body}
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (${index} * 64u + lane) * ${perWord}u;
  if (first >= sizes.size) { return; }
  let word = words[first / ${perWord}u];
  result[first] = expand(word, first);
${range(perWord - 1, (k) => `  if (first + ${k + 1}u < sizes.size) { result[first + ${k + 1}u] = expand(word >> ${bits * (k + 1)}u, first + ${k + 1}u); }`)}
}
`,
  };
}
