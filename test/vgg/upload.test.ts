/** Compact weights on their way to the GPU: as few bytes as their file has, and there the bits that the CPU expands them to. */
import { describe, expect, it } from "vitest";
import { WeightsError } from "../../src/errors.ts";
import { loadNetwork, type NetworkWeights, openNetworkWeights } from "../../src/index.ts";
import { convertWeights, type Dtype } from "../../src/vgg/convert.ts";
import { encodeFloat16 } from "../../src/vgg/quantize.ts";
import { type TensorData, writeSafetensors } from "../../src/vgg/safetensors.ts";
import { testDevice } from "../engine.ts";
import { describeShared } from "../shared.ts";
import { bytesOf, madeUp, smallNetwork, tensorsOf } from "./helpers.ts";

const device = await testDevice();

/** What a weight file comes to on the device, and what was uploaded for it. */
async function load(bytes: Uint8Array) {
  const weights = await openNetworkWeights(bytes);
  const { queue } = device.gpu;
  const writeBuffer = queue.writeBuffer;
  const uploads: number[] = [];
  queue.writeBuffer = (...write: Parameters<GPUQueue["writeBuffer"]>) => {
    // Sizes in uniforms are not weights.
    if (write[0].usage & GPU_BUFFER_USAGE_STORAGE) uploads.push(write[2].byteLength);
    return writeBuffer.apply(queue, write);
  };
  try {
    const network = await loadNetwork(device, weights, [weights.deepest]);
    return { weights, network, uploaded: uploads.reduce((sum, length) => sum + length, 0) };
  } finally {
    queue.writeBuffer = writeBuffer;
  }
}

const GPU_BUFFER_USAGE_STORAGE = 0x80;

/** Loads a file, and compares every weight on the device with what is computed without one. Returns the bytes uploaded. */
async function expectSame(bytes: Uint8Array): Promise<number> {
  const before = bytes.slice();
  const { bytes: allocated, buffers } = device.allocated;
  const { weights, network, uploaded } = await load(bytes);
  const total = weights.layers.length;
  expect(device.allocated.buffers - buffers).toBe(2 * total + 2);
  for (const name of weights.layers) {
    const { weight, bias } = await weights.convolution(name);
    const stored = network.convolutions.get(name)!;
    expect(isSame(await stored.weight.read(), weight), `weight of ${name}`).toBe(true);
    expect(isSame(await stored.bias.read(), bias), `bias of ${name}`).toBe(true);
  }
  network.dispose();
  expect(device.allocated).toEqual({ bytes: allocated, buffers });
  expect(isSame(bytes, before), "the caller's bytes").toBe(true);
  return uploaded;
}

const isSame = (a: ArrayBufferView, b: ArrayBufferView) => Buffer.compare(bytesOf(a), bytesOf(b)) === 0;

const NAMES = ["conv1_1", "conv1_2", "conv2_1"];
const WIDTHS = [3, 5, 7]; // 81, 135 and 315 weights, none a multiple of 2

/** A small network in each of the compact types, with values that the type does not change. */
function smallIn(type: "F16" | "BF16" | "I8" | "U8"): Record<string, TensorData> {
  const tensors: Record<string, TensorData> = {};
  for (const [index, { name, outputs, inputs, weight, bias }] of smallNetwork(NAMES, WIDTHS).entries()) {
    const shape = [outputs, inputs, 3, 3];
    const bytes = Uint8Array.from(weight, (_, i) => (i * 89 + index) % 251);
    tensors[`${name}.bias`] = { dtype: "F32", shape: [outputs], data: bias };
    const data = {
      F16: () => encodeFloat16(weight),
      BF16: () => Uint16Array.from(new Uint32Array(weight.buffer), (bits) => bits >>> 16),
      I8: () => new Int8Array(bytes.buffer),
      U8: () => bytes,
    }[type]();
    tensors[`${name}.weight`] = { dtype: type, shape, data };
    const table = type === "I8" ? "scale" : "palette";
    const length = type === "I8" ? outputs : 256;
    tensors[`${name}.${table}`] = { dtype: "F32", shape: [length], data: madeUp(length, 1).map((value) => value + 3) };
  }
  return tensors;
}

/** Converts, loads, compares, and holds what was uploaded against what float32 would have been. */
async function expectFewBytes(original: NetworkWeights, dtype: Dtype): Promise<void> {
  const uploaded = await expectSame(await convertWeights(original, { dtype }));
  const float32 = (await convertWeights(original)).length;
  // Biases, factors and palettes are float32.
  expect(uploaded / float32).toBeLessThan(dtype === "f16" ? 0.505 : 0.265);
}

describe("loadNetwork", () => {
  const small = (["F16", "BF16", "I8", "U8"] as const).flatMap((type) =>
    (["caffe", "torchvision"] as const).map((preprocessing) => ({ type, preprocessing })),
  );

  it.each(small)("expands $type of odd counts, in the order of $preprocessing", async ({ type, preprocessing }) => {
    const bytes = writeSafetensors(smallIn(type), { preprocessing });
    const weights = [81, 135, 315].map((count) => 4 * Math.ceil((count * (type.endsWith("16") ? 2 : 1)) / 4));
    const tables = { F16: 0, BF16: 0, I8: 4 * (3 + 5 + 7), U8: 4 * 256 * 3 }[type];
    // Beside them biases, mean and standard deviation.
    const rest = 4 * (3 + 5 + 7) + 24;
    expect(await expectSame(bytes)).toBe(weights.reduce((sum, length) => sum + length, tables + rest));
  });

  it.each(["f16", "int8", "palette8"] as const)("expands the embedded network, converted to %s", async (dtype) => {
    const slim = await openNetworkWeights("slim");
    await expectFewBytes(slim, dtype);
    await slim.close();
  });
});

it("nothing is left of a network that cannot be read to its end", async () => {
  const weights = await openNetworkWeights(writeSafetensors(smallIn("F16")));
  const broken = {
    ...weights,
    convolution: async (name: string) => {
      if (name === "conv2_1") throw new WeightsError("gone");
      return weights.convolution(name);
    },
  };
  const { bytes, buffers } = device.allocated;
  await expect(loadNetwork(device, broken as NetworkWeights, [weights.deepest])).rejects.toThrow("gone");
  expect(device.allocated).toEqual({ bytes, buffers });
});

describe("what GPUs may treat as they like is expanded before", () => {
  const scaled = (factor: number) => {
    const tensors = smallIn("I8");
    tensors["conv1_2.scale"].data[2] = factor;
    return tensors;
  };

  it.each([0, -1, 2 ** -127, -(2 ** -130), 2 ** 120 * 1.5])("the factor %d", async (factor) => {
    const tensors = scaled(factor);
    if (factor > 1) (tensors["conv1_2.weight"].data as Int8Array).fill(100); // 127 times it would be infinite
    const bytes = writeSafetensors(tensors);
    const weights = await openNetworkWeights(bytes);
    expect((await weights.convolution("conv1_2", "compact")).weight).toBeInstanceOf(Float32Array);
    expect((await weights.convolution("conv1_1", "compact")).weight).toMatchObject({ type: "I8" });
    await expectSame(bytes);
  });

  it.each([
    ["a float16", "F16", "weight", 0x7c00],
    ["a bfloat16", "BF16", "weight", 0xff80],
    ["a palette", "U8", "palette", Infinity],
    ["a factor", "I8", "scale", Infinity],
  ] as const)("%s that is not finite is refused", async (_, type, part, value) => {
    const tensors = smallIn(type);
    tensors[`conv1_2.${part}`].data[1] = value;
    const weights = await openNetworkWeights(writeSafetensors(tensors));
    const message = /conv1_2.weight has the value -?Infinity at \d+\. Download or convert it again/;
    await expect(loadNetwork(device, weights, ["relu1_2"])).rejects.toThrow(WeightsError);
    await expect(loadNetwork(device, weights, ["relu1_2"])).rejects.toThrow(message);
    (await loadNetwork(device, weights, ["relu1_1"])).dispose();
  });

  it("float32 comes as it is", async () => {
    const weights = await openNetworkWeights(writeSafetensors(tensorsOf(["conv1_1"])));
    expect(await weights.convolution("conv1_1", "compact")).toEqual(await weights.convolution("conv1_1"));
  });
});

describeShared("VGG19 to conv3_4", (path) => {
  it.each(["f16", "int8", "palette8"] as const)("in %s", async (dtype) => {
    const original = await openNetworkWeights(path("weights/vgg19-conv1_1-conv3_4.safetensors"));
    await expectFewBytes(original, dtype);
    await original.close();
  });
});
