/**
 * The convolutions of a VGG from a weight file, brought into one form: the format is found by content, names are the
 * standard ones, and conv1_1 takes RGB planes whatever order the network was trained with.
 */
import { embeddedWeights, openBytes } from "#files";
import { MissingLayerError, WeightsError } from "../errors.ts";
import { PADDINGS, type PaddingMode } from "../kernels/pad.ts";
import { POOLINGS, type Pooling } from "../kernels/pool.ts";
import { type Architecture, compareDepth, convolutionNames, parseLayerName } from "./architecture.ts";
import type { CompactTensor } from "./compact.ts";
import type { BytesSource, OpenOptions, RandomAccess } from "./files.ts";
import { recognize } from "./naming.ts";
import { CAFFE, type Preprocessing, preprocessingOf, TORCHVISION } from "./preprocessing.ts";
import { openSafetensors, type TensorFile } from "./safetensors.ts";

/**
 * The parameters of one 3x3 convolution.
 *
 * @category Networks
 */
export interface Convolution {
  /** `[outputs, inputs, 3, 3]` (OIHW), to be slid over the input without being flipped. Inputs of conv1_1 are RGB. */
  weight: Float32Array;
  /** `[outputs]`. */
  bias: Float32Array;
  outputs: number;
  inputs: number;
  kernel: 3;
}

/** A convolution whose weight may be left as the file stores it, in 16 or 8 bits. */
export type CompactConvolution = Omit<Convolution, "weight"> & { weight: Float32Array | CompactTensor };

/**
 * Pooling and padding that the network was made for; VGG's own are `"max"` and `"zero"`.
 *
 * @category Networks
 */
export interface Recommended {
  pooling: Pooling;
  padding: PaddingMode;
}

/**
 * An open weight file, checked: convolutions from conv1_1 on without gap, each taking what the one before it gives.
 *
 * @category Networks
 */
export interface NetworkWeights {
  architecture: Architecture;
  /** The convolutions in the file, in order, from conv1_1 on. */
  layers: string[];
  /** Output channels of each of them. */
  channels: Readonly<Record<string, number>>;
  /** The deepest layer whose features can be computed, such as `"relu3_4"`. */
  deepest: string;
  preprocessing: Preprocessing;
  /** If the file says it. */
  recommended?: Recommended;
  /** What the file says of itself. */
  metadata: Readonly<Record<string, string>>;
  /** Standard name of a layer (`"relu3_1"`), which this file reaches. Throws as `convolution` does. */
  layer(name: string): string;
  /**
   * Reads a convolution, such as `"conv1_1"` (or `"relu1_1"`).
   *
   * @throws {InvalidOptionError} if the architecture has no such layer.
   * @throws {MissingLayerError} if the file ends before it.
   * @throws {WeightsError} if its values cannot be read or are not finite.
   */
  convolution(name: string): Promise<Convolution>;
  /**
   * The same, but a weight that can be expanded on the GPU is left as the file stores it, as `loadNetwork` wants it.
   * @internal
   */
  convolution(name: string, form: "compact"): Promise<CompactConvolution>;
  /** Releases the file. */
  close(): Promise<void>;
}

/**
 * Opens a network: one that is known by its name, or a weight file, whose format is found by its content: safetensors, PyTorch's
 * .pth (both kinds), Keras' .h5, NumPy's .npz, or the `model.json` of a TensorFlow.js VGG. Tensors are called `conv1_1.weight`
 * (OIHW) and `conv1_1.bias`, or as torchvision (`features.0.weight`) or Keras do (`block1_conv1/kernel`, HWIO). The file may
 * end after any convolution, and the widths may be any. Only its header is read; the convolutions are read when asked for.
 *
 * Metadata of a safetensors file may say `architecture` (`vgg16`, `vgg19`, or one of them with a suffix like `-slim`),
 * `preprocessing` (weights/README.md has its forms; without it torchvision's names mean torchvision's preprocessing and all
 * others that of the original VGG), `pooling` and `padding`.
 *
 * @param source `"slim"`, the network that comes with this package; the name of an official one (`"vgg19"`, `"vgg16"`,
 * `"vgg19-torchvision"`, `"vgg16-torchvision"`), which is downloaded at its first use and kept; or the path, URL or bytes of a
 * weight file. A text without any of `. / \ :` is a name.
 * @throws {WeightsError} if the file is missing, unreadable, malformed or no VGG.
 * @throws {DownloadError} if a network cannot be downloaded, or must not be.
 * @example
 * ```ts
 * import { openNetworkWeights } from "nst-gpu";
 *
 * const weights = await openNetworkWeights("network.safetensors");
 * console.log(weights.architecture, weights.deepest); // vgg19 relu4_2
 * const { weight, bias, inputs, outputs } = await weights.convolution("conv1_1");
 * console.log(inputs, outputs, weight.length === 9 * inputs * outputs, bias.length === outputs); // 3 16 true true
 * await weights.close();
 * ```
 * @category Networks
 */
export async function openNetworkWeights(
  source: BytesSource | "slim" = "slim",
  options: OpenOptions = {},
): Promise<NetworkWeights> {
  if (source === "slim") {
    const url = embeddedWeights();
    return openNetworkWeights(url, options).catch((cause) => {
      if (!(cause instanceof WeightsError)) throw cause;
      // Mostly the work of a bundler that copies the code alone.
      const message = `The embedded network is not at ${url}. Pass its address as "network" (README.md, "In a page").`;
      throw new WeightsError(message, { cause });
    });
  }
  // Loaded only where it is used, as the formats are.
  const named = isName(source) ? await (await import("./install.ts")).openNamed(source, options) : undefined;
  const file = named?.file ?? (await openBytes(source, options));
  try {
    const tensors = await openTensors(file);
    return await networkOf({ ...tensors, metadata: { ...named?.metadata, ...tensors.metadata } }, file.name);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** A word without any of `. / \ :` is a name, never a path, so that a misspelled name is not looked for on disk. */
function isName(source: BytesSource): source is string {
  return typeof source === "string" && /^[^./\\:]+$/.test(source);
}

/** Chooses the format by the first bytes. */
async function openTensors(file: RandomAccess): Promise<TensorFile> {
  const start = await file.read(0, Math.min(file.size, 16));
  const text = String.fromCharCode(...start);
  // JSON has no byte 0, and a header of safetensors that is short enough to be read has some among its first eight.
  if (text[8] === "{" && text.slice(0, 8).includes("\0")) return openSafetensors(file);
  // Loaded only where it is used: pages download less.
  if (/^(\u00ef\u00bb\u00bf)?\s*\{/.test(text)) return (await import("./tfjs.ts")).openTfjs(file);
  if (text.startsWith("PK")) return (await import("./archives.ts")).openArchive(file);
  if (text.startsWith("\x80")) return (await import("./pth.ts")).openPthStream(file);
  if (text.startsWith("\x89HDF\r\n\x1a\n")) return (await import("./hdf5.ts")).openHdf5(file);
  throw (await import("./other-formats.ts")).unreadable(file.name, text);
}

/**
 * The same for tensors that are open already. Closing it closes them.
 *
 * @param file name of the file, for messages
 * @throws WeightsError if they are no VGG.
 */
export async function networkOf(tensors: TensorFile, file: string): Promise<NetworkWeights> {
  const { metadata } = tensors;
  const { architecture, names, torchvision } = await recognize(tensors, file);
  const preprocessing = await preprocessingOf(metadata, torchvision ? TORCHVISION : CAFFE, file);
  const layers = convolutionNames(architecture).filter((name) => names.has(`${name}.weight`));
  const channels = await checkShapes(tensors, names, layers, file);
  const deepest = layers[layers.length - 1].replace("conv", "relu");

  function layer(name: string): string {
    const standard = parseLayerName(name, architecture);
    if (compareDepth(standard, deepest) <= 0) return standard;
    const message = `${file} ends with ${deepest}, before ${standard}. Use layers up to ${deepest}, or a larger file.`;
    throw new MissingLayerError(message, standard, deepest);
  }

  async function readFinite<Values extends Float32Array | CompactTensor>(
    name: string,
    read: (name: string) => Promise<Values>,
  ): Promise<Values> {
    const values = await read(names.get(name) ?? name);
    if (!(values instanceof Float32Array)) return values; // which its reader has checked
    const index = values.findIndex((value) => !Number.isFinite(value));
    if (index < 0) return values;
    throw (await import("./other-formats.ts")).notFinite(file, name, values[index], index);
  }

  async function readConvolution(name: string, form?: "compact"): Promise<CompactConvolution> {
    const convolution = layer(name).replace("relu", "conv");
    const outputs = channels[convolution];
    const weight = await readFinite(`${convolution}.weight`, (form && tensors.readCompact) ?? tensors.read);
    const values = weight instanceof Float32Array ? weight : weight.data;
    if (convolution === "conv1_1" && preprocessing.order === "BGR") swapRedAndBlue(values);
    const bias = await readFinite(`${convolution}.bias`, tensors.read);
    return { weight, bias, outputs, inputs: values.length / (9 * outputs), kernel: 3 };
  }

  return {
    architecture,
    layers,
    channels,
    deepest,
    preprocessing,
    recommended: await recommendedBy(metadata, file),
    metadata,
    layer,
    convolution: readConvolution as NetworkWeights["convolution"],
    close: () => tensors.close(),
  };
}

/** Each convolution must be 3x3 and take what the one before it gives, 3 colors at first. Gives their output channels. */
async function checkShapes(
  { shapes }: TensorFile,
  names: ReadonlyMap<string, string>,
  layers: readonly string[],
  file: string,
): Promise<Record<string, number>> {
  const channels: Record<string, number> = {};
  let inputs = 3;
  for (const layer of layers) {
    const [weight, bias] = [`${layer}.weight`, `${layer}.bias`].map(
      (name) => shapes.get(names.get(name) ?? name) ?? [],
    );
    const outputs = weight[0];
    const fits = weight.join() === [outputs, inputs, 3, 3].join() && bias.join() === String(outputs) && outputs > 0;
    if (!fits) throw (await import("./other-formats.ts")).wrongShapes(file, layer, weight, bias, inputs);
    channels[layer] = outputs;
    inputs = outputs;
  }
  return channels;
}

async function recommendedBy(
  metadata: Readonly<Record<string, string>>,
  file: string,
): Promise<Recommended | undefined> {
  const { pooling, padding } = metadata;
  if (pooling === undefined && padding === undefined) return undefined;
  return {
    pooling: await oneOf(POOLINGS, pooling ?? "max", `${file}: pooling`),
    padding: await oneOf(PADDINGS, padding ?? "zero", `${file}: padding`),
  };
}

async function oneOf<Word extends string>(words: readonly Word[], found: string, what: string): Promise<Word> {
  const word = words.find((known) => known === found);
  if (word !== undefined) return word;
  throw (await import("./other-formats.ts")).unknownWord(what, found, words);
}

/** Exchanges input channels 0 and 2 of conv1_1, in place. */
function swapRedAndBlue(weight: Float32Array | CompactTensor["data"]): void {
  for (let output = 0; output < weight.length; output += 27) {
    const red = weight.slice(output, output + 9);
    weight.copyWithin(output, output + 18, output + 27);
    weight.set(red, output + 18);
  }
}
