import { describe, expect, expectTypeOf, it } from "vitest";
import { InvalidOptionError } from "../../src/errors.ts";
import { PADDINGS } from "../../src/kernels/pad.ts";
import { POOLINGS } from "../../src/kernels/pool.ts";
import { INITS, PRESETS, type StyleTransferOptions } from "../../src/nst/options.ts";
import { validateOptions } from "../../src/nst/validate.ts";

const CONTENT = "content.png";
const STYLE = "style.png";

/** Validates options that are good but for `changes`. */
function validate(changes: object) {
  return validateOptions({ content: CONTENT, style: STYLE, ...changes });
}

/** The message of the refusal; fails unless it is an InvalidOptionError. */
function refusal(options: unknown): string {
  try {
    validateOptions(options);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionError);
    return (error as Error).message;
  }
  throw new Error("The options were accepted.");
}

describe("what is accepted", () => {
  it("leaves undefined what is not given", () => {
    expect(validate({ size: undefined, optimizer: undefined })).toEqual({
      content: CONTENT,
      styles: [{ image: STYLE, weight: 1 }],
    });
  });

  it("does not change its argument", () => {
    const options = { content: CONTENT, style: [STYLE, { image: "b.png", weight: 3 }], scales: [64, 128] };
    const copy = structuredClone(options);
    validateOptions(options);
    expect(options).toEqual(copy);
  });

  const picture = { width: 2, height: 1, data: new Uint8ClampedArray(8) };
  it.each([
    ["a URL", new URL("https://example.org/a.png")],
    ["a Blob", new Blob(["x"])],
    ["an ArrayBuffer", new ArrayBuffer(1)],
    ["bytes", new Uint8Array(1)],
    ["a Buffer", Buffer.from("x")],
    ["pixels", picture],
    ["pixels in a Uint8Array", { ...picture, data: new Uint8Array(8) }],
    [
      "pixels of a class",
      new (class {
        width = 2;
        height = 1;
        data = picture.data;
      })(),
    ],
  ])("images as %s", (_, image) => {
    const valid = validateOptions({ content: image, style: [image, { image }], init: image });
    expect(valid.content).toBe(image);
    expect(valid.init).toBe(image);
    expect(valid.styles.map((style) => style.image)).toEqual([image, image]);
  });

  it.each([
    ["an image", STYLE, [1]],
    ["an image with a weight", { image: STYLE, weight: 5 }, [1]],
    ["a list", [STYLE, STYLE], [1 / 2, 1 / 2]],
    ["a list with weights", [{ image: STYLE, weight: 3 }, { image: STYLE }], [3 / 4, 1 / 4]],
    ["a list with a weight of 0", [{ image: STYLE, weight: 0 }, STYLE], [0, 1]],
  ])("style as %s, shares adding up to 1", (_, style, weights) => {
    expect(validate({ style }).styles).toEqual(weights.map((weight) => ({ image: STYLE, weight })));
  });

  it("layers as a list of equal weights that add up to 1, or with weights as they are", () => {
    const valid = validate({ styleLayers: ["relu1_1", "relu5_4"], contentLayers: { relu4_2: 2, relu3_1: 0 } });
    expect(valid.styleLayers).toEqual({ relu1_1: 0.5, relu5_4: 0.5 });
    expect(valid.contentLayers).toEqual({ relu4_2: 2, relu3_1: 0 });
  });

  it("every layer of VGG19", () => {
    // Simonyan and Zisserman 2015, table 1, configuration E: 2, 2, 4, 4 and 4 convolutions.
    const names = [2, 2, 4, 4, 4].flatMap((count, block) =>
      Array.from({ length: count }, (_, index) => `relu${block + 1}_${index + 1}`),
    );
    expect(Object.keys(validate({ styleLayers: names }).styleLayers ?? {})).toEqual(names);
  });

  it("an optimizer by its name or with parameters", () => {
    expect(validate({ optimizer: "adam" }).optimizer).toEqual({ kind: "adam" });
    const optimizer = { kind: "lbfgs", history: 20, learningRate: 0.5, lineSearch: "strong-wolfe" };
    expect(validate({ optimizer }).optimizer).toEqual(optimizer);
    expect(validate({ optimizer: { kind: "gd", momentum: 0, learningRate: undefined } }).optimizer).toEqual({
      kind: "gd",
      momentum: 0,
    });
  });

  it("the size from the scales where it is not given", () => {
    expect(validate({ scales: [64, 128] }).size).toBe(128);
    expect(validate({ scales: [64, 128], size: 128 }).size).toBe(128);
  });

  const both = { onStep() {}, onWarning() {}, signal: new AbortController().signal };
  it.each<[string, Partial<StyleTransferOptions>]>([
    ["smallest values", { size: 16, styleSize: 16, steps: 1, scaleSteps: 1, scales: [16], seed: 0, contentWeight: 0 }],
    ["largest values", { size: 16384, steps: 1e6, scales: [16383, 16384], seed: 2 ** 32 - 1, styleWeight: 3.4e38 }],
    ["smoothing alone", { contentWeight: 0, styleWeight: 0, tvWeight: 1 }],
    ["a network's path", { network: "./vgg19.safetensors" }],
    ["a network's bytes", { network: new Uint8Array(4) }],
    ["functions and signal", both],
    ["an adapter", { adapter: "swiftshader" }],
    ["an image to start from", { init: "start.png" }],
    ...INITS.map((init): [string, object] => [`init ${init}`, { init }]),
    ...PRESETS.map((preset): [string, object] => [`preset ${preset}`, { preset }]),
    ...POOLINGS.map((pooling): [string, object] => [`pooling ${pooling}`, { pooling }]),
    ...PADDINGS.map((padding): [string, object] => [`padding ${padding}`, { padding }]),
  ])("%s", (_, options) => {
    expect(validate(options)).toMatchObject(options);
  });

  it("a device of the caller's", () => {
    const device = { createBuffer() {}, queue: {}, limits: {} };
    expect(validate({ device }).device).toBe(device);
  });
});

describe("what is refused", () => {
  it.each([[undefined], [null], ["photo.jpg"], [[]], [() => {}]])("options that are %s", (options) => {
    expect(refusal(options)).toMatch(/^options is .* Give an object with at least content and style\.$/);
  });

  it.each(["content", "style"])("a missing %s", (option) => {
    expect(refusal({ content: CONTENT, style: STYLE, [option]: undefined })).toMatch(`${option} is missing`);
  });

  /** Changes to good options, and how the message begins and what its remedy says. */
  const cases: [changes: object, problem: string, remedy: RegExp][] = [
    [{ contentWieght: 1 }, "contentWieght is no option", /Did you mean "contentWeight"\?/],
    [{ colour: 1 }, "colour is no option", /Known are content, style, size/],
    [{ content: 5 }, "content is 5.", /Give an image: a path, URL/],
    [{ content: "" }, 'content is "".', /Give an image/],
    [{ content: null }, "content is null.", /Give an image/],
    [{ content: [CONTENT] }, 'content is ["content.png"].', /Give an image/],
    [{ content: new Uint8Array(0) }, "content has no bytes.", /PNG, JPEG or WebP/],
    [{ content: { width: 0, height: 1, data: new Uint8Array(0) } }, "content.width is 0.", /whole number/],
    [{ content: { width: 2, height: 1.5, data: new Uint8Array(8) } }, "content.height is 1.5.", /whole number/],
    [{ content: { width: 2, height: 1, data: [1, 2] } }, "content.data is [1, 2].", /Uint8ClampedArray/],
    [{ content: { width: 2, height: 2, data: new Uint8Array(12) } }, "content.data has 12 bytes.", /Give 16,.*2x2/],
    [{ style: [] }, "style is an empty list.", /at least one/],
    [{ style: [STYLE, 3] }, "style[1] is 3.", /Give an image/],
    [{ style: { image: STYLE, wieght: 2 } }, "style.wieght is no property", /Did you mean "weight"\?/],
    [{ style: [{ image: STYLE, weight: -1 }] }, "style[0].weight is -1.", /not negative/],
    [{ style: [{ image: STYLE, weight: 0 }] }, "style has only weights of 0.", /above 0/],
    [{ size: 15 }, "size is 15.", /from 16 to 16384/],
    [{ size: 16385 }, "size is 16385.", /from 16 to 16384/],
    [{ size: 100.5 }, "size is 100.5.", /whole number/],
    [{ size: "512" }, 'size is "512".', /whole number/],
    [{ size: Number.NaN }, "size is NaN.", /whole number/],
    [{ size: 512n }, "size is 512.", /whole number/],
    [{ styleSize: 8 }, "styleSize is 8.", /from 16 to 16384/],
    [{ steps: 0 }, "steps is 0.", /from 1 to 1000000/],
    [{ steps: 1e6 + 1 }, "steps is 1000001.", /from 1 to 1000000/],
    [{ scaleSteps: -3 }, "scaleSteps is -3.", /from 1 to 1000000/],
    [{ scales: 256 }, "scales is 256.", /list of sizes/],
    [{ scales: [] }, "scales is [].", /list of sizes/],
    [{ scales: [8, 64] }, "scales[0] is 8.", /from 16/],
    [{ scales: [128, 64] }, "scales is [128, 64].", /ascend/],
    [{ scales: [64, 64] }, "scales is [64, 64].", /ascend/],
    [{ scales: [64, 128], size: 256 }, "scales ends at 128 but size is 256.", /256/],
    [{ preset: "gatis" }, 'preset is "gatis".', /Did you mean "gatys"\? Give "slim", .*"crowson" or "tutorial"/],
    [{ preset: 1 }, "preset is 1.", /"slim"/],
    [{ offline: 1 }, "offline is 1.", /true or false/],
    [{ onDownload: true }, "onDownload is true.", /function/],
    [{ network: 19 }, "network is 19.", /"slim", "vgg19", or a path/],
    [{ contentWeight: -1 }, "contentWeight is -1.", /not negative/],
    [{ styleWeight: Number.POSITIVE_INFINITY }, "styleWeight is Infinity.", /finite/],
    [{ tvWeight: Number.NaN }, "tvWeight is NaN.", /finite/],
    [{ tvWeight: 1e39 }, "tvWeight is 1e+39.", /finite/],
    [{ contentWeight: 0, styleWeight: 0, tvWeight: 0 }, "styleWeight is 0", /positive/],
    [{ contentLayers: "relu4_2" }, 'contentLayers is "relu4_2".', /list of layers/],
    [{ contentLayers: [] }, "contentLayers names no layer.", /Name one/],
    [{ contentLayers: {} }, "contentLayers names no layer.", /Name one/],
    [{ contentLayers: ["conv4_2"] }, 'contentLayers names "conv4_2"', /Did you mean "relu4_2"\?/],
    [{ contentLayers: { rleu4_2: 1 } }, 'contentLayers names "rleu4_2"', /Did you mean "relu4_2"\?/],
    [{ styleLayers: ["relu6_1"] }, 'styleLayers names "relu6_1"', /Did you mean "relu\d_1"\?.*relu1_1 to relu5_4/],
    [{ styleLayers: ["toString"] }, 'styleLayers names "toString"', /relu1_1 to relu5_4/],
    [{ styleLayers: [42] }, "styleLayers names 42", /relu1_1 to relu5_4/],
    [{ styleLayers: ["relu1_1", "relu1_1"] }, 'styleLayers is ["relu1_1", "relu1_1"].', /once/],
    [{ styleLayers: { relu1_1: "1" } }, 'styleLayers.relu1_1 is "1".', /finite number/],
    [{ styleLayers: { relu1_1: 0, relu2_1: 0 } }, "styleLayers has only weights of 0.", /above 0/],
    [{ optimizer: "sgd" }, 'optimizer is "sgd".', /Did you mean "gd"\?/],
    [{ optimizer: null }, "optimizer is null.", /"lbfgs", "adam" or "gd"/],
    [{ optimizer: { history: 4 } }, "optimizer.kind is missing", /lbfgs, adam, gd/],
    [{ optimizer: { kind: "bfgs" } }, 'optimizer.kind is "bfgs".', /Did you mean "lbfgs"\?/],
    [{ optimizer: { kind: "lbfgs", histroy: 4 } }, "optimizer.histroy is no parameter of lbfgs", /mean "history"\?/],
    [{ optimizer: { kind: "adam", momentum: 0.5 } }, "optimizer.momentum is no parameter of adam", /beta1, beta2/],
    [{ optimizer: { kind: "lbfgs", history: 0 } }, "optimizer.history is 0.", /from 1/],
    [{ optimizer: { kind: "lbfgs", lineSearch: "wolfe" } }, 'optimizer.lineSearch is "wolfe".', /"strong-wolfe"/],
    [{ optimizer: { kind: "lbfgs", learningRate: 0 } }, "optimizer.learningRate is 0.", /above 0/],
    [{ optimizer: { kind: "adam", beta1: 1 } }, "optimizer.beta1 is 1.", /below 1/],
    [{ optimizer: { kind: "adam", beta2: -0.1 } }, "optimizer.beta2 is -0.1.", /from 0/],
    [{ optimizer: { kind: "adam", epsilon: 0 } }, "optimizer.epsilon is 0.", /above 0/],
    [{ optimizer: { kind: "adam", averaging: 1 } }, "optimizer.averaging is 1.", /below 1/],
    [{ optimizer: { kind: "gd", momentum: Number.NaN } }, "optimizer.momentum is NaN.", /below 1/],
    [{ init: "grey" }, 'init is "grey".', /Did you mean "gray"\?.*or an image/],
    [{ init: 0 }, "init is 0.", /Give an image/],
    [{ seed: -1 }, "seed is -1.", /from 0 to 4294967295/],
    [{ seed: 2 ** 32 }, "seed is 4294967296.", /from 0 to 4294967295/],
    [{ pooling: "avg" }, 'pooling is "avg".', /"max" or "average"/],
    [{ padding: "same" }, 'padding is "same".', /"zero"/],
    [{ adapter: "" }, 'adapter is "".', /not empty/],
    [{ adapter: 1 }, "adapter is 1.", /string/],
    [{ device: {} }, "device is an object (Object).", /GPUDevice, such as \(await openDevice\(\)\)\.gpu/],
    [{ adapter: "x", device: { createBuffer() {}, queue: {}, limits: {} } }, 'adapter is "x"', /one of the two/],
    [{ signal: new AbortController() }, "signal is an object (AbortController).", /signal of an AbortController/],
    [{ signal: { aborted: false, addEventListener() {} } }, "signal is an object", /signal of an AbortController/],
    [{ onStep: "log" }, 'onStep is "log".', /function/],
    [{ onWarning: null }, "onWarning is null.", /function/],
  ];
  it.each(cases)("%o", (changes, problem, remedy) => {
    const message = refusal({ content: CONTENT, style: STYLE, ...changes });
    expect(message.slice(0, problem.length)).toBe(problem);
    expect(message.slice(problem.length)).toMatch(remedy);
    expect(message).not.toContain("\n");
  });

  it("without printing long values in full", () => {
    const message = refusal({ content: CONTENT, style: STYLE, preset: "x".repeat(10_000) });
    expect(message.length).toBeLessThan(300);
  });
});

it("its type is that of the options, in one form", () => {
  const valid = validate({});
  expectTypeOf(valid.styles).toEqualTypeOf<{ image: NonNullable<StyleTransferOptions["content"]>; weight: number }[]>();
  expectTypeOf(valid.size).toEqualTypeOf<number | undefined>();
  expectTypeOf(valid.preset).toEqualTypeOf<StyleTransferOptions["preset"]>();
});
