/**
 * The network as an ONNX model, written in the Protocol Buffers encoding: each field is its number and wire type in one
 * variable-length integer, then the value (onnx.proto3 of the ONNX project has the numbers).
 */
import { DEEPEST_LAYER, followsPooling, seededNetwork, toOihw } from "../workload.ts";

type Bytes = Uint8Array;

const IR_VERSION = 8;
const OPSET = 13;
const FLOAT = 1;

/** An image `image` [1, 3, h, w] to `features` [1, 512, 1, 1]: the mean of each channel of relu5_1. */
export function seededModel(): Bytes {
  const nodes: Bytes[] = [];
  const weights: Bytes[] = [];
  let x = "image";
  for (const layer of seededNetwork()) {
    const { name, inputs, outputs, bias } = layer;
    if (followsPooling(layer)) {
      x = node(nodes, "MaxPool", [x], `pool${layer.poolings}`, { kernel_shape: [2, 2], strides: [2, 2] });
    }
    weights.push(
      tensor(`${name}.weight`, [outputs, inputs, 3, 3], toOihw(layer)),
      tensor(`${name}.bias`, [outputs], bias),
    );
    const attributes = { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [1, 1] };
    x = node(nodes, "Conv", [x, `${name}.weight`, `${name}.bias`], name, attributes);
    x = node(nodes, "Relu", [x], name.replace("conv", "relu"));
    if (name === DEEPEST_LAYER) node(nodes, "GlobalAveragePool", [x], "features");
  }
  const graph = join(
    ...nodes.map((each) => field(1, each)),
    field(2, text("vgg19")),
    ...weights.map((each) => field(5, each)),
    field(11, value("image", [1, 3, "height", "width"])),
    field(12, value("features", [1, 512, 1, 1])),
  );
  return join(integer(1, IR_VERSION), field(7, graph), field(8, integer(2, OPSET)));
}

/** Adds a node; returns the name of its output, which is its own. */
function node(
  nodes: Bytes[],
  type: string,
  inputs: readonly string[],
  name: string,
  attributes: Record<string, readonly number[]> = {},
): string {
  const INTS = 7;
  const attribute = ([key, values]: [string, readonly number[]]) =>
    field(5, join(field(1, text(key)), ...values.map((each) => integer(8, each)), integer(20, INTS)));
  nodes.push(
    join(
      ...inputs.map((input) => field(1, text(input))),
      field(2, text(name)),
      field(3, text(name)),
      field(4, text(type)),
      ...Object.entries(attributes).map(attribute),
    ),
  );
  return name;
}

function tensor(name: string, shape: readonly number[], values: Float32Array): Bytes {
  const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return join(...shape.map((size) => integer(1, size)), integer(2, FLOAT), field(8, text(name)), field(9, raw));
}

/** An input or output; dimensions without a number have a name. */
function value(name: string, shape: readonly (number | string)[]): Bytes {
  const dimensions = shape.map((size) => field(1, typeof size === "number" ? integer(1, size) : field(2, text(size))));
  const type = join(integer(1, FLOAT), field(2, join(...dimensions)));
  return join(field(1, text(name)), field(2, field(1, type)));
}

/** A field of bytes, which may be a message: wire type 2. */
function field(number: number, bytes: Bytes): Bytes {
  return join(variableLength(number * 8 + 2), variableLength(bytes.length), bytes);
}

/** A field of one whole number: wire type 0. */
function integer(number: number, value: number): Bytes {
  return join(variableLength(number * 8), variableLength(value));
}

/** Seven bits at a time, the lowest first; the highest bit of a byte says that more follow. */
function variableLength(value: number): Bytes {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Uint8Array.from([...bytes, rest]);
}

function text(value: string): Bytes {
  return new TextEncoder().encode(value);
}

function join(...parts: Bytes[]): Bytes {
  return new Uint8Array(Buffer.concat(parts));
}
