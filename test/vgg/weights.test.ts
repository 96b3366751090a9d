import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { embeddedWeights } from "#files";
import { InvalidOptionError, MissingLayerError, WeightsError } from "../../src/errors.ts";
import { convolutionNames } from "../../src/vgg/architecture.ts";
import { decodeFloat16 } from "../../src/vgg/float16.ts";
import { writeSafetensors } from "../../src/vgg/safetensors.ts";
import { torchvisionPositions } from "../../src/vgg/torchvision.ts";
import { openNetworkWeights } from "../../src/vgg/weights.ts";
import { bytesOf, openTensors as open, smallNetwork, tensorsOf, toHwio } from "./helpers.ts";

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
    ["a zip archive", "PK\u0003\u0004", /no zip archive that can be read: .*truncated/],
    ["a pickle", Uint8Array.of(0x80, 2, 0x8a, 10), /no PyTorch file that can be read: the pickle ends too early/],
    ["HDF5", Uint8Array.of(0x89, 0x48, 0x44, 0x46, 10, 0x1a, 10), /a damaged HDF5 file/],
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
