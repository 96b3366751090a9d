/** TensorFlow's names of VGG's weights, with their kernels in HWIO order, brought into the names and the order of this library. */
import type { TensorFile } from "./safetensors.ts";
import { gather } from "./strides.ts";

/**
 * Keras' `block1_conv1/kernel` and `block1_conv1_W_1:0`, and `conv1_1_W`, after any prefix; `conv1_1/kernel` as well.
 */
const NAME = /(?:^|\/)(?:block(\d)_conv|conv(\d)_)(\d)(?:\/(kernel|bias)|_(W|b)(?:_\d+)?)(?::0)?$/;

/** `conv1_1.weight` for `vgg19/block1_conv1/kernel:0` and its like; undefined for weights of other layers. */
export function standardName(name: string): string | undefined {
  const match = NAME.exec(name);
  if (match === null) return undefined;
  const [, block = match[2], , index, kind = match[5]] = match;
  return `conv${block}_${index}.${kind === "kernel" || kind === "W" ? "weight" : "bias"}`;
}

/** [height, width, inputs, outputs] to [outputs, inputs, height, width]; other shapes stay. */
export function shapeOihw(shape: readonly number[]): readonly number[] {
  return shape.length === 4 ? [shape[3], shape[2], shape[0], shape[1]] : shape;
}

/** The same for the values. */
export function toOihw(values: Float32Array, shape: readonly number[]): Float32Array {
  if (shape.length !== 4) return values;
  const [, width, inputs, outputs] = shape;
  return gather(values, shapeOihw(shape), [1, outputs, width * inputs * outputs, inputs * outputs]);
}

/** Named tensors of any kind. */
type Tensors = Pick<TensorFile, "shapes" | "read">;

/**
 * The tensors under standard names, in OIHW order; those with other names stay as they are.
 *
 * @param refuse makes the error for a reason
 * @throws that error if two tensors would get the same name.
 */
export function inStandardForm({ shapes, read }: Tensors, refuse: (reason: string) => Error): Tensors {
  const sources = new Map<string, string>();
  const standard = new Map<string, readonly number[]>();
  for (const [source, shape] of shapes) {
    const name = standardName(source);
    if (standard.has(name ?? source)) throw refuse(`two of its weights would be ${name ?? source}, one is ${source}`);
    standard.set(name ?? source, name === undefined ? shape : shapeOihw(shape));
    if (name !== undefined) sources.set(name, source);
  }
  return {
    shapes: standard,
    async read(name) {
      const source = sources.get(name);
      if (source === undefined && shapes.has(name) && standard.has(name)) return read(name);
      if (source === undefined) throw refuse(`it has no weight that would be ${name}`);
      return toOihw(await read(source), shapes.get(source) ?? []);
    },
  };
}
