/**
 * What an adapter can do at best, measured by kernels that do one thing: multiply matrices, multiply and add in registers,
 * copy. Fractions and the roofline refer to the fastest of each kind.
 */
import { bindings, type Kernel, range } from "../src/kernels/kernel.ts";
import { productKernel, productTiles } from "../src/kernels/product.ts";
import { type ProductShape, type ProductTile, panelColumns, WORKGROUP_TILES } from "../src/kernels/product-tiles.ts";
import type { TileTarget } from "../src/kernels/target.ts";

/** What is limited: arithmetic that needs operands, arithmetic alone, and memory. */
export type CeilingKind = "matmul" | "fma" | "copy";

/** A kernel, and the floats that its buffers hold. */
export interface Ceiling {
  kind: CeilingKind;
  name: string;
  /** Those of one group compute the same of the same random numbers. */
  group: string;
  kernel: Kernel;
  inputs: readonly number[];
  output: number;
}

/** All kernels, with sizes that keep an adapter of this kind busy for some milliseconds. */
export function ceilings(target: TileTarget): Ceiling[] {
  const isGpu = target === "gpu";
  const side = isGpu ? 4096 : 512;
  const floats = isGpu ? 2 ** 27 : 2 ** 23;
  const uniform = [8, 16, 32].flatMap((rows) => [1, 2, 4].map((vectors) => uniformRows(side, rows, vectors)));
  const shared = [4, 8].map((tile) => sharedTiles(side, tile));
  const inRegisters = [8, 16].flatMap((rows) =>
    [1, 2, 4].map((vectors): ProductTile => ({ kind: "registers", rows, vectors, lanes: 16 })),
  );
  const inSubgroups = productTiles(cube(side), target).filter(({ kind }) => kind === "subgroup");
  const own = (isGpu ? WORKGROUP_TILES : [...inRegisters, ...inSubgroups]).map((tile) => ownProduct(side, tile));
  return [...uniform, ...shared, ...own, multiplyAdd(isGpu), ...[1, 4].map((vectors) => copy(floats, vectors))];
}

const LANES = 32;

/**
 * result = leftᵀ right, all [side, side], without workgroup memory: `rows` rows, the same for all lanes of a workgroup, by
 * `vectors` vec4s of columns per lane. The kind that suits adapters whose lanes are those of a CPU.
 */
function uniformRows(side: number, rows: number, vectors: number): Ceiling {
  const perRow = side / 4;
  return matmul(`uniform rows ${rows}x${4 * vectors}`, side, [perRow / LANES / vectors, side / rows, 1], {
    workgroup: `${LANES}`,
    body: `
  let column = group.x * ${LANES * vectors}u + local.x;
  let row = group.y * ${rows / 4}u;
  ${range(rows * vectors, (i) => `var sum${i} = vec4f();`, " ")}
  for (var k = 0u; k < ${side}u; k++) {
    ${range(rows / 4, (i) => `let a${i} = left[k * ${perRow}u + row + ${i}u];`, " ")}
    ${range(vectors, (v) => `let b${v} = right[k * ${perRow}u + column + ${v * LANES}u];`, " ")}
    ${range(rows * vectors, (i) => multiplyInto(i, Math.floor(i / vectors), i % vectors), "\n    ")}
  }
  let first = row * ${side}u + column;
  ${range(rows * vectors, (i) => `result[first + ${Math.floor(i / vectors) * perRow + (i % vectors) * LANES}u] = sum${i};`, "\n  ")}`,
  });
}

/** Depth of the tiles in workgroup memory. */
const DEPTH = 16;

/**
 * result = leftᵀ right through workgroup memory: 16 x 16 lanes share tiles of 16 `tile` rows and columns, each computes
 * `tile` x `tile` results. The kind that suits GPUs (Volkov and Demmel 2008).
 */
function sharedTiles(side: number, tile: number): Ceiling {
  const perRow = side / 4;
  const width = (16 * tile) / 4;
  const vectors = tile / 4;
  const loads = (DEPTH * width) / 256;
  return matmul(`workgroup memory ${tile}x${tile}`, side, [side / (16 * tile), side / (16 * tile), 1], {
    declarations: `var<workgroup> a: array<vec4f, ${DEPTH * width}>;
var<workgroup> b: array<vec4f, ${DEPTH * width}>;`,
    workgroup: "16, 16",
    body: `
  ${range(tile * vectors, (i) => `var sum${i} = vec4f();`, " ")}
  for (var start = 0u; start < ${side}u; start += ${DEPTH}u) {
    ${range(
      loads,
      (i) => `{
      let at = lane + ${i * 256}u;
      let source = (start + at / ${width}u) * ${perRow}u + at % ${width}u;
      a[at] = left[source + group.y * ${width}u];
      b[at] = right[source + group.x * ${width}u];
    }`,
      "\n    ",
    )}
    workgroupBarrier();
    for (var k = 0u; k < ${DEPTH}u; k++) {
      ${range(vectors, (i) => `let a${i} = a[k * ${width}u + local.y + ${i * 16}u]; let b${i} = b[k * ${width}u + local.x + ${i * 16}u];`, " ")}
      ${range(tile * vectors, (i) => multiplyInto(i, Math.floor(i / vectors), i % vectors), "\n      ")}
    }
    workgroupBarrier();
  }
  let column = group.x * ${width}u + local.x;
  let row = group.y * ${16 * tile}u + local.y * 4u;
  ${range(tile * vectors, (i) => {
    const r = Math.floor(i / vectors);
    return `result[(row + ${(r >> 2) * 64 + (r & 3)}u) * ${perRow}u + column + ${(i % vectors) * 16}u] = sum${i};`;
  })}`,
  });
}

/** A product of square matrices, its operands in panels. */
function cube(side: number): ProductShape {
  return { batches: 1, rows: side, columns: side, depth: side, leftPanels: true, rightPanels: true };
}

/** nst-gpu's own product kernel. */
function ownProduct(side: number, tile: ProductTile): Ceiling {
  const kernel = productKernel(cube(side), tile);
  const name = `${tile.kind === "subgroup" ? "subgroups" : "panels"} ${tile.rows}x${panelColumns(tile)}`;
  const label = `matmul ${side}, ${name}`;
  return {
    kind: "matmul",
    name,
    group: label,
    kernel: { ...kernel, label },
    inputs: [side ** 2, side ** 2],
    output: side ** 2,
  };
}

function multiplyInto(sum: number, row: number, vector: number): string {
  return `sum${sum} = fma(vec4f(a${row >> 2}.${"xyzw"[row & 3]}), b${vector}, sum${sum});`;
}

function matmul(
  name: string,
  side: number,
  grid: [number, number, number],
  { declarations = "", workgroup, body }: { declarations?: string; workgroup: string; body: string },
): Ceiling {
  const kernel: Kernel = {
    label: `matmul ${side}, ${name}`,
    inputs: 2,
    grid,
    flops: 2 * side ** 3,
    bytes: 3 * 4 * side ** 2,
    wgsl: `${bindings(
      [
        ["left", "vec4f"],
        ["right", "vec4f"],
      ],
      "vec4f",
    )}
${declarations}

@compute @workgroup_size(${workgroup})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) lane: u32) {${body}
}
`,
  };
  return { kind: "matmul", name, group: "matmul", kernel, inputs: [side ** 2, side ** 2], output: side ** 2 };
}

/** Multiplications and additions of registers alone, in 16 independent chains per lane. */
function multiplyAdd(isGpu: boolean): Ceiling {
  const groups = isGpu ? 16384 : 64;
  const steps = 2048;
  const chains = 16;
  const lanes = 64;
  const kernel: Kernel = {
    label: "multiply and add",
    inputs: 1,
    grid: [groups, 1, 1],
    flops: 2 * 4 * chains * steps * lanes * groups,
    bytes: 0,
    wgsl: `${bindings([["factors", "vec4f"]], "vec4f")}

@compute @workgroup_size(${lanes})
fn main(@builtin(global_invocation_id) position: vec3u) {
  let factor = factors[0];
  ${range(chains, (i) => `var sum${i} = factors[${i % 4}];`, " ")}
  for (var i = 0u; i < ${steps}u; i++) {
    ${range(chains, (i) => `sum${i} = fma(sum${i}, factor, factor);`, " ")}
  }
  result[position.x] = ${range(chains, (i) => `sum${i}`, " + ")};
}
`,
  };
  return { kind: "fma", name: "16 chains", group: "fma", kernel, inputs: [16], output: 4 * lanes * groups };
}

/** A copy, `vectors` vec4s per lane. Every byte counts twice: it is read and written. */
function copy(floats: number, vectors: number): Ceiling {
  const lanes = 64;
  const groups = floats / 4 / lanes / vectors;
  const columns = Math.min(groups, 2 ** 14);
  const kernel: Kernel = {
    label: `copy, ${vectors} vec4 per lane`,
    inputs: 1,
    grid: [columns, groups / columns, 1],
    flops: 0,
    bytes: 2 * 4 * floats,
    wgsl: `${bindings([["source", "vec4f"]], "vec4f")}

@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (group.y * ${columns}u + group.x) * ${lanes * vectors}u + lane;
  ${range(vectors, (i) => `result[first + ${i * lanes}u] = source[first + ${i * lanes}u];`, "\n  ")}
}
`,
  };
  return { kind: "copy", name: `${vectors} vec4 per lane`, group: "copy", kernel, inputs: [floats], output: floats };
}
