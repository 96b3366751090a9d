/**
 * Where a PyTorch file comes from, which decides its preprocessing: the original VGG, converted from Caffe
 * (github.com/jcjohnson/pytorch-vgg), has the very names and shapes of torchvision's own training, but wants BGR in 0..255. Their
 * first filters have the same magnitude, too, so that nothing can be told from scales.
 */

/** The first hexadecimal digits of the SHA-256 of known files, which are in their names. */
const PREPROCESSINGS: Readonly<Record<string, string>> = {
  d01eb7cb: "caffe", // VGG19 and VGG16 of the authors
  "00b39a1b": "caffe",
  dcbb9e9d: "torchvision",
  "397923af": "torchvision",
};

/** How the bias of conv1_1 in the authors' VGG19 begins. */
const ORIGINAL_BIAS = [0.7301776, 0.06493629, 0.03428847, 0.8260386, 0.2578029, 0.54867655];

/** Numbers in bfloat16 are off by up to a 256th. */
const PRECISION = 1 / 256;

/**
 * Metadata for a state dict with torchvision's names: nothing, if neither the digits in the file's name nor the values tell. The
 * values outweigh the name.
 */
export async function originOf(
  fileName: string,
  shapes: ReadonlyMap<string, readonly number[]>,
  read: (name: string) => Promise<Float32Array>,
): Promise<Record<string, string>> {
  const bias = [...shapes.keys()].find((name) => /^(module\.)?(features\.)?0\.bias$/.test(name));
  if (bias !== undefined && shapes.get(bias)?.join() === "64" && isOriginal(await read(bias))) {
    return { preprocessing: "caffe" };
  }
  const digits = /-([\da-f]{8})\.[^./\\]*$/.exec(fileName)?.[1] ?? "";
  return Object.hasOwn(PREPROCESSINGS, digits) ? { preprocessing: PREPROCESSINGS[digits] } : {};
}

/** Whether the bias of conv1_1 is that of the original VGG19. */
export function isOriginal(bias: Float32Array): boolean {
  return ORIGINAL_BIAS.every((value, i) => Math.abs(bias[i] - value) <= PRECISION * value);
}
