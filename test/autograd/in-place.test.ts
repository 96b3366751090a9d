/** Gradients that are added up in place: what they are, when they are made, and what may not be overwritten. */
import { describe, expect, it } from "vitest";
import { type ChooseConvolution, direct, winograd } from "../../src/autograd/algorithms.ts";
import { compile } from "../../src/autograd/compile.ts";
import { gradients } from "../../src/autograd/gradient.ts";
import { isContinuation, ownerOf, type Tensor } from "../../src/autograd/graph.ts";
import { conv2d } from "../../src/autograd/operations.ts";
import { add, relu, scale, square } from "../../src/autograd/pointwise.ts";
import type { Program } from "../../src/autograd/program.ts";
import { gram, sum } from "../../src/autograd/reductions.ts";
import { testDevice, variableOf } from "../engine.ts";
import * as oracle from "../oracle/index.ts";
import { fakeDevice } from "./fake-gpu.ts";
import { compileVggStep, zeroFill } from "./vgg-step.ts";

const device = await testDevice();

/** Nodes that go on in the buffer of a product. */
const inPlace = (program: Program) =>
  program.steps.filter(({ tensor }) => isContinuation(tensor) && tensor.inputs[0].operation.kind === "matmul");

const algorithms: [name: string, choose: ChooseConvolution][] = [
  ["direct", direct],
  ["Winograd's", (layer, target) => winograd(layer, 4, target)[0]],
  ["Winograd's in chunks", (layer, target) => winograd(layer, 4, target, 2 ** 16)[0]],
];

describe.each(algorithms)("with %s convolution", (_name, convolution) => {
  it.each([
    [6, 16, 24],
    [16, 13, 19],
    [5, 9, 8],
  ])("the sum of the gradients of style and of the next layer of %i channels of %i x %i", async (...shape) => {
    const next = oracle.random(61);
    const x = variableOf(device, oracle.normal(next, shape));
    const weight = variableOf(device, oracle.normal(next, [7, shape[0], 3, 3], 0.2));
    const style = (y: Tensor) => sum(square(gram(y)));
    const content = (y: Tensor) => sum(square(conv2d(y, weight, { padding: 1 })));
    const slope = async (loss: (y: Tensor) => Tensor, products: number) => {
      const trace = () => ({ results: { slope: gradients(loss(relu(scale(x, 2))), [x])[0] } });
      const program = await compile(device, trace, { convolution });
      expect(inPlace(program).length).toBe(products);
      program.run();
      return oracle.array64(shape, await program.results.slope.read());
    };
    const expected = oracle.add(await slope(style, 0), await slope(content, 0));
    const both = await slope((y) => add(style(y), content(y)), 1);
    oracle.compare(oracle.toFloat32(both), expected, { k: 8, terms: 1, label: "sum" });
  });
});

it("a product that is used twice is not overwritten", async () => {
  const next = oracle.random(62);
  const y = variableOf(device, oracle.normal(next, [4, 8, 12]));
  const weight = variableOf(device, oracle.normal(next, [4, 4, 3, 3]));
  const program = await compile(device, () => {
    const [style] = gradients(sum(square(gram(y))), [y]);
    return { results: { style, sum: add(style, conv2d(y, weight, { padding: 1 })) } };
  });
  expect(inPlace(program)).toEqual([]);
  program.dispose();
});

describe("in a step of style transfer on VGG19", async () => {
  const { device: fake } = await fakeDevice();
  const { program } = await compileVggStep(fake, {
    widths: [64, 128, 256, 512, 512],
    height: 256,
    width: 256,
    fill: zeroFill,
    contentLayer: "relu4_2",
    styleLayers: ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"],
  });
  const steps = program.steps.map(({ tensor }) => tensor);

  it("the gradients of four layers are added to those of their style", () => {
    expect(inPlace(program).map(({ tensor }) => tensor.shape.join("x"))).toEqual([
      "512x32x32",
      "256x64x64",
      "128x128x128",
      "64x256x256",
    ]);
  });

  it("of the largest maps no more than two are live at once", () => {
    const { lives } = program.plan;
    const largest = lives.filter(({ tensor }) => ownerOf(tensor).shape.join("x") === "64x256x256");
    const live = steps.map((_, step) => largest.filter(({ first, last }) => first <= step && step <= last).length);
    expect(Math.max(...live)).toBe(2);
  });
});
