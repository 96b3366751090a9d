/**
 * What is done to a picture before the first convolution. It belongs to the weights: the original VGG and torchvision's
 * were trained with different channel order, range and mean, and one's features of the other's input are worthless.
 * Names follow "Caffe mode" of Keras' `preprocess_input` and torchvision's `ImageNet1K` transforms.
 */
/**
 * The network's input is `(pixel * scale - mean) / std`, for pixels in 0..255. `mean` and `std` are listed red, green,
 * blue whatever the order, and in units after `scale`.
 *
 * @category Networks
 */
export interface Preprocessing {
  /** Order of the channels that the weights were trained with. */
  order: "RGB" | "BGR";
  scale: number;
  mean: readonly [red: number, green: number, blue: number];
  std: readonly [red: number, green: number, blue: number];
}

/** The original VGG weights by Simonyan and Zisserman, also Keras' and TensorFlow.js's. */
export const CAFFE: Preprocessing = { order: "BGR", scale: 1, mean: [123.68, 116.779, 103.939], std: [1, 1, 1] };

/** The VGG weights that torchvision trained. */
export const TORCHVISION: Preprocessing = {
  order: "RGB",
  scale: 1 / 255,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

/**
 * The preprocessing that the metadata of a weight file demand. The key `preprocessing` is one of
 * - `caffe` or `torchvision`: {@link CAFFE}, {@link TORCHVISION};
 * - `BGR, 0..255, minus mean`, also with `RGB`, `0..1` or `, divided by std`: then `mean_bgr` or `mean_rgb` and, if
 *   divided, `std_bgr` or `std_rgb` have three numbers, such as `103.939,116.779,123.68`, in the units of the range.
 *
 * @param fallback what holds if the metadata have no such key
 * @param file name of the file, for messages
 * @throws WeightsError if the metadata cannot be understood, because a guess would only show in bad pictures.
 */
export async function preprocessingOf(
  metadata: Readonly<Record<string, string>>,
  fallback: Preprocessing,
  file: string,
): Promise<Preprocessing> {
  const text = metadata.preprocessing?.trim();
  if (text === undefined) return fallback;
  if (text === "caffe") return CAFFE;
  if (text === "torchvision") return TORCHVISION;
  // Loaded only then: pages download less.
  return (await import("./preprocessing-form.ts")).parsePreprocessing(text, metadata, file);
}
