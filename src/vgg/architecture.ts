/**
 * VGG16 and VGG19 (Simonyan and Zisserman 2015, configurations D and E) as data, and the names of their layers. Only
 * the convolutional part: style transfer never reaches the classifier. Every convolution is 3x3 with stride 1 and is
 * followed by a ReLU; every block ends with a 2x2 pooling. Widths are not part of it: they come with the weights.
 */
import { InvalidOptionError } from "../errors.ts";
import { nearest } from "../nearest.ts";

/**
 * Convolutions in each of the five blocks (Simonyan and Zisserman 2015, table 1, configurations D and E).
 *
 * @category Networks
 */
export const ARCHITECTURES = {
  vgg16: [2, 2, 3, 3, 3],
  vgg19: [2, 2, 4, 4, 4],
} as const;

/**
 * `"vgg16"` or `"vgg19"`.
 *
 * @category Networks
 */
export type Architecture = keyof typeof ARCHITECTURES;

/** One step of the network: a convolution with its ReLU, or a 2x2 pooling. */
export interface Layer {
  kind: "convolution" | "pooling";
  /** `"conv4_2"` (block 4, second convolution) or `"pool4"`. */
  name: string;
}

/** The layers in the order in which an image passes through them: conv1_1, conv1_2, pool1, ... pool5. */
export function layersOf(architecture: Architecture): Layer[] {
  return ARCHITECTURES[architecture].flatMap((count, block) => [
    ...Array.from({ length: count }, (_, index): Layer => {
      return { kind: "convolution", name: `conv${block + 1}_${index + 1}` };
    }),
    { kind: "pooling", name: `pool${block + 1}` },
  ]);
}

/** The convolutions in order, conv1_1 to conv5_3 or conv5_4. */
export function convolutionNames(architecture: Architecture): string[] {
  return layersOf(architecture)
    .filter((layer) => layer.kind === "convolution")
    .map((layer) => layer.name);
}

/**
 * The layers whose features a loss can use, in order: relu1_1 to relu5_3 or relu5_4.
 *
 * @example
 * ```ts
 * import { layerNames } from "nst-gpu";
 *
 * console.log(layerNames("vgg16").slice(0, 3)); // [ 'relu1_1', 'relu1_2', 'relu2_1' ]
 * ```
 * @category Networks
 */
export function layerNames(architecture: Architecture): string[] {
  return convolutionNames(architecture).map((name) => name.replace("conv", "relu"));
}

/** All layers of VGG19 whose features a loss can use, in order; those of VGG16 are among them. */
export const VGG19_LAYERS: readonly string[] = layerNames("vgg19");

/**
 * Checks the name of a layer and gives its standard form, `"relu4_2"`. `"conv4_2"` names the same features, because
 * the losses always read a convolution after its ReLU.
 *
 * @throws InvalidOptionError if the architecture has no such layer; the message suggests the nearest name.
 * @example
 * parseLayerName("conv4_2"); // "relu4_2"
 */
export function parseLayerName(name: string, architecture: Architecture = "vgg19"): string {
  const known = layerNames(architecture);
  const standard = String(name).replace(/^conv/, "relu");
  if (known.includes(standard)) return standard;
  const suggestion = nearest(standard, known);
  throw new InvalidOptionError(
    `${architecture} has no layer ${JSON.stringify(name)}. ` +
      (suggestion === undefined ? "" : `Did you mean "${suggestion}"? `) +
      `Use one of ${known.join(", ")}.`,
  );
}

/**
 * Orders two layer names by depth, for `Array.prototype.sort`: negative if `a` comes before `b`, 0 if they are the
 * same layer. Holds for both architectures.
 *
 * @throws InvalidOptionError if one of them is no layer of VGG19.
 */
export function compareDepth(a: string, b: string): number {
  return VGG19_LAYERS.indexOf(parseLayerName(a)) - VGG19_LAYERS.indexOf(parseLayerName(b));
}
