/** The products of software adapters, in one module that is loaded where they are used. */
export { registerProduct } from "./product-registers.ts";
export { subgroupProduct } from "./product-subgroup.ts";
export { softwareTiles } from "./product-tiles-software.ts";
