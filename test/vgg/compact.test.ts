/** Weights in fewer bits: what is written, read back. */
import { describe, expect, it } from "vitest";
import { WeightsError } from "../../src/errors.ts";
import { convertWeights } from "../../src/vgg/convert.ts";
import { openMemory } from "../../src/vgg/files.ts";
import { decodeFloat16 } from "../../src/vgg/float16.ts";
import { choosePalette, encodeFloat16, scaleToIntegers } from "../../src/vgg/quantize.ts";
import { openSafetensors, writeSafetensors } from "../../src/vgg/safetensors.ts";
import { openNetworkWeights } from "../../src/vgg/weights.ts";
import { fixturePath } from "./fixtures.ts";
import { openTensors, seeded, tensorsOf } from "./helpers.ts";

/** Numbers like weights: a sum of three uniform ones, and now and then a large one. */
function weightsLike(length: number, seed: number): Float32Array {
  const random = seeded(seed);
  return Float32Array.from({ length }, () => (random() + random() + random() - 1.5) * (random() < 0.01 ? 5 : 0.1));
}

describe("encodeFloat16", () => {
  it("gives back every pattern that is a number", () => {
    const patterns = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((bits) => (bits & 0x7fff) <= 0x7c00);
    expect(Buffer.from(encodeFloat16(decodeFloat16(patterns)).buffer).equals(Buffer.from(patterns.buffer))).toBe(true);
  });

  it("takes the nearest, halfway the even one", () => {
    const positive = decodeFloat16(Uint16Array.from({ length: 0x7c00 }, (_, i) => i));
    const [middles, below, above, expected] = [[], [], [], []] as number[][];
    for (let i = 0; i + 1 < positive.length; i += 7) {
      const middle = (positive[i] + positive[i + 1]) / 2;
      middles.push(middle);
      below.push(middle * (1 - 2 ** -22));
      above.push(middle * (1 + 2 ** -22));
      expected.push(i);
    }
    const encode = (values: number[]) => [...encodeFloat16(Float32Array.from(values))];
    expect(encode(middles)).toEqual(expected.map((bits) => bits + (bits % 2)));
    expect(encode(below)).toEqual(expected);
    expect(encode(above)).toEqual(expected.map((bits) => bits + 1));
    expect(encode([65519, 65520, Infinity, -Infinity])).toEqual([0x7bff, 0x7c00, 0x7c00, 0xfc00]);
  });
});

describe("scaleToIntegers", () => {
  it("is off by at most half a step of each output", () => {
    const weight = weightsLike(4 * 90, 3).map((value, i) => value * 10 ** Math.floor(i / 90));
    const { data, scale } = scaleToIntegers(weight, 4);
    for (const [i, value] of weight.entries()) {
      const step = scale[Math.floor(i / 90)];
      expect(Math.abs(value - data[i] * step)).toBeLessThanOrEqual(step * (0.5 + 2 ** -15));
    }
    expect(scaleToIntegers(new Float32Array(9), 1)).toEqual({ data: new Int8Array(9), scale: new Float32Array(1) });
  });
});

describe("choosePalette", () => {
  it("is exact where there are not more than 256 values", () => {
    const weight = Float32Array.from({ length: 5000 }, (_, i) => ((i * 7919) % 256) / 64 - 2);
    const { data, palette } = choosePalette(weight);
    expect(Float32Array.from(data, (index) => palette[index])).toEqual(weight);
    expect(choosePalette(new Float32Array(9).fill(-3)).palette).toEqual(new Float32Array(256).fill(-3));
  });

  it("stands where k-means stands still: each weight at its nearest value, each value the mean of its weights", () => {
    const weight = weightsLike(20_000, 1);
    const { data, palette } = choosePalette(weight);
    const [sums, counts] = [new Float64Array(256), new Float64Array(256)];
    for (const [i, value] of weight.entries()) {
      const distances = palette.map((center) => Math.abs(center - value));
      expect(distances[data[i]]).toBe(Math.min(...distances));
      sums[data[i]] += value;
      counts[data[i]]++;
    }
    const means = sums.map((sum, i) => (counts[i] === 0 ? palette[i] : sum / counts[i]));
    // The border between two values moves by a rounding of float32, and with it, rarely, one weight.
    for (const [i, mean] of means.entries()) expect(Math.abs(mean - palette[i])).toBeLessThan(1e-6);
    expect(choosePalette(weight)).toEqual({ data, palette });
  });

  it("is better than 256 values at equal distances", () => {
    const weight = weightsLike(20_000, 2);
    const { data, palette } = choosePalette(weight);
    const sorted = weight.slice().sort();
    const step = (sorted.at(-1)! - sorted[0]) / 255;
    const error = (approximate: (i: number) => number) =>
      weight.reduce((sum, value, i) => sum + (value - approximate(i)) ** 2, 0);
    const uniform = error((i) => sorted[0] + step * Math.round((weight[i] - sorted[0]) / step));
    expect(error((i) => palette[data[i]])).toBeLessThan(uniform / 4);
  });
});

describe("convertWeights", () => {
  const names = ["conv1_1", "conv1_2", "conv2_1"];

  it.each([
    ["caffe", { preprocessing: "caffe", note: "kept" }],
    ["torchvision", { preprocessing: "torchvision", architecture: "vgg16-half" }],
    [
      "another preprocessing",
      { preprocessing: "BGR, 0..1, minus mean, divided by std", mean_bgr: ".1,.2,.3", std_rgb: "1,2,3" },
    ],
    ["no metadata", {}],
    ["what pooling it is for", { pooling: "average", padding: "replicate" }],
  ])("keeps the bits and %s", async (_, metadata) => {
    const original = await openTensors(tensorsOf(names), metadata as Record<string, string>);
    const bytes = await convertWeights(original);
    const converted = await openNetworkWeights(bytes);
    for (const name of names) expect(await converted.convolution(name)).toEqual(await original.convolution(name));
    const { architecture, layers, preprocessing, recommended } = original;
    expect(converted).toMatchObject({ architecture, layers, preprocessing });
    expect(converted.recommended).toEqual(recommended);
    expect(converted.metadata).toMatchObject(metadata);
    expect(await convertWeights(converted)).toEqual(bytes);
  });

  it("keeps a preprocessing that the file does not tell", async () => {
    const rename = (name: string) => `features.${{ conv1_1: 0, conv1_2: 2, conv2_1: 5 }[name]}`;
    const original = await openTensors(tensorsOf(names, rename));
    const converted = await openNetworkWeights(await convertWeights(original));
    expect(converted.preprocessing).toEqual(original.preprocessing);
    expect(converted.metadata).toMatchObject({ preprocessing: "torchvision" });
    expect(await converted.convolution("conv1_1")).toEqual(await original.convolution("conv1_1"));
  });

  it.each(["keras-official.h5", "stream-float32.pth", "zip-float32.pth", "hwio.npz"])(
    "keeps the bits of %s",
    async (file) => {
      const original = await openNetworkWeights(fixturePath(file));
      const converted = await openNetworkWeights(await convertWeights(original));
      const { architecture, layers, preprocessing } = original;
      expect(converted).toMatchObject({ architecture, layers, preprocessing });
      for (const name of layers) expect(await converted.convolution(name)).toEqual(await original.convolution(name));
      await original.close();
    },
  );

  it.each([
    ["f16", 2 ** -11], // of each value
    ["int8", 1 / 254], // half a step
    ["palette8", 1 / 255 / Math.sqrt(3)], // what 256 values at equal distances come to, which k-means must not exceed
  ] as const)("writes %s, which is read back nearly the same", async (dtype, tolerance) => {
    const original = await openNetworkWeights("slim");
    const bytes = await convertWeights(original, { dtype });
    const converted = await openNetworkWeights(bytes);
    expect(bytes.length / 367_376).toBeLessThan(dtype === "f16" ? 2.02 : 1.05);
    for (const name of original.layers) {
      const [a, b] = [await original.convolution(name), await converted.convolution(name)];
      const largest = a.weight.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const squares = a.weight.reduce((sum, value, i) => sum + (value - b.weight[i]) ** 2, 0);
      expect(Math.sqrt(squares / a.weight.length)).toBeLessThanOrEqual(tolerance * largest);
      if (dtype !== "f16") expect(b.bias).toEqual(a.bias);
    }
    await original.close();
  });

  it("ends where it is told to, and not beyond the weights", async () => {
    const original = await openNetworkWeights("slim");
    const converted = await openNetworkWeights(await convertWeights(original, { until: "conv2_1" }));
    expect(converted.layers).toEqual(names);
    await expect(convertWeights(original, { until: "conv5_1" })).rejects.toThrow(/ends with relu4_2, before relu5_1/);
    await original.close();
  });

  it("refuses what float16 cannot hold", async () => {
    const tensors = tensorsOf(["conv1_1"]);
    tensors["conv1_1.bias"].data[0] = 7e4;
    await expect(convertWeights(await openTensors(tensors), { dtype: "f16" })).rejects.toThrow(
      /conv1_1 has the value 70000, too large for float16/,
    );
  });
});

describe("malformed compact tensors are refused", () => {
  const indices = { dtype: "U8", shape: [2, 3], data: Uint8Array.of(0, 1, 2, 3, 4, 5) } as const;
  const palette = { dtype: "F32", shape: [5], data: new Float32Array(5) } as const;
  const integers = { dtype: "I8", shape: [2], data: new Int8Array(2) } as const;

  it.each([
    ["no palette", { "a.weight": indices }, /a\.palette has 0 values, too few for the index 5/],
    [
      "a short palette",
      { "a.weight": indices, "a.palette": palette },
      /a\.palette has 5 values, too few for the index 5/,
    ],
    [
      "a palette that is compact itself",
      { "a.weight": indices, "a.palette": integers, "a.scale": indices },
      /a\.palette has 0/,
    ],
  ])("%s", async (_, tensors, message) => {
    const file = await openSafetensors(openMemory(writeSafetensors(tensors)));
    await expect(file.read("a.weight")).rejects.toThrow(WeightsError);
    await expect(file.read("a.weight")).rejects.toThrow(message);
  });
});
