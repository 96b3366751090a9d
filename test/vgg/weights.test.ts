import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { embeddedWeights } from "#files";
import { InvalidOptionError, MissingLayerError, WeightsError } from "../../src/errors.ts";
import { convolutionNames, torchvisionPositions } from "../../src/vgg/architecture.ts";
import { decodeFloat16 } from "../../src/vgg/float16.ts";
import { type TensorData, writeSafetensors } from "../../src/vgg/safetensors.ts";
import { openNetworkWeights } from "../../src/vgg/weights.ts";
import { bytesOf, smallNetwork, toHwio } from "./helpers.ts";

type Tensors = Record<string, TensorData>;

/** Tensors of a small network; `rename` gives the name of `conv1_1` and so on in the file. */
function tensorsOf(names: readonly string[], rename: (name: string) => string = (name) => name): Tensors {
  const tensors: Tensors = {};
  for (const { name, outputs, inputs, weight, bias } of smallNetwork(
    names,
    names.map((_, i) => 2 + i),
  )) {
    tensors[`${rename(name)}.weight`] = { dtype: "F32", shape: [outputs, inputs, 3, 3], data: weight };
    tensors[`${rename(name)}.bias`] = { dtype: "F32", shape: [outputs], data: bias };
  }
  return tensors;
}

function open(tensors: Tensors, metadata: Record<string, string> = {}) {
  return openNetworkWeights(writeSafetensors(tensors, metadata));
}

const VGG19 = convolutionNames("vgg19");
const VGG16 = convolutionNames("vgg16");
const FOUR = VGG19.slice(0, 4);

/** Torchvision's name of a convolution. */
function torchvision(architecture: "vgg16" | "vgg19") {
  const positions = new Map([...torchvisionPositions(architecture)].map(([position, name]) => [name, position]));
  return (name: string) => `features.${positions.get(name)}`;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nst-weights-"));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

describe("the embedded network", () => {
  it("opens without network, down to relu4_2, with what it was trained with", async () => {
    const fetched = vi.spyOn(globalThis, "fetch");
    const weights = await openNetworkWeights();
    expect(weights.architecture).toBe("vgg19");
    expect(weights.layers).toEqual(VGG19.slice(0, 10));
    expect(weights.deepest).toBe("relu4_2");
    expect(weights.preprocessing).toEqual({
      order: "BGR",
      scale: 1,
      mean: [123.68, 116.779, 103.939],
      std: [1, 1, 1],
    });
    expect(weights.recommended).toEqual({ pooling: "average", padding: "replicate" });
    expect(Object.values(weights.channels)).toEqual([16, 16, 32, 32, 64, 64, 64, 64, 128, 128]);
    for (const layer of weights.layers) {
      const { outputs, inputs, weight, bias } = await weights.convolution(layer);
      expect([weight.length, bias.length]).toEqual([outputs * inputs * 9, outputs]);
    }
    await weights.close();
    expect(fetched).not.toHaveBeenCalled();
  });

  it("has the color planes that train.py fixes in the first filters, for RGB", async () => {
    // train.py: filter i of 0..2 is [1,2,1]x[1,2,1]/16 / 2 / 64 on channel i of BGR, bias mean / 128, all before calibration,
    // which scales a filter and its bias alike.
    const weights = await openNetworkWeights("slim");
    const { weight, bias } = await weights.convolution("conv1_1");
    await weights.close();
    const means = [103.939, 116.779, 123.68];
    for (const filter of [0, 1, 2]) {
      const channel = 2 - filter;
      const center = weight[filter * 27 + channel * 9 + 4];
      const blur = [1, 2, 1, 2, 4, 2, 1, 2, 1].map((x) => (x / 4) * center);
      for (let i = 0; i < 27; i++) {
        const expected = Math.floor(i / 9) === channel ? blur[i % 9] : 0;
        expect(weight[filter * 27 + i]).toBeCloseTo(expected, 5);
      }
      expect(bias[filter] / center / ((means[filter] / 128) * 512)).toBeCloseTo(1, 2);
    }
  });

  it("is the file that weights/README.md describes", async () => {
    const bytes = await readFile(fileURLToPath(embeddedWeights()));
    const digest = Buffer.from(await crypto.subtle.digest("SHA-256", bytes)).toString("hex");
    const card = await readFile(new URL("../../weights/README.md", import.meta.url), "utf8");
    expect(card).toContain(digest);
  });
});

describe("weights of the original VGG", () => {
  it("take RGB although they were trained with BGR", async () => {
    const weights = await open(tensorsOf(FOUR));
    const [first, second] = smallNetwork(FOUR, [2, 3, 4, 5]);
    const loaded = await weights.convolution("conv1_1");
    expect(loaded).toMatchObject({ outputs: 2, inputs: 3, kernel: 3, bias: first.bias });
    for (let output = 0; output < 2; output++) {
      for (let channel = 0; channel < 3; channel++) {
        const from = (output * 3 + 2 - channel) * 9;
        const to = (output * 3 + channel) * 9;
        expect(loaded.weight.slice(to, to + 9)).toEqual(first.weight.slice(from, from + 9));
      }
    }
    expect(await weights.convolution("conv1_2")).toEqual({
      ...{ weight: second.weight, bias: second.bias },
      ...{ outputs: 3, inputs: 2, kernel: 3 },
    });
    expect(await weights.convolution("relu1_1")).toEqual(loaded); // reading twice does not swap twice
  });

  it("may end anywhere, with a message for layers beyond", async () => {
    const weights = await open(tensorsOf(FOUR));
    expect(weights.layers).toEqual(FOUR);
    expect(weights.deepest).toBe("relu2_2");
    expect(weights.layer("conv2_2")).toBe("relu2_2");
    const error = await weights.convolution("conv4_2").catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(MissingLayerError);
    expect(error).toMatchObject({ layer: "relu4_2", deepest: "relu2_2" });
    expect(() => weights.layer("relu3_1")).toThrow(/ends with relu2_2, before relu3_1\. Use layers up to relu2_2/);
    await expect(weights.convolution("conv9_1")).rejects.toThrow(InvalidOptionError);
  });

  it.each([
    ["VGG19", VGG19, {}, "vgg19", "relu5_4"],
    ["VGG16", VGG16, {}, "vgg16", "relu5_3"],
    ["too little to tell", VGG19.slice(0, 7), {}, "vgg19", "relu3_3"],
    ["too little to tell, but metadata do", VGG16.slice(0, 7), { architecture: "vgg16" }, "vgg16", "relu3_3"],
    ["a suffix", VGG16, { architecture: "VGG16-half" }, "vgg16", "relu5_3"],
  ])("tell their architecture: %s", async (_, names, metadata, architecture, deepest) => {
    expect(await open(tensorsOf(names), metadata)).toMatchObject({ architecture, deepest });
  });
});

describe("weights with torchvision's names", () => {
  it.each([
    ["vgg19", VGG19],
    ["vgg16", VGG16],
  ] as const)("are recognized with their preprocessing: %s", async (architecture, names) => {
    const classifier = { "classifier.0.weight": { dtype: "F32", shape: [1], data: new Float32Array(1) } } as const;
    const weights = await open({ ...tensorsOf(names, torchvision(architecture)), ...classifier });
    expect(weights).toMatchObject({ architecture, layers: names, deepest: names.at(-1)?.replace("conv", "relu") });
    expect(weights.preprocessing).toEqual({
      order: "RGB",
      scale: 1 / 255,
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
    });
    const [first] = smallNetwork(names, [2]);
    expect((await weights.convolution("conv1_1")).weight).toEqual(first.weight); // RGB already
    const deep = smallNetwork(
      names,
      names.map((_, i) => 2 + i),
    )[9];
    expect((await weights.convolution(names[9])).weight).toEqual(deep.weight);
  });

  it("may be of features alone, and of the original VGG if metadata say so", async () => {
    const rename = (name: string) => torchvision("vgg19")(name).replace("features.", "");
    const weights = await open(tensorsOf(FOUR, rename), { preprocessing: "caffe" });
    expect(weights).toMatchObject({ layers: FOUR, preprocessing: { order: "BGR", scale: 1 } });
  });

  it("are refused with batch normalization", async () => {
    const normalized = {
      ...tensorsOf(["conv1_1"], () => "features.0"),
      "features.1.weight": tensorsOf(["a"])["a.bias"],
    };
    await expect(open(normalized)).rejects.toThrow(
      /features\.1\.weight belongs to no convolution.*batch normalization/,
    );
    await expect(open(tensorsOf(FOUR), { architecture: "vgg19_bn" })).rejects.toThrow(/architecture "vgg19_bn"/);
  });
});

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

describe("files", () => {
  it("are told apart by content, not by name", async () => {
    const [{ weight, bias, outputs, inputs }] = smallNetwork(["conv1_1"], [2]);
    const path = join(folder, "network.bin");
    await writeFile(path, writeSafetensors(tensorsOf(["conv1_1"])));
    const fromSafetensors = await openNetworkWeights(path);
    const manifest = [
      {
        paths: ["shard"],
        weights: [
          { name: "block1_conv1/kernel", shape: [3, 3, inputs, outputs], dtype: "float32" },
          { name: "block1_conv1/bias", shape: [outputs], dtype: "float32" },
        ],
      },
    ];
    await writeFile(join(folder, "shard"), Buffer.concat([bytesOf(toHwio(weight, outputs, inputs)), bytesOf(bias)]));
    await writeFile(join(folder, "model"), `\ufeff \n${JSON.stringify({ weightsManifest: manifest })}`);
    const fromTfjs = await openNetworkWeights(join(folder, "model"));
    expect(await fromTfjs.convolution("conv1_1")).toEqual(await fromSafetensors.convolution("conv1_1"));
    await Promise.all([fromTfjs.close(), fromSafetensors.close()]);
  });

  it.each<[string, string | Uint8Array, RegExp]>([
    ["nothing", "", /but empty/],
    ["a web page", "\n<!doctype html>", /a web page/],
    ["a zip archive", "PK\u0003\u0004", /PyTorch's \.pth/],
    ["a pickle", Uint8Array.of(0x80, 2, 0x8a, 10), /a Python pickle/],
    ["HDF5", Uint8Array.of(0x89, 0x48, 0x44, 0x46, 13, 10), /Keras' \.h5/],
    ["an LFS pointer", "version https://git-lfs.github.com/spec/v1", /git lfs pull/],
    ["text", "hello", /no weight file that can be read\. Pass/],
  ])("of other formats are refused by name: %s", async (_, content, message) => {
    const bytes = Buffer.from(content);
    await expect(openNetworkWeights(bytes)).rejects.toThrow(WeightsError);
    await expect(openNetworkWeights(bytes)).rejects.toThrow(message);
  });

  it("that are missing name the path", async () => {
    await expect(openNetworkWeights(join(folder, "none.safetensors"))).rejects.toThrow(
      /none\.safetensors does not exist/,
    );
  });

  it("may hold 16-bit floats", async () => {
    const bits = Uint16Array.from({ length: 54 }, (_, i) => 0x3000 + 17 * i);
    const weights = await open({
      "conv1_1.weight": { dtype: "F16", shape: [2, 3, 3, 3], data: bits },
      "conv1_1.bias": { dtype: "BF16", shape: [2], data: Uint16Array.of(0x3f80, 0xc000) },
    });
    const { weight, bias } = await weights.convolution("conv1_1");
    expect(bias).toEqual(Float32Array.of(1, -2));
    expect(weight.slice(9, 18)).toEqual(decodeFloat16(bits.slice(9, 18))); // green stays in the middle
  });
});
