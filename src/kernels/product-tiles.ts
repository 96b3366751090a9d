/**
 * Batches of matrix products, the inner part of Winograd convolution (winograd.ts), and single ones:
 *
 *   result[b, m, n] = sum over k of left[b, k, m] right[b, k, n]
 *
 * What a product is, which parts of it are computed at a time, and how its operands lie in memory. An operand is a matrix
 * [depth, width], or cut into panels as wide as the tile, [panels, depth, tile], of which the last is filled up with anything
 * (Goto and van de Geijn 2008, section 4): a tile then reads its panel from one end to the other, which is up to twice as fast
 * as hopping from row to row.
 */

/** The sizes of a product, rows and columns being multiples of 4, and which operands are in panels. */
export interface ProductShape {
  batches: number;
  rows: number;
  columns: number;
  depth: number;
  /** Whether `left` is [batches, panels, depth, rows of the tile] instead of [batches, depth, rows]. */
  leftPanels?: boolean;
  /** Whether `right` is [batches, panels, depth, columns of the tile] instead of [batches, depth, columns]. */
  rightPanels?: boolean;
}

/**
 * A tile that one invocation computes in registers, reading the operands itself (product-registers.ts): `rows` (a multiple of
 * 4) rows of `vectors` vec4s of columns.
 *
 * @category Kernels and algorithms
 */
export interface RegisterTile {
  kind: "registers";
  rows: number;
  vectors: number;
  /** Invocations per workgroup. */
  lanes: number;
}

/**
 * A tile that one invocation computes in registers, as a {@link RegisterTile}, in the same columns as all of its subgroup, which read
 * the right operand together (product-subgroup.ts). For devices with the feature `subgroups`.
 *
 * @category Kernels and algorithms
 */
export interface SubgroupTile {
  kind: "subgroup";
  rows: number;
  vectors: number;
  /** Invocations per workgroup, the size of the device's subgroups. */
  lanes: number;
  /** Steps of the sum per turn of the loop, if the sum has a multiple of them. */
  steps: number;
}

/**
 * A tile that a workgroup computes, its operands in workgroup memory (product-workgroup.ts): `rows` x `columns`, multiples of 8 that
 * divide 128. An invocation computes 8 x 8 of it.
 *
 * @category Kernels and algorithms
 */
export interface WorkgroupTile {
  kind: "workgroup";
  rows: number;
  columns: number;
}

/**
 * How much of a matrix product is computed at a time, and by whom. All tiles add in the same order: the results are the same bits.
 *
 * @category Kernels and algorithms
 */
export type ProductTile = RegisterTile | SubgroupTile | WorkgroupTile;

/** Columns per panel of the right operand. */
export function panelColumns(tile: ProductTile): number {
  return tile.kind === "workgroup" ? tile.columns : 4 * tile.vectors;
}

/**
 * The sizes that the texts read. Distances are in vec4s: a step goes to the next k, a tile to the next tile, a batch to the next
 * batch; so are the columns of the result, and not its rows.
 */
export function productSizes(shape: ProductShape, tile: ProductTile) {
  const { rows, columns, depth, leftPanels, rightPanels } = shape;
  const width = panelColumns(tile);
  const rowTiles = Math.ceil(rows / tile.rows);
  const columnTiles = Math.ceil(columns / width);
  const leftStep = (leftPanels ? tile.rows : rows) / 4;
  const rightStep = (rightPanels ? width : columns) / 4;
  return {
    rowTiles,
    columnTiles,
    depth,
    leftStep,
    leftTile: leftPanels ? leftStep * depth : tile.rows / 4,
    leftBatch: leftStep * depth * (leftPanels ? rowTiles : 1),
    rightStep,
    rightTile: rightPanels ? rightStep * depth : width / 4,
    rightBatch: rightStep * depth * (rightPanels ? columnTiles : 1),
    rows,
    columns: columns / 4,
  };
}

/** A row of the left operand times a vector of the right one. */
export function multiplyAdd(sum: number, row: number, vector: number, of = ""): string {
  return `sum${sum} = fma(vec4f(a${row >> 2}${of}.${"xyzw"[row & 3]}), b${vector}${of}, sum${sum});`;
}

/** How much worse than the best by the estimate a tile for GPUs may be and still be tried by tuning. */
const WORTH_TRYING = 1.5;

/** Tiles of GPUs for a product, the best by an estimate first, and those that may turn out to be better. */
export function workgroupTiles(shape: ProductShape): WorkgroupTile[] {
  const sorted = WORKGROUP_TILES.toSorted((a, b) => gpuCost(shape, a) - gpuCost(shape, b));
  return sorted.filter((tile) => gpuCost(shape, tile) <= WORTH_TRYING * gpuCost(shape, sorted[0]));
}

/** Tiles for GPUs to choose from: few channels want few rows, few pixels few columns. */
export const WORKGROUP_TILES: readonly WorkgroupTile[] = [
  [128, 128],
  [128, 64],
  [64, 128],
  [64, 64],
  [32, 128],
  [32, 64],
  [16, 128],
].map(([rows, columns]) => ({ kind: "workgroup", rows, columns }));

/** Cores of a large GPU, each of which computes a workgroup at a time: the last round of workgroups leaves some of them idle. */
const CORES = 128;

/** Estimated time of a product, in multiplications: those of all tiles, and what is read for them, a number as long as 24. Not measured. */
function gpuCost(shape: ProductShape, tile: WorkgroupTile): number {
  const { rowTiles, columnTiles } = productSizes(shape, tile);
  const rounds = Math.ceil((shape.batches * rowTiles * columnTiles) / CORES);
  return rounds * (tile.rows * tile.columns + 24 * (tile.rows + tile.columns));
}
