/**
 * Tensors stored in 16 bits: bfloat16, the upper half of a float32, rounded to nearest. It has the range of float32, so that
 * neither large features nor small gradients need scaling (Kalamkar et al. 2019), and 8 bits of precision. Arithmetic stays
 * float32: a kernel's text is rewritten where it loads and stores, and knows nothing of it.
 */
import type { Kernel } from "./kernel.ts";

const UNPACK = {
  vec4f: [
    "vec2u",
    "let v = NAME_halves[i]; return bitcast<vec4f>(vec4u(v.x << 16u, v.x & 0xffff0000u, v.y << 16u, v.y & 0xffff0000u));",
  ],
  f32: ["u32", "let v = NAME_halves[i / 2u]; return bitcast<f32>(select(v << 16u, v & 0xffff0000u, i % 2u == 1u));"],
} as const;

/** Rounds four numbers; halves of two make a word. */
const PACK = `let v = bitcast<vec4u>(value) + 0x7fffu + ((bitcast<vec4u>(value) >> vec4u(16u)) & vec4u(1u)); result_halves[i] = vec2u((v.x >> 16u) | (v.y & 0xffff0000u), (v.z >> 16u) | (v.w & 0xffff0000u));`;

/** Whether a kernel's result can be stored in 16 bits: it is stored in vectors, since two numbers share a word. */
export function canStoreHalves({ wgsl }: Kernel): boolean {
  return /> result: array<vec4f>;/.test(wgsl);
}

/** The kernel with those of its bindings in 16 bits for which `isHalf` says so; the result is binding `kernel.inputs`. */
export function withHalves(kernel: Kernel, isHalf: (binding: number) => boolean): Kernel {
  let { wgsl } = kernel;
  for (const [line, binding, access, name, type] of wgsl.matchAll(
    /@group\(0\) @binding\((\d+)\) var<storage, (\w+)> (\w+): array<(\w+)>;/g,
  )) {
    if (!isHalf(Number(binding)) || !(type === "vec4f" || type === "f32")) continue;
    const stored = access === "read" ? UNPACK[type][0] : "vec2u";
    const declaration = `@group(0) @binding(${binding}) var<storage, ${access}> ${name}_halves: array<${stored}>;`;
    const body =
      access === "read"
        ? `fn ${name}_at(i: u32) -> ${type} { ${UNPACK[type][1].replaceAll("NAME", name)} }`
        : `fn ${name}_put(i: u32, value: vec4f) { ${PACK} }`;
    const rest = access === "read" ? loads(wgsl.replace(line, ""), name) : stores(wgsl.replace(line, ""), name);
    wgsl = `${declaration}\n${body}\n${rest.trimStart()}`;
  }
  return wgsl === kernel.wgsl ? kernel : { ...kernel, wgsl };
}

/** `name[index]` becomes `name_at(index)`. */
function loads(text: string, name: string): string {
  return rewrite(text, name, (index, after) => [`${name}_at(${loads(index, name)})`, after]);
}

/** `name[index] = value;` becomes `name_put(index, value);`. */
function stores(text: string, name: string): string {
  return rewrite(text, name, (index, after) => {
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
