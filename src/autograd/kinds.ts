/** What the nodes of a graph do: every kind of operation, with its parameters. */
import type { ConvolutionTile } from "../kernels/convolution.ts";
import type { GramShape } from "../kernels/gram.ts";
import type { Kernel } from "../kernels/kernel.ts";
import type { Padding } from "../kernels/pad.ts";
import type { Pointwise } from "../kernels/pointwise.ts";
import type { Pooling } from "../kernels/pool.ts";
import type { ProductTile } from "../kernels/product-tiles.ts";
import type { SumShape } from "../kernels/sum.ts";
import type { WinogradShape } from "../kernels/winograd.ts";
import type { WinogradFilters } from "../kernels/winograd-filters.ts";

/**
 * The pointwise operations, by the name under which gradient.ts knows their derivative; "custom" has none.
 *
 * @category Pointwise operations
 */
export type PointwiseName =
  | "add"
  | "subtract"
  | "multiply"
  | "divide"
  | "scale"
  | "addConstant"
  | "square"
  | "sqrt"
  | "abs"
  | "exp"
  | "log"
  | "tanh"
  | "sigmoid"
  | "pow"
  | "relu"
  | "leakyRelu"
  | "clamp"
  | "identity"
  | "constant"
  | "custom";

/**
 * Dimensions, outermost first; a scalar has none.
 *
 * @category Tensors
 */
export type Shape = readonly number[];

/**
 * What a node does. The first group is what users' calls and the rules of gradients make (operations.ts, gradient.ts); those of its
 * kinds that are one kernel stay as they are. The second is what expand.ts and the passes after it make of the others. One kernel each
 * (lower.ts), but for `winograd`, of which winograd.ts makes the third.
 */
export type Operation =
  | { kind: "constant" }
  | { kind: "variable" }
  | { kind: "pointwise"; name: PointwiseName; parameter: number; function: Pointwise }
  | { kind: "conv2d"; stride: number; padding: Padding; transposed: boolean }
  | { kind: "conv2dWeightGradient"; stride: number; padding: Padding }
  | { kind: "pad"; padding: Padding; epilogue?: Pointwise }
  | { kind: "padGradient"; padding: Padding; epilogue?: Pointwise }
  | { kind: "pool"; pooling: Pooling; epilogue?: Pointwise }
  | { kind: "poolGradient"; pooling: Pooling; epilogue?: Pointwise }
  | { kind: "upsample"; factor: number; epilogue?: Pointwise }
  | { kind: "upsampleGradient"; factor: number; epilogue?: Pointwise }
  | { kind: "dilate"; factor: number; epilogue?: Pointwise }
  | { kind: "transpose"; epilogue?: Pointwise }
  | { kind: "gram" }
  | { kind: "matmul"; transposeA: boolean; transposeB: boolean; tile?: ProductTile; epilogue?: Pointwise }
  | { kind: "sum"; keep: "channels" | "none" }
  | ({ kind: "kernel" } & Pick<Kernel, "wgsl" | "grid" | "label" | "flops" | "uniforms">)
  // Made by expand.ts and masks.ts:
  | { kind: "packWeights"; block: number; transposed: boolean }
  | { kind: "convolve"; stride: number; kernel: Shape; tile: ConvolutionTile; inPlace?: boolean; epilogue?: Pointwise }
  | ({ kind: "winogradFilters" } & WinogradFilters)
  | { kind: "winograd"; shape: WinogradShape; tile: ProductTile; inPlace?: boolean; epilogue?: Pointwise }
  | { kind: "weightGradient"; stride: number }
  | { kind: "gramPanels"; shape: GramShape; chunk: number }
  | { kind: "gramSlices"; shape: GramShape; chunk: number }
  | { kind: "signMask" }
  | { kind: "poolMask"; positive: boolean }
  | { kind: "sumSlices"; parts: number; epilogue?: Pointwise }
  | ({ kind: "sumRows"; prologue: Pointwise; epilogue?: Pointwise } & SumShape)
  // Made by winograd.ts:
  | { kind: "winogradInput"; shape: WinogradShape; chunk: number }
  | { kind: "product"; tile: ProductTile }
  | { kind: "winogradOutput"; shape: WinogradShape; chunk: number; inPlace?: boolean; epilogue?: Pointwise };

/** The operations of one kind. */
export type OperationOf<Kind extends Operation["kind"]> = Extract<Operation, { kind: Kind }>;
