/** What weight files say of themselves, and those that cannot be right. */
import { describe, expect, it } from "vitest";
import { WeightsError } from "../../src/errors.ts";
import { openTensors as open, type Tensors, tensorsOf } from "./helpers.ts";

const FOUR = ["conv1_1", "conv1_2", "conv2_1", "conv2_2"];

describe("metadata", () => {
  it("tell the preprocessing", async () => {
    const own = { preprocessing: "RGB, 0..1, minus mean, divided by std", mean_rgb: "0.5, 0.25,0", std_bgr: "3,2,1" };
    expect((await open(tensorsOf(FOUR), own)).preprocessing).toEqual({
      order: "RGB",
      scale: 1 / 255,
      mean: [0.5, 0.25, 0],
      std: [1, 2, 3],
    });
    const named = await open(tensorsOf(FOUR), { preprocessing: "torchvision" });
    expect(named.preprocessing).toMatchObject({ order: "RGB", mean: [0.485, 0.456, 0.406] });
  });

  it.each<[Record<string, string>, RegExp]>([
    [{ preprocessing: "whitened" }, /preprocessing "whitened", which is unknown/],
    [{ preprocessing: "BGR, 0..255, minus mean" }, /neither mean_rgb nor mean_bgr/],
    [{ preprocessing: "BGR, 0..255, minus mean", mean_bgr: "1,2" }, /three numbers \("1,2"\)/],
    [{ preprocessing: "BGR, 0..255, minus mean", mean_bgr: "1,2,x" }, /three numbers/],
    [{ preprocessing: "BGR, 0..255, minus mean", mean_bgr: "1,,3" }, /three numbers/],
    [{ preprocessing: "RGB, 0..1, minus mean, divided by std", mean_rgb: "0,0,0", std_rgb: "1,1,0" }, /above 0/],
    [{ pooling: "median" }, /pooling is "median".*use max or average/],
    [{ padding: "constant" }, /padding is "constant"/],
    [{ architecture: "resnet50" }, /architecture "resnet50"/],
  ])("that cannot be understood are refused: %j", async (metadata, message) => {
    await expect(open(tensorsOf(FOUR), metadata)).rejects.toThrow(WeightsError);
    await expect(open(tensorsOf(FOUR), metadata)).rejects.toThrow(message);
  });

  it("recommend pooling and padding, VGG's own where they say one only", async () => {
    expect((await open(tensorsOf(FOUR))).recommended).toBeUndefined();
    const weights = await open(tensorsOf(FOUR), { padding: "reflect" });
    expect(weights.recommended).toEqual({ pooling: "max", padding: "reflect" });
  });
});

describe("networks that cannot be right", () => {
  it.each<[string, (tensors: Tensors) => void, RegExp]>([
    ["a missing bias", (t) => delete t["conv2_2.bias"], /conv2_2\.bias is missing/],
    ["a missing weight", (t) => delete t["conv1_1.weight"], /conv1_1\.weight is missing/],
    [
      "a gap",
      (t) => {
        delete t["conv1_2.weight"];
        delete t["conv1_2.bias"];
      },
      /conv1_2\.weight is missing/,
    ],
    [
      "no such convolution",
      (t) => Object.assign(t, { "conv2_3.bias": t["conv2_2.bias"] }),
      /conv2_3\.bias belongs to no/,
    ],
    ["nothing of a VGG", (t) => Object.keys(t).forEach((name) => void delete t[name]), /conv1_1\.weight is missing/],
    [
      "HWIO order",
      (t) => Object.assign(t["conv1_1.weight"], { shape: [3, 3, 3, 2] }),
      /conv1_1 has weight \[3,3,3,2\]/,
    ],
    [
      "inputs that do not chain",
      (t) => Object.assign(t, { "conv1_2.weight": t["conv2_1.weight"], "conv1_2.bias": t["conv2_1.bias"] }),
      /conv1_2 has weight \[4,3,3,3\] and bias \[4\] instead of \[outputs,2,3,3\]/,
    ],
    ["a bias of another length", (t) => Object.assign(t, { "conv1_2.bias": t["conv1_1.bias"] }), /bias \[2\] instead/],
    [
      "no outputs",
      (t) => {
        t["conv1_1.weight"] = { dtype: "F32", shape: [0, 3, 3, 3], data: new Float32Array(0) };
        t["conv1_1.bias"] = { dtype: "F32", shape: [0], data: new Float32Array(0) };
      },
      /conv1_1 has weight \[0,3,3,3\]/,
    ],
  ])("are refused: %s", async (_, spoil, message) => {
    const tensors = tensorsOf(FOUR);
    spoil(tensors);
    await expect(open(tensors)).rejects.toThrow(WeightsError);
    await expect(open(tensors)).rejects.toThrow(message);
  });

  it.each([Number.NaN, Infinity, -Infinity])("are refused when a value is %s", async (value) => {
    const tensors = tensorsOf(FOUR);
    tensors["conv1_2.weight"].data[5] = value;
    tensors["conv2_1.bias"].data[1] = value;
    const weights = await open(tensors);
    await expect(weights.convolution("conv1_2")).rejects.toThrow(`conv1_2.weight has the value ${value} at 5`);
    await expect(weights.convolution("conv2_1")).rejects.toThrow(WeightsError);
    expect((await weights.convolution("conv1_1")).outputs).toBe(2);
  });
});
