/** What to say of a file that holds no weights, or unusable ones, or those of no VGG, or does not say how to use them. Loaded only then. */
import { WeightsError } from "../errors.ts";

/** What people are likely to pass instead, by its first characters. */
const OTHER_FORMATS: readonly [RegExp, string][] = [
  [/^$/, "empty"],
  [/^\x89HDF/, "a damaged HDF5 file"],
  [/^\s*</, "a web page: the address is not that of the file itself"],
  [/^version https/, "a Git LFS pointer: run git lfs pull"],
];

/** The error for a file that begins with `text`. */
export function unreadable(name: string, text: string): WeightsError {
  const [, found] = OTHER_FORMATS.find(([signature]) => signature.test(text)) ?? [];
  return new WeightsError(
    `${name} is no weight file that can be read${found === undefined ? "" : `, but ${found}`}. ` +
      "Pass a safetensors file, PyTorch's .pth, Keras' .h5, NumPy's .npz or the model.json of a TensorFlow.js model.",
  );
}

/** The error for a file of tensors that are those of no VGG, for a reason per architecture that was tried. */
export function noVgg(file: string, problems: readonly string[], architecture?: string): WeightsError {
  if (problems.length === 0) {
    return new WeightsError(
      `${file} has the architecture ${JSON.stringify(architecture)}. Only vgg16 and vgg19 (of any width) can be used: ` +
        "pass another file, or correct its metadata.",
    );
  }
  return new WeightsError(
    `${file} holds no VGG that can be used: ${problems.join("; ")}. It needs conv1_1 and all convolutions up to its ` +
      "last one, each with weight and bias, and without batch normalization, which can be folded into them.",
  );
}

/** The error for a convolution of other shapes than those that follow from the one before it. */
export function wrongShapes(
  file: string,
  layer: string,
  weight: readonly number[],
  bias: readonly number[],
  inputs: number,
): WeightsError {
  return new WeightsError(
    `${file}: ${layer} has weight [${weight}] and bias [${bias}] instead of [outputs,${inputs},3,3] and [outputs]. ` +
      "Convert the weights again, in OIHW order.",
  );
}

/** The error for metadata that ask for a preprocessing which nobody knows. */
export function unknownPreprocessing(file: string, text: string): WeightsError {
  return new WeightsError(
    `${file} asks for the preprocessing ${JSON.stringify(text)}, which is unknown. ` +
      'Write "caffe", "torchvision" or a form like "BGR, 0..255, minus mean" into its metadata.',
  );
}

/** The error for metadata that lack the numbers which their preprocessing needs. */
export function noThreeNumbers(file: string, key: "mean" | "std", text: string | undefined): WeightsError {
  return new WeightsError(
    `${file} says neither ${key}_rgb nor ${key}_bgr in three numbers${key === "std" ? " above 0" : ""} ` +
      `(${JSON.stringify(text)}), which its preprocessing needs. Write it into its metadata, such as "1,2,3".`,
  );
}

/** The error for metadata that recommend what nobody knows. */
export function unknownWord(what: string, found: string, words: readonly string[]): WeightsError {
  return new WeightsError(
    `${what} is ${JSON.stringify(found)}. Correct the file's metadata: use ${words.join(" or ")}.`,
  );
}

/** The error for a tensor with a value that is infinite or no number. */
export function notFinite(file: string, name: string, value: number, index: number): WeightsError {
  return new WeightsError(`${file}: ${name} has the value ${value} at ${index}. Download or convert it again.`);
}

/** The error for values that cannot be weights. */
export function noDtype(file: string, name: string, dtype: string): WeightsError {
  return new WeightsError(`${file}: ${name} is ${dtype}. Convert it to F32, F16 or BF16.`);
}
