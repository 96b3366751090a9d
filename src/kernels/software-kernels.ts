/** What only software adapters need, in one module that is loaded with the first device on one (software.ts). */
export { sharedWeights, softwareConvolutionTile } from "./convolution-software.ts";
export { registerProduct } from "./product-registers.ts";
export { subgroupProduct } from "./product-subgroup.ts";
export { softwareTiles } from "./product-tiles-software.ts";
