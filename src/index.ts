/** nst-gpu: neural style transfer on WebGPU. What users import, and nothing else. */

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
export { grad, valueAndGrad } from "./autograd/grad.ts";
export { gradients } from "./autograd/gradient.ts";
export type { PointwiseName, Shape, Tensor } from "./autograd/graph.ts";
// Operations.
export {
  averagePool2d,
  type Conv2dOptions,
  channelMean,
  channelStd,
  channelSum,
  conv2d,
  crop,
  dot,
  gram,
  matmul,
  maxPool2d,
  mean,
  pad,
  type Sides,
  squaredError,
  sum,
  totalVariation,
  transpose,
  upsampleNearest,
} from "./autograd/operations.ts";
export { applyKernel, type OwnKernel } from "./autograd/own-kernel.ts";
export * from "./autograd/pointwise.ts";
export type { DispatchTime } from "./autograd/profile.ts";
export type { Program } from "./autograd/program.ts";
export { tensor, variable } from "./autograd/runtime.ts";
// Errors.
export * from "./errors.ts";
export { type Device, type DeviceOptions, openDevice } from "./gpu/device.ts";
export type { Canvas } from "./gpu/painter.ts";
export type { OutputFormat } from "./image/codec.ts";
export { alphaPlane, toPicture, toPlanes } from "./image/convert.ts";
export { loadImage } from "./image/load.ts";
export type { DrawableImage, ImageSource, Picture, Planes } from "./image/picture.ts";
export { fitSize, resize } from "./image/resize.ts";
export { sideBySide } from "./image/sheet.ts";
// The objective and what minimises it.
export { type ObjectiveSettings, objective, type Target, type Targets, type Terms } from "./nst/objective.ts";
export { adam } from "./nst/optimizers/adam.ts";
export { gradientDescent } from "./nst/optimizers/gradient-descent.ts";
export { lbfgs } from "./nst/optimizers/lbfgs.ts";
export type { Assignments, Momentum, Optimizer } from "./nst/optimizers/optimizer.ts";
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
// Style transfer.
export { styleTransfer } from "./nst/style-transfer.ts";
export { computeTargets, type WeightedStyle } from "./nst/targets.ts";
// VGG.
export { ARCHITECTURES, type Architecture, layerNames } from "./vgg/architecture.ts";
export type { DownloadProgress } from "./vgg/download.ts";
export {
  deprocess,
  type FeatureOptions,
  features,
  loadNetwork,
  type Network,
  preprocess,
} from "./vgg/network.ts";
export type { Preprocessing } from "./vgg/preprocessing.ts";
export { type NetworkWeights, openNetworkWeights } from "./vgg/weights.ts";
