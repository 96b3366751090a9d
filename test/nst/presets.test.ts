/** Presets against what their authors published; the numbers are those of pixels in 0..255. */
import { describe, expect, it } from "vitest";
import { PRESETS } from "../../src/nst/options.ts";
import { PRESET_TABLE } from "../../src/nst/presets.ts";
import { validateOptions } from "../../src/nst/validate.ts";
import { openNetworkWeights } from "../../src/vgg/weights.ts";

const FIVE = ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"];

describe.each(PRESETS)("%s", (name) => {
  const preset = PRESET_TABLE[name];

  it("says nothing that an option could not say", () => {
    const { contentLayers, styleLayers, contentWeight, styleWeight, tvWeight, pooling, padding } = preset;
    const { init, optimizer, steps, scaleSteps } = preset;
    const options = { contentLayers, styleLayers, contentWeight, styleWeight, tvWeight, pooling, padding };
    const image = { width: 1, height: 1, data: new Uint8Array(4) };
    const given = { ...options, init, optimizer, steps, scaleSteps };
    expect(validateOptions({ content: image, style: image, ...given })).toMatchObject(given);
    expect(preset.firstSteps).toBeGreaterThanOrEqual(1);
    expect(preset.ratio).toBeGreaterThan(1);
  });
});

it("gatys: Gatys, Ecker and Bethge 2016, relu4_2 against five layers of equal weight", () => {
  const { form, contentLayers, styleLayers, contentWeight, styleWeight, ...rest } = PRESET_TABLE.gatys;
  expect(form).toBe("gatys");
  expect(contentLayers).toEqual({ relu4_2: 1 });
  expect(styleLayers).toEqual(Object.fromEntries(FIVE.map((layer) => [layer, 1 / 5])));
  // Their own code for the published weights, at 512x512: content 1 mean (F-P)², style 1e3/C² mean (G-A)² for each layer,
  // in terms of 1/2 sum (F-P)² over 512 channels of 64x64 and of 1/(4 C²) sum (G-A)².
  const content = 2 / (512 * 64 * 64);
  const style = (channels: number) => ((1e3 / channels ** 2) * 4) / content;
  const ratio = styleWeight / 5 / contentWeight;
  // As theirs for the layers of 512 channels; they give the others up to 64 times as much.
  expect(ratio / style(512)).toBeGreaterThan(1);
  expect(ratio / style(512)).toBeLessThan(1.3);
  expect(ratio).toBeLessThan(style(256));
  expect(rest).toMatchObject({ tvWeight: 0, optimizer: { kind: "lbfgs" }, smallest: Infinity });
});

it("johnson: neural-style, content 5, style 100 at each layer, TV 1e-3, from faint noise by L-BFGS of history 100", () => {
  const { form, contentLayers, styleLayers, contentWeight, styleWeight, tv, tvWeight, ...rest } = PRESET_TABLE.johnson;
  expect({ form, tv }).toEqual({ form: "mean", tv: "l2" });
  expect({ contentLayers, contentWeight }).toEqual({ contentLayers: { relu4_2: 1 }, contentWeight: 5 });
  expect(FIVE.map((layer) => styleWeight * styleLayers[layer])).toEqual([100, 100, 100, 100, 100]);
  // Its gradient of a pixel is 1e-3 times the sum of differences; that of a sum of squares has a factor of 2.
  expect(2 * tvWeight).toBeCloseTo(1e-3, 12);
  expect(rest).toMatchObject({
    init: "noise",
    noise: { distribution: "normal", spread: 0.001, share: 1 },
    steps: 1000,
    optimizer: { kind: "lbfgs", history: 100 },
    pooling: "max",
    padding: "zero",
  });
});

it("crowson: style-transfer-pytorch with Gram matrices, in units of its normalised network", () => {
  const { form, contentLayers, styleLayers, contentWeight, styleWeight, optimizer, ...rest } = PRESET_TABLE.crowson;
  expect({ form, contentLayers, contentWeight, styleWeight }).toEqual({
    form: "scaled",
    contentLayers: { relu4_2: 1 },
    contentWeight: 0.015,
    styleWeight: 1,
  });
  expect(FIVE.map((layer) => Math.round(341 * styleLayers[layer]))).toEqual([256, 64, 16, 4, 1]);
  expect(Object.values(styleLayers).reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
  // A rate of 0.02 on pixels in 0..1.
  expect(optimizer).toEqual({ kind: "adam", learningRate: 0.02 * 255, beta1: 0.9, beta2: 0.999, averaging: 0.99 });
  expect(rest).toMatchObject({ init: "content", steps: 500, scaleSteps: 500, firstSteps: 1000, smallest: 128 });
  expect(rest.ratio ** 2).toBeCloseTo(2, 12);
  expect(rest).toMatchObject({ pooling: "max", padding: "zero", firstPadding: "replicate" });
});

it("tutorial: alpha 10, beta 40, layers of 0.2, from 60 % noise by plain gradient descent", () => {
  const { form, contentLayers, styleLayers, contentWeight, styleWeight, ...rest } = PRESET_TABLE.tutorial;
  expect({ form, contentLayers, contentWeight, styleWeight }).toEqual({
    form: "tutorial",
    contentLayers: { relu4_2: 1 },
    contentWeight: 10,
    styleWeight: 40,
  });
  expect(styleLayers).toEqual(Object.fromEntries(FIVE.map((layer) => [layer, 0.2])));
  expect(rest).toMatchObject({ tvWeight: 0, pooling: "average", padding: "zero", steps: 200, smallest: Infinity });
  expect(rest).toMatchObject({ init: "noise", noise: { distribution: "uniform", spread: 20, share: 0.6 } });
  expect(rest.optimizer).toEqual({ kind: "gd" });
});

it("slim: as recommended for the embedded network, which has all of its layers", async () => {
  const { form, contentLayers, styleLayers, pooling, padding, init, optimizer } = PRESET_TABLE.slim;
  const weights = await openNetworkWeights("slim");
  const layers = [...Object.keys(contentLayers), ...Object.keys(styleLayers)];
  const style = ["1_1", "1_2", "2_1", "2_2", "3_1", "3_2", "3_3", "3_4", "4_1"].map((name) => `relu${name}`);
  expect(layers).toEqual(["relu1_2", "relu2_2", "relu3_3", ...style]);
  expect(layers.map((layer) => weights.layer(layer))).toEqual(layers);
  expect({ pooling, padding }).toEqual(weights.recommended);
  expect({ form, init, kind: optimizer.kind }).toEqual({ form: "relative", init: "color", kind: "lbfgs" });
  await weights.close();
});
