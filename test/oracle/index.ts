/** The whole oracle: `import * as oracle from "./oracle/index.ts"`. */
export * from "./arrays.ts";
export * from "./channels.ts";
export * from "./compare.ts";
export * from "./convolution.ts";
export * from "./finite-difference.ts";
export * from "./lbfgs.ts";
export * from "./matrices.ts";
export * from "./objective.ts";
export * from "./optimizers.ts";
export * from "./padding.ts";
export * from "./pointwise.ts";
export * from "./pooling.ts";
export * from "./random.ts";
export * from "./reductions.ts";
export * from "./safetensors.ts";
export * from "./strong-wolfe.ts";
export * from "./vgg.ts";
