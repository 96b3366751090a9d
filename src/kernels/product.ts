/** The kernel of a batch of matrix products: see product-tiles.ts for what it computes, and the files of its three kinds for how. */
import { bindings, formatShape, type Kernel } from "./kernel.ts";
import { epilogueBindings, type Pointwise, storeFunction } from "./pointwise.ts";
import { type ProductShape, type ProductTile, workgroupTiles } from "./product-tiles.ts";
import { workgroupProduct } from "./product-workgroup.ts";
import { softwareKernels } from "./software.ts";
import type { TileTarget } from "./target.ts";

/** Tiles for a product, the best by an estimate first: several on GPUs, and on software adapters with subgroups their twin without. */
export function productTiles(shape: ProductShape, target: TileTarget): ProductTile[] {
  if (target === "gpu") return workgroupTiles(shape);
  return softwareKernels(target).softwareTiles(shape, target);
}

/** result [batches, rows, columns]. An epilogue needs `batches` to be 1; rows are its channels. */
export function productKernel(shape: ProductShape, tile: ProductTile, epilogue?: Pointwise): Kernel {
  const { batches, rows, columns, depth } = shape;
  const operands = epilogueBindings(epilogue, "vec4f");
  const inputs = 2 + operands.length;
  const { grid, sizes, main } = textOf(shape, tile);
  return {
    label: `product ${batches} x ${formatShape([rows, depth])} * ${formatShape([depth, columns])}`,
    inputs,
    uniforms: Object.values(sizes),
    grid,
    flops: 2 * batches * rows * columns * depth,
    bytes: 4 * batches * (rows * depth + depth * columns + rows * columns),
    wgsl: `${tile.kind === "subgroup" ? "enable subgroups;\n" : ""}alias T = vec4f;
${bindings([["left", "vec4f"], ["right", "vec4f"], ...operands], "vec4f", sizes)}

${storeFunction(epilogue, "vec4f")}

${main}`,
  };
}

function textOf(shape: ProductShape, tile: ProductTile) {
  if (tile.kind === "workgroup") return workgroupProduct(shape, tile);
  const { subgroupProduct, registerProduct } = softwareKernels("cpu");
  return tile.kind === "subgroup" ? subgroupProduct(shape, tile) : registerProduct(shape, tile);
}
