/** What a file is that holds no weights. */
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
