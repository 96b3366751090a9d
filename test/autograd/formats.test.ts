/** Feature maps in float16 and their gradients in bfloat16: what it costs in the loss and its gradient, and what it saves in memory. */
import { describe, expect, it } from "vitest";
import { compile } from "../../src/autograd/compile.ts";
import { gradients } from "../../src/autograd/gradient.ts";
import type { Tensor } from "../../src/autograd/graph.ts";
import { averagePool2d, conv2d, maxPool2d } from "../../src/autograd/operations.ts";
import { add } from "../../src/autograd/pointwise.ts";
import { gram, squaredError } from "../../src/autograd/reductions.ts";
import { openDevice } from "../../src/gpu/open-device.ts";
import { constantOf, variableOf } from "../engine.ts";
import * as oracle from "../oracle/index.ts";
import { fakeDevice } from "./fake-gpu.ts";
import { compileVggStep, type StepOptions, zeroFill } from "./vgg-step.ts";

/** Loss and image gradient of style and content terms on a random network of six layers. */
async function evaluate(storage: "float32" | "float16", pool: (x: Tensor) => Tensor, height: number, width: number) {
  using device = await openDevice({ storage, onWarning() {} });
  const next = oracle.random(31);
  const image = variableOf(device, oracle.normal(next, [3, height, width]));
  const layers = Array.from({ length: 6 }, (_, index) => {
    const inputs = index === 0 ? 3 : 16;
    return {
      weight: constantOf(device, oracle.normal(next, [16, inputs, 3, 3], Math.sqrt(2 / (9 * inputs)))),
      bias: constantOf(device, oracle.normal(next, [16], 0.1)),
    };
  });
  const targets = [0, 2].map(() => constantOf(device, oracle.normal(next, [16, 16], 0.1)));
  const content = constantOf(device, oracle.normal(next, [16, height >> 2, width >> 2]));
  const program = await compile(device, () => {
    let x: Tensor = image;
    const features = layers.map(({ weight, bias }, index) => {
      if (index > 0 && index % 2 === 0) x = pool(x);
      x = conv2d(x, weight, { bias, padding: 1, activation: "relu" });
      return x;
    });
    const style = targets.map((target, index) => squaredError(gram(features[2 * index]), target));
    const loss = [...style, squaredError(features[5], content)].reduce(add);
    return { results: { loss, slope: gradients(loss, [image])[0] } };
  });
  program.run();
  const [loss] = await program.results.loss.read();
  const slope = await program.results.slope.read();
  const halves = program.steps.filter(({ tensor }) => tensor.format !== "float32").length;
  program.run();
  expect(await program.results.slope.read()).toEqual(slope);
  return { loss, slope, halves };
}

describe.each([
  { pool: maxPool2d, height: 32, width: 48 },
  { pool: averagePool2d, height: 24, width: 32 },
  { pool: maxPool2d, height: 21, width: 27 },
])("a network with $pool.name on $height x $width pixels", ({ pool, height, width }) => {
  // Rounding by 2^-11 turns the sign of about one ReLU in a thousand, whose whole share of the gradient is the error: its square
  // root, three percent, is the size to expect, however small the steps. The loss has no such jumps.
  it("has a loss within 0.2 % and a gradient within 5 % of float32's, the same bits every time", async () => {
    const whole = await evaluate("float32", pool, height, width);
    const halved = await evaluate("float16", pool, height, width);
    expect(whole.halves).toBe(0);
    expect(halved.halves).toBeGreaterThan(0);
    expect(Math.abs(halved.loss / whole.loss - 1)).toBeLessThan(0.002);
    const norm = (values: ArrayLike<number>) => Math.hypot(...Array.from(values));
    const difference = whole.slope.map((value, index) => value - halved.slope[index]);
    expect(norm(difference) / norm(whole.slope)).toBeLessThan(0.05);
  });
});

it("takes little more than half the memory of a step on VGG19", async () => {
  const options: StepOptions = {
    ...{ widths: [64, 128, 256, 512, 512], height: 512, width: 512, fill: zeroFill, contentLayer: "relu4_2" },
    styleLayers: ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"],
  };
  const planned = async (storage: "float32" | "float16") => {
    const { device } = await fakeDevice({ storage });
    return (await compileVggStep(device, options)).program.bytes.planned;
  };
  expect(await planned("float16")).toBeLessThan(0.65 * (await planned("float32")));
});
