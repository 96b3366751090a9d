/** From options to settings: what the preset decides, and what options change. */
import { describe, expect, it } from "vitest";
import { InvalidOptionError, MissingLayerError } from "../../src/errors.ts";
import type { StyleTransferOptions } from "../../src/nst/options.ts";
import { layersOfSettings, presetFor, resolveSettings } from "../../src/nst/settings.ts";
import { validateOptions } from "../../src/nst/validate.ts";
import { convolutionNames } from "../../src/vgg/architecture.ts";
import { openNetworkWeights } from "../../src/vgg/weights.ts";
import { openTensors, tensorsOf } from "../vgg/helpers.ts";

const image = { width: 1, height: 1, data: new Uint8Array(4) };
const NETWORK = "./vgg19.safetensors";
const all = convolutionNames("vgg19");
const vgg19 = await openTensors(tensorsOf(all), { architecture: "vgg19", preprocessing: "caffe" });
const torchvision = await openTensors(tensorsOf(all), { architecture: "vgg19", preprocessing: "torchvision" });
const slim = await openNetworkWeights("slim");

const validated = (options: Partial<StyleTransferOptions>) =>
  validateOptions({ content: image, style: image, ...options });

/** Settings with a network of all layers. */
const resolve = (options: Partial<StyleTransferOptions>, weights = vgg19) =>
  resolveSettings(validated({ network: NETWORK, ...options }), weights);

/** Sizes and steps as `[[size, steps], ...]`. */
const scalesOf = (options: Partial<StyleTransferOptions>) => resolve(options).scales.map((s) => [s.size, s.steps]);

describe("the preset", () => {
  it("is slim for the embedded network, wherever it comes from, and crowson for others, unless one is given", () => {
    expect(presetFor(validated({}), slim)).toBe("slim");
    expect(presetFor(validated({ network: new Uint8Array(9) }), slim)).toBe("slim");
    expect(presetFor(validated({ network: NETWORK }), vgg19)).toBe("crowson");
    expect(presetFor(validated({ preset: "johnson" }), slim)).toBe("johnson");
    expect(resolve({ preset: "johnson" }).preset).toBe("johnson");
  });

  it("decides all that the options leave open", () => {
    const { objective, init, seed, optimizer } = resolve({ preset: "johnson" });
    expect(objective).toMatchObject({
      form: "mean",
      contentWeight: 5,
      styleWeight: 100,
      pooling: "max",
      padding: "zero",
    });
    expect(objective.contentLayers).toEqual({ relu4_2: 1 });
    expect({ init, seed }).toEqual({ init: "noise", seed: 0 });
    expect(optimizer).toEqual({ kind: "lbfgs", history: 100, learningRate: 1, lineSearch: "none" });
  });
});

describe("noise", () => {
  it("of johnson and tutorial is around the color that the network takes for 0", () => {
    for (const preset of ["johnson", "tutorial"] as const) {
      expect(resolve({ preset }).noise.center).toEqual([123.68, 116.779, 103.939]);
      // 0.485, 0.456, 0.406 of 255.
      const { center } = resolve({ preset }, torchvision).noise;
      [123.675, 116.28, 103.53].forEach((value, color) => expect(center[color]).toBeCloseTo(value, 10));
    }
    expect(resolve({ preset: "johnson" }).noise).toMatchObject({ distribution: "normal", spread: 0.001, share: 1 });
    expect(resolve({ preset: "tutorial" }).noise).toMatchObject({ distribution: "uniform", spread: 20, share: 0.6 });
  });

  it("of other presets is gray", () => {
    const gray = { distribution: "normal", spread: 32, center: [127.5, 127.5, 127.5], share: 1 };
    for (const preset of ["slim", "gatys", "crowson"] as const) {
      expect(resolve({ preset, init: "noise" }).noise).toEqual(gray);
    }
  });
});

describe("options", () => {
  it("stand before the preset, one by one", () => {
    const changes = {
      contentWeight: 7,
      styleWeight: 8,
      tvWeight: 9,
      contentLayers: { relu3_1: 2 },
      styleLayers: ["relu1_1", "relu2_1"],
      pooling: "average",
      padding: "circular",
    } as const;
    const plain = resolve({ preset: "gatys" }).objective;
    const styleLayers = { relu1_1: 0.5, relu2_1: 0.5 };
    expect(resolve({ preset: "gatys", ...changes }).objective).toEqual({ ...plain, ...changes, styleLayers });
    expect(resolve({ seed: 41 }).seed).toBe(41);
  });

  it("of 0 count as given", () => {
    expect(resolve({ contentWeight: 0 }).objective.contentWeight).toBe(0);
    expect(resolve({ preset: "johnson", tvWeight: 0 }).objective.tvWeight).toBe(0);
  });
});

it("weights that f32 holds one by one but not multiplied are refused", () => {
  const heavy = { contentWeight: 2e38, contentLayers: { relu1_1: 1, relu2_1: 2 } };
  expect(() => resolve(heavy)).toThrow(InvalidOptionError);
  expect(() => resolve(heavy)).toThrow(/^contentWeight times the weight of relu2_1 is 4e\+38\. Use smaller weights/);
  expect(() => resolve({ ...heavy, contentLayers: ["relu1_1"] })).not.toThrow();
});

it("so is a weight of total variation that f32 does not hold once for each view", () => {
  const options = { tvWeight: 2e38, views: 2, preset: "slim" } as const;
  expect(() => resolve(options, slim)).toThrow(
    /^tvWeight times the weight of all views is 4e\+38\. Use smaller weights/,
  );
  expect(() => resolve({ ...options, views: 1 }, slim)).not.toThrow();
});

it("no weight at all is refused, unless the preset smooths", () => {
  const none = { contentWeight: 0, styleWeight: 0 };
  expect(() => resolve({ ...none, preset: "gatys" })).toThrow(/^styleWeight is 0 like the content weight/);
  expect(resolve({ ...none, preset: "slim" }, slim).objective.tvWeight).toBe(60);
});

describe("the optimizer", () => {
  const ofCrowson = {
    kind: "adam",
    learningRate: 0.02 * 255,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    averaging: 0.99,
  };

  it("of the preset keeps the preset's other parameters", () => {
    expect(resolve({}).optimizer).toEqual(ofCrowson);
    expect(resolve({ optimizer: "adam" }).optimizer).toEqual(ofCrowson);
    const optimizer = { kind: "adam", learningRate: 3, beta1: undefined, averaging: 0 } as const;
    expect(resolve({ optimizer }).optimizer).toEqual({ ...ofCrowson, learningRate: 3, averaging: 0 });
  });

  it("of another kind has nothing of the preset", () => {
    const lbfgs = { kind: "lbfgs", history: 10, learningRate: 1, lineSearch: "none" };
    expect(resolve({ optimizer: "lbfgs" }).optimizer).toEqual(lbfgs);
    expect(resolve({ optimizer: { kind: "lbfgs", history: 5 } }).optimizer).toEqual({ ...lbfgs, history: 5 });
    expect(resolve({ optimizer: { kind: "gd", learningRate: 2 } }).optimizer).toEqual({
      kind: "gd",
      learningRate: 2,
      momentum: 0,
    });
    expect(resolve({ preset: "gatys", optimizer: "adam" }).optimizer).toMatchObject({ kind: "adam", averaging: 0 });
  });
});

describe("scales", () => {
  // style-transfer-pytorch: round(end / 2^(i/2)) down to 128, 1000 steps at the first of several and 500 at the others.
  it.each([
    [512, [128, 181, 256, 362, 512]],
    [1024, [128, 181, 256, 362, 512, 724, 1024]],
    [300, [150, 212, 300]],
    [128, [128]],
    [100, [100]],
  ])("of crowson to %i", (size, sizes) => {
    expect(scalesOf({ size }).map(([side]) => side)).toEqual(sizes);
  });

  it.each([
    [512, 3000],
    [1024, 4000],
    [2048, 5000],
    [2896, 5500],
  ])("of crowson to %i have %i steps together", (size, steps) => {
    expect(scalesOf({ size }).reduce((sum, scale) => sum + scale[1], 0)).toBe(steps);
    expect(scalesOf({ size })[0]).toEqual([128, 1000]);
  });

  it("are one for presets without a pyramid, 512 where no size is given", () => {
    expect(scalesOf({ preset: "gatys" })).toEqual([[512, 500]]);
    expect(scalesOf({ preset: "johnson", size: 900, steps: 20 })).toEqual([[900, 20]]);
  });

  it("can be given, and so can the steps at the last and at all others", () => {
    const scales = [32, 48, 64];
    expect(scalesOf({ scales, steps: 7, scaleSteps: 3 })).toEqual([
      [32, 3],
      [48, 3],
      [64, 7],
    ]);
    expect(scalesOf({ scales, steps: 7 })).toEqual([
      [32, 1000],
      [48, 500],
      [64, 7],
    ]);
    expect(scalesOf({ scales: [64], steps: 7, scaleSteps: 3 })).toEqual([[64, 7]]);
  });
});

describe("layers", () => {
  it("are those of content and style, each once", () => {
    const settings = resolve({ contentLayers: ["relu2_1", "relu1_1"], styleLayers: ["relu1_1", "relu3_1"] });
    expect(layersOfSettings(settings).sort()).toEqual(["relu1_1", "relu2_1", "relu3_1"]);
  });

  it("that the network lacks are named, together with the deepest there is", () => {
    for (const options of [{ styleLayers: ["relu5_1"] }, { contentLayers: ["relu5_1"] }]) {
      const attempt = () => resolveSettings(validated(options), slim);
      expect(attempt).toThrow(MissingLayerError);
      expect(attempt).toThrow(/relu4_2.*relu5_1/);
      expect(attempt).toThrow(expect.objectContaining({ layer: "relu5_1", deepest: "relu4_2" }));
    }
  });

  it("have features divided by what crowson's weights take for granted, unless the network does that", () => {
    // Crowson's network sees pixels in 0..1 divided by the deviation, 0.229, 0.224 and 0.225 for the three colors.
    expect(resolve({}).objective.featureScale).toBeCloseTo(1 / (255 * 0.226), 10);
    expect(resolve({}, torchvision).objective.featureScale).toBe(1);
    expect(resolve({ preset: "gatys" }).objective.featureScale).toBe(1);
  });
});
