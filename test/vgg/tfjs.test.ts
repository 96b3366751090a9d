import { describe, expect, it } from "vitest";
import { WeightsError } from "../../src/errors.ts";
import { openTfjs } from "../../src/vgg/tfjs.ts";
import { openNetworkWeights } from "../../src/vgg/weights.ts";
import { describeShared } from "../shared.ts";
import { bytesOf, madeUp, openFolder, toHwio } from "./helpers.ts";

const KERNEL = madeUp(4 * 3 * 9, 1);
const BIAS = madeUp(4, 2);

/** A model of conv1_1 (3 to 4 channels) whose kernel and bias are in the given shards. */
function open(
  shards: Record<string, Uint8Array>,
  change: { kernel?: object; bias?: object; before?: object[]; paths?: unknown; topology?: unknown } = {},
  onRead?: (file: string, length: number) => void,
) {
  const weights = [
    ...(change.before ?? []),
    { name: "block1_conv1/kernel", shape: [3, 3, 3, 4], dtype: "float32", ...change.kernel },
    { name: "block1_conv1/bias", shape: [4], dtype: "float32", ...change.bias },
  ];
  const manifest = [{ paths: change.paths ?? Object.keys(shards), weights }];
  const model = Buffer.from(JSON.stringify({ modelTopology: change.topology, weightsManifest: manifest }));
  return openTfjs(openFolder({ ...shards, "model.json": model }, "model.json", onRead));
}

const WHOLE = new Uint8Array(Buffer.concat([bytesOf(toHwio(KERNEL, 4, 3)), bytesOf(BIAS)]));

describe("TensorFlow.js models", () => {
  it("give kernels in OIHW order under the standard names", async () => {
    const tensors = await open({ shard: WHOLE });
    expect([...tensors.shapes]).toEqual([
      ["conv1_1.weight", [4, 3, 3, 3]],
      ["conv1_1.bias", [4]],
    ]);
    expect(await tensors.read("conv1_1.weight")).toEqual(KERNEL);
    expect(await tensors.read("conv1_1.bias")).toEqual(BIAS);
    await expect(tensors.read("conv1_2.weight")).rejects.toThrow(WeightsError);
    await tensors.close();
  });

  it("may be cut into shards anywhere, and only the shards needed are read", async () => {
    const read: string[] = [];
    const cuts = {
      a: WHOLE.slice(0, 7),
      b: WHOLE.slice(7, 100),
      c: new Uint8Array(0),
      d: WHOLE.slice(100, 433),
      e: WHOLE.slice(433),
    };
    const tensors = await open(cuts, {}, (file) => read.push(file));
    expect(await tensors.read("conv1_1.weight")).toEqual(KERNEL);
    expect(read).toEqual(["model.json", "a", "b", "d"]);
    expect(await tensors.read("conv1_1.bias")).toEqual(BIAS);
    expect(read.slice(4)).toEqual(["d", "e"]);
  });

  it.each([
    ["block1_conv1/kernel:0", "block1_conv1/bias:0"],
    ["vgg19/block1_conv1/kernel", "vgg19/block1_conv1/bias"],
    ["model/vgg16/conv1_1/kernel", "model/vgg16/conv1_1/bias"],
  ])("may name weights with a prefix or suffix: %s", async (kernel, bias) => {
    const tensors = await open({ shard: WHOLE }, { kernel: { name: kernel }, bias: { name: bias } });
    expect([...tensors.shapes.keys()]).toEqual(["conv1_1.weight", "conv1_1.bias"]);
  });

  it("may hold other weights in between, of any type", async () => {
    const before = [
      { name: "a", shape: [3], dtype: "int32" },
      { name: "b", shape: [5], dtype: "bool" },
      { name: "c", shape: [2], dtype: "float32", quantization: { dtype: "uint16", scale: 1, min: 0 } },
      { name: "block1_conv1_bn/kernel", shape: [], dtype: "float32" },
    ];
    const shard = new Uint8Array(Buffer.concat([new Uint8Array(12 + 5 + 4 + 4).fill(255), WHOLE]));
    const tensors = await open({ shard }, { before });
    expect(await tensors.read("conv1_1.weight")).toEqual(KERNEL);
    expect(tensors.shapes.size).toBe(2);
  });

  it.each([
    ["uint8", 255],
    ["uint16", 65535],
  ] as const)("may be quantized to %s: value = stored * scale + min", async (dtype, largest) => {
    // Quantized as tensorflowjs_converter does: min and max become 0 and the largest integer.
    const min = KERNEL.reduce((least, value) => Math.min(least, value));
    const scale = (KERNEL.reduce((most, value) => Math.max(most, value)) - min) / largest;
    const integers = Array.from(toHwio(KERNEL, 4, 3), (value) => Math.round((value - min) / scale));
    const stored = dtype === "uint8" ? Uint8Array.from(integers) : Uint16Array.from(integers);
    const shard = new Uint8Array(Buffer.concat([bytesOf(stored), bytesOf(BIAS)]));
    const tensors = await open({ shard }, { kernel: { quantization: { dtype, scale, min } } });
    const values = await tensors.read("conv1_1.weight");
    const expected = toHwio(KERNEL, 4, 3).map((_, i) => integers[i] * scale + min);
    expect(toHwio(values, 4, 3)).toEqual(expected);
    for (const [i, value] of values.entries()) expect(Math.abs(value - KERNEL[i])).toBeLessThanOrEqual(scale * 0.501);
    expect(await tensors.read("conv1_1.bias")).toEqual(BIAS);
  });

  it("may be quantized to float16", async () => {
    const bits = Uint16Array.of(0x3c00, 0xc000, 0x3555, 0x0000);
    const shard = new Uint8Array(Buffer.concat([bytesOf(toHwio(KERNEL, 4, 3)), bytesOf(bits)]));
    const tensors = await open({ shard }, { bias: { quantization: { dtype: "float16", original_dtype: "float32" } } });
    expect(await tensors.read("conv1_1.bias")).toEqual(Float32Array.of(1, -2, 0.333251953125, 0));
  });

  it("tell the architecture by the model's name", async () => {
    const topology = { model_config: { class_name: "Model", config: { name: "vgg16", layers: [] } } };
    expect((await open({ shard: WHOLE }, { topology })).metadata).toEqual({ architecture: "vgg16" });
    expect((await open({ shard: WHOLE }, { topology: { name: "model_1" } })).metadata).toEqual({});
  });

  it.each<[string, Parameters<typeof open>[1], RegExp]>([
    ["a missing shape", { kernel: { shape: undefined } }, /no name, dtype or shape/],
    ["a negative size", { kernel: { shape: [3, 3, 3, -4] } }, /no name, dtype or shape/],
    ["a size beyond all numbers", { kernel: { shape: Array(40).fill(2 ** 40) } }, /cannot have the shape/],
    ["no values", { kernel: { shape: [3, 3, 0, 4] } }, /cannot have the shape \[3,3,0,4\]/],
    ["an infinite size times zero", { kernel: { shape: [...Array(40).fill(2 ** 40), 0] } }, /cannot have the shape/],
    ["an unknown dtype", { bias: { dtype: "string" } }, /unknown dtype "string"/],
    [
      "an unknown quantization",
      { bias: { quantization: { dtype: "uint4", scale: 1, min: 0 } } },
      /unknown quantization/,
    ],
    [
      "a quantization without numbers",
      { bias: { quantization: { dtype: "uint8", scale: "1" } } },
      /unknown quantization/,
    ],
    ["two weights of one name", { bias: { name: "block1_conv1/kernel" } }, /two of its weights/],
    ["paths that are no names", { paths: [1] }, /no list of paths/],
    ["no paths", { paths: "shard" }, /no list of paths/],
  ])("are refused when they have %s", async (_, change, message) => {
    await expect(open({ shard: WHOLE }, change)).rejects.toThrow(WeightsError);
    await expect(open({ shard: WHOLE }, change)).rejects.toThrow(message);
  });

  it.each<[string, Uint8Array, Parameters<typeof open>[1], RegExp]>([
    ["too short", WHOLE.subarray(1), {}, /shard have 447 bytes, but the weights in them 448/],
    ["too long", new Uint8Array(500), {}, /shard have 500 bytes, but the weights in them 448/],
    ["missing", WHOLE, { paths: ["shards"] }, /needs the file shards/],
    ["of integers", WHOLE, { kernel: { dtype: "int32" } }, /is int32/],
  ])("are refused when a shard is %s", async (_, shard, change, message) => {
    const tensors = await open({ shard }, change);
    await expect(tensors.read("conv1_1.weight")).rejects.toThrow(WeightsError);
    await expect(tensors.read("conv1_1.weight")).rejects.toThrow(message);
    await tensors.close();
  });

  it("are refused when they are no JSON, no model, or need files that bytes do not have", async () => {
    for (const text of [
      "{",
      "[]",
      "{}",
      '{"weightsManifest":{}}',
      '{"weightsManifest":[{}]}',
      '{"weightsManifest":[null]}',
    ]) {
      await expect(openTfjs(openFolder({ m: Buffer.from(text) }, "m")), text).rejects.toThrow(WeightsError);
    }
    const manifest = [
      { paths: ["a"], weights: [{ name: "block1_conv1/kernel", shape: [3, 3, 3, 4], dtype: "float32" }] },
    ];
    manifest[0].weights.push({ name: "block1_conv1/bias", shape: [4], dtype: "float32" });
    const weights = await openNetworkWeights(Buffer.from(JSON.stringify({ weightsManifest: manifest })));
    await expect(weights.convolution("conv1_1")).rejects.toThrow(/needs the file a. Pass a path or URL/);
  });
});

describeShared("the real VGG19 in both of its formats", (shared) => {
  it("is the same, bit for bit", async () => {
    const [tfjs, safetensors] = await Promise.all([
      openNetworkWeights(shared("weights/vgg19-tfjs-partial/model.json")),
      openNetworkWeights(shared("weights/vgg19-conv1_1-conv3_4.safetensors")),
    ]);
    expect(tfjs.layers).toEqual(safetensors.layers);
    expect(tfjs.layers).toHaveLength(8);
    expect(tfjs.deepest).toBe("relu3_4");
    expect(tfjs.preprocessing).toEqual(safetensors.preprocessing);
    for (const layer of tfjs.layers) {
      const [a, b] = await Promise.all([tfjs.convolution(layer), safetensors.convolution(layer)]);
      expect(Buffer.compare(bytesOf(a.weight), bytesOf(b.weight)), layer).toBe(0);
      expect(Buffer.compare(bytesOf(a.bias), bytesOf(b.bias)), layer).toBe(0);
      expect([a.inputs, a.outputs]).toEqual([b.inputs, b.outputs]);
    }
    await tfjs.close();
    await safetensors.close();
  });
});
