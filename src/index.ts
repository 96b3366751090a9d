/**
 * What `import ... from "nst-gpu"` gives. Begin with {@link styleTransfer}; everything below it is there for losses, networks and
 * kernels of your own.
 *
 * @module nst-gpu
 */

// Devices and tensors.
export { type AdapterReport, listAdapters } from "#gpu";
// Images.
export { encode as encodeImage } from "#image";
// Differentiation and compiled programs.
export {
  type ChooseConvolution,
  type ConvolutionAlgorithm,
  type ConvolutionLayer,
  candidates as convolutionAlgorithms,
} from "./autograd/algorithms.ts";
export { type CompileOptions, compile, type Traced } from "./autograd/compile.ts";
export type { Step as ProgramStep } from "./autograd/execution.ts";
export { grad, valueAndGrad } from "./autograd/grad.ts";
export { type GradientsOf, gradients } from "./autograd/gradient.ts";
export type { Tensor } from "./autograd/graph.ts";
export type { PointwiseName, Shape } from "./autograd/kinds.ts";
// Operations.
export {
  averagePool2d,
  type Conv2dOptions,
  conv2d,
  crop,
  maxPool2d,
  pad,
  type Sides,
  totalVariation,
  upsampleNearest,
} from "./autograd/operations.ts";
export { applyKernel, type OwnKernel } from "./autograd/own-kernel.ts";
export type { Life, Place, Plan } from "./autograd/plan.ts";
export * from "./autograd/pointwise.ts";
export type { DispatchTime } from "./autograd/profile.ts";
export type { NamedTensors, Program } from "./autograd/program.ts";
export {
  channelMean,
  channelStd,
  channelSum,
  dot,
  gram,
  matmul,
  mean,
  squaredError,
  sum,
  transpose,
} from "./autograd/reductions.ts";
export { tensor, variable } from "./autograd/runtime.ts";
export * from "./autograd/shapes.ts";
// Errors.
export * from "./errors.ts";
export type { Device } from "./gpu/device.ts";
export type { DeviceOptions } from "./gpu/device-options.ts";
export { openDevice } from "./gpu/open-device.ts";
export type { Canvas } from "./gpu/painter.ts";
export type { OutputFormat } from "./image/codec.ts";
export { alphaPlane, toPicture, toPlanes } from "./image/convert.ts";
export { loadImage } from "./image/load.ts";
export type { DrawableImage, ImageSource, Picture, Planes } from "./image/picture.ts";
export { fitSize, resize } from "./image/resize.ts";
export { type SheetOptions, sideBySide } from "./image/sheet.ts";
export type { ConvolutionTile } from "./kernels/convolution.ts";
export type { Kernel } from "./kernels/kernel.ts";
export type { Padding, PaddingMode } from "./kernels/pad.ts";
export type { Pooling } from "./kernels/pool.ts";
export type { ProductTile, RegisterTile, SubgroupTile, WorkgroupTile } from "./kernels/product-tiles.ts";
export type { TileTarget } from "./kernels/target.ts";
export type { WinogradShape } from "./kernels/winograd.ts";
// The objective and what minimises it.
export {
  type ObjectiveForm,
  type ObjectiveSettings,
  objective,
  type Target,
  type Targets,
  type Terms,
  type TotalVariation,
} from "./nst/objective.ts";
export { type AdamSettings, adam } from "./nst/optimizers/adam.ts";
export { type GradientDescentSettings, gradientDescent } from "./nst/optimizers/gradient-descent.ts";
export { type LbfgsSettings, lbfgs } from "./nst/optimizers/lbfgs.ts";
export type { Assignments, Momentum, Optimizer, Range } from "./nst/optimizers/optimizer.ts";
export type {
  AdamOptions,
  Changes,
  GradientDescentOptions,
  LayerWeights,
  LbfgsOptions,
  Losses,
  OptimizerOptions,
  PresetName,
  RunInfo,
  StepReport,
  StyleImage,
  StyleTransferOptions,
} from "./nst/options.ts";
export { PRESET_TABLE as presets, type Preset } from "./nst/presets.ts";
export type { SaveOptions, StyleTransferResult } from "./nst/result.ts";
export type { Color, Noise } from "./nst/start.ts";
// Style transfer.
export { styleTransfer } from "./nst/style-transfer.ts";
export { computeTargets, type WeightedStyle } from "./nst/targets.ts";
// VGG.
export { ARCHITECTURES, type Architecture, layerNames } from "./vgg/architecture.ts";
export type { DownloadProgress } from "./vgg/download.ts";
export type { BytesSource, OpenOptions } from "./vgg/files.ts";
export {
  deprocess,
  type FeatureOptions,
  features,
  loadNetwork,
  type Network,
  preprocess,
} from "./vgg/network.ts";
export type { Preprocessing } from "./vgg/preprocessing.ts";
export { type Convolution, type NetworkWeights, openNetworkWeights, type Recommended } from "./vgg/weights.ts";
