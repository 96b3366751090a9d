/** Which parts of a matrix product (product-tiles.ts) software adapters compute at a time. */
import type { ProductShape, ProductTile, RegisterTile, SubgroupTile } from "./product-tiles.ts";
import { SUBGROUP_LANES, type TileTarget } from "./target.ts";

/** What a tile costs besides its columns, reading its rows and storing them, takes as long as this many vec4s of columns, by trial on CPUs. */
const FIXED_COST = 1.8;

/** Tiles for a product, the best first; with subgroups also their twin without. */
export function softwareTiles(shape: ProductShape, target: Exclude<TileTarget, "gpu">): ProductTile[] {
  const adapter = target.startsWith("cpu") ? "cpu" : "swiftshader";
  const inSubgroups = target.endsWith("subgroups") ? subgroupTiles(shape, adapter) : [];
  return [...inSubgroups, registerTile(shape, adapter)];
}

/** Most vectors per tile, without subgroups and in them, and there most sums for which two steps share a turn of the loop: by trial. */
const MOST = {
  cpu: { vectors: 4, shared: 8, sums: 32 },
  // Its code, which is long, gets slower again past these.
  swiftshader: { vectors: 2, shared: 4, sums: 16 },
};

function registerTile({ rows, columns }: ProductShape, target: "cpu" | "swiftshader"): RegisterTile {
  const vectors = leastWaste(columns / 4, MOST[target].vectors);
  return { kind: "registers", rows: Math.min(rows, 16), vectors, lanes: 16 };
}

/** None where members of a subgroup would have no rows. */
function subgroupTiles({ rows, columns }: ProductShape, target: "cpu" | "swiftshader"): SubgroupTile[] {
  const most = MOST[target];
  const lanes = SUBGROUP_LANES[target];
  if (rows < 4 * lanes) return [];
  const vectors = leastWaste(columns / 4, most.shared);
  // No more sums than fit into the first cache beside all else.
  const each = vectors > 4 || rows % (8 * lanes) > 0 ? 4 : 8;
  return [{ kind: "subgroup", rows: each, vectors, lanes, steps: each * vectors > most.sums ? 1 : 2 }];
}

/** Vectors per tile, at most so many, that waste least time on columns past the last. */
function leastWaste(perRow: number, most: number): number {
  const cost = (vectors: number) => Math.ceil(perRow / vectors) * (vectors + FIXED_COST);
  let best = 1;
  for (let vectors = 2; vectors <= most; vectors++) if (cost(vectors) <= cost(best)) best = vectors;
  return best;
}
