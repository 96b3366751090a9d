/**
 * Tensors stored in 16 bits, two numbers to a word. Arithmetic stays float32: a kernel's text is rewritten where it loads
 * and stores, and knows nothing of it.
 *
 * - float16 has 11 bits of precision and numbers up to 65504, where larger ones stop;
 * - bfloat16, the upper half of a float32, has 8 bits and the range of float32 (Kalamkar et al. 2019).
 *
 * Both need no feature of the device.
 */
import type { Kernel } from "./kernel.ts";

/** How the numbers of a tensor are stored. */
export type Format = "float32" | "float16" | "bfloat16";

type HalfFormat = Exclude<Format, "float32">;

/** WGSL of four numbers from the two words `v`. */
const UNPACK_VECTOR: Record<HalfFormat, string> = {
  float16: "vec4f(unpack2x16float(v.x), unpack2x16float(v.y))",
  bfloat16: "bitcast<vec4f>(vec4u(v.x << 16u, v.x & 0xffff0000u, v.y << 16u, v.y & 0xffff0000u))",
};

/** WGSL of the number at an even or odd index `i` from the word `v`. */
const UNPACK_NUMBER: Record<HalfFormat, string> = {
  float16: "unpack2x16float(v)[i % 2u]",
  bfloat16: "bitcast<f32>(select(v << 16u, v & 0xffff0000u, i % 2u == 1u))",
};

/** WGSL: which of the four numbers `value` are NaN. */
const IS_NAN = "(bitcast<vec4u>(value) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u)";

/**
 * WGSL that declares the two words `words` of four numbers `value`. bfloat16 is rounded to nearest, ties to even.
 * NaN is told by its bits, which a compiler that assumes there is none cannot drop: `clamp` may make a number of it, and so would
 * the rounding of 0x7fffffff, the NaN of some GPUs.
 */
const PACK: Record<HalfFormat, string> = {
  float16: `let v = clamp(value, vec4f(-65504.0f), vec4f(65504.0f));
  let nan = select(vec4u(), vec4u(0x7e00u), ${IS_NAN});
  let words = vec2u(pack2x16float(v.xy), pack2x16float(v.zw)) | nan.xz | (nan.yw << vec2u(16u));`,
  bfloat16: `let bits = bitcast<vec4u>(value);
  let v = select(bits + 0x7fffu + ((bits >> vec4u(16u)) & vec4u(1u)), vec4u(0x7fc00000u), ${IS_NAN});
  let words = vec2u((v.x >> 16u) | (v.y & 0xffff0000u), (v.z >> 16u) | (v.w & 0xffff0000u));`,
};

/** Whether a kernel's result can be stored in 16 bits: it is stored in vectors, since two numbers share a word. */
export function canStoreHalves({ wgsl }: Kernel): boolean {
  return /> result: array<vec4f>;/.test(wgsl);
}

/** The kernel with its bindings stored as `formatOf` says; the result is binding `kernel.inputs`. */
export function withFormats(kernel: Kernel, formatOf: (binding: number) => Format): Kernel {
  let { wgsl } = kernel;
  for (const [line, binding, access, name, type] of wgsl.matchAll(
    /@group\(0\) @binding\((\d+)\) var<storage, (\w+)> (\w+): array<(\w+)>;/g,
  )) {
    const format = formatOf(Number(binding));
    if (format === "float32") continue;
    const isVector = type === "vec4f";
    const halves = `${name}_halves`;
    const declaration = `@group(0) @binding(${binding}) var<storage, ${access}> ${halves}: array<${isVector ? "vec2u" : "u32"}>;`;
    const value = isVector ? UNPACK_VECTOR[format] : UNPACK_NUMBER[format];
    const at = `fn ${name}_at(i: u32) -> ${type} { let v = ${halves}[${isVector ? "i" : "i / 2u"}]; return ${value}; }`;
    if (access === "read") {
      wgsl = loads(wgsl, name).replace(line, `${declaration}\n${at}`);
    } else {
      const put = `fn ${name}_put(i: u32, value: vec4f) {\n  ${PACK[format]}\n  ${halves}[i] = words;\n}`;
      wgsl = stores(wgsl, name).replace(line, `${declaration}\n${at}\n${put}`);
    }
  }
  return wgsl === kernel.wgsl ? kernel : { ...kernel, wgsl };
}

/** `name[index]` becomes `name_at(index)`. */
function loads(text: string, name: string): string {
  return rewrite(text, name, (index, after) => [`${name}_at(${loads(index, name)})`, after]);
}

/** `name[index] = value;` becomes `name_put(index, value);`, and what is loaded from the result becomes `name_at(index)`. */
function stores(text: string, name: string): string {
  return rewrite(text, name, (index, after) => {
    if (!after.startsWith(" = ")) return [`${name}_at(${index})`, after];
    const end = after.indexOf(";");
    return [`${name}_put(${index}, ${after.slice(after.indexOf("=") + 1, end).trim()})`, after.slice(end)];
  });
}

function rewrite(text: string, name: string, replace: (index: string, after: string) => [string, string]): string {
  let result = "";
  let rest = text;
  for (;;) {
    const start = rest.search(new RegExp(`\\b${name}\\[`));
    if (start < 0) return result + rest;
    const open = start + name.length;
    const close = closing(rest, open);
    const [replacement, after] = replace(rest.slice(open + 1, close), rest.slice(close + 1));
    result += rest.slice(0, start) + replacement;
    rest = after;
  }
}

/** Position of the bracket that closes the one at `open`. */
function closing(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === "[") depth++;
    if (text[i] === "]" && --depth === 0) return i;
  }
  throw new Error("A bracket of the kernel is not closed.");
}
