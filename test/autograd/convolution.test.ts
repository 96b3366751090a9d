/** conv2d, eager and compiled, and its gradients to image, weights and bias, against the oracle. */
import { describe, expect, it } from "vitest";
import { compile } from "../../src/autograd/compile.ts";
import { gradients } from "../../src/autograd/gradient.ts";
import { type Conv2dOptions, conv2d } from "../../src/autograd/operations.ts";
import { sum } from "../../src/autograd/reductions.ts";
import { InvalidOptionError, ShapeError } from "../../src/errors.ts";
import { checkOperation, testDevice, variableOf } from "../engine.ts";
import * as oracle from "../oracle/index.ts";

const device = await testDevice();

const MODES = ["zero", "replicate", "reflect", "circular"] as const;
const KERNELS = [
  [1, 1],
  [2, 2],
  [3, 3],
  [5, 5],
  [7, 7],
  [1, 3],
  [5, 2],
  [3, 7],
];

/** Every kernel with every mode, either stride, channel counts around the tiles', widths on and off multiples of four. */
const next = oracle.random(31);
const pick = (values: readonly number[]) => values[Math.floor(next() * values.length)];
const cases = KERNELS.flatMap(([rows, columns], row) =>
  MODES.map((mode, column) => {
    const inputs = pick([1, 3, 4, 5, 8, 17]);
    const height = Math.max(2, rows) + Math.floor(next() * 4);
    // The unrolled code grows with the kernel's width; narrow images get small tiles, which compile faster.
    const width = Math.max(2, columns) + Math.floor(next() * (columns > 3 ? 4 : 14));
    const padding = Math.min(Math.floor(next() * 4), height - 1, width - 1);
    const stride = 1 + ((row + column) % 2);
    return {
      image: [inputs, height, width],
      weight: [pick([1, 3, 4, 5, 8, 17]), inputs, rows, columns],
      mode,
      padding,
      stride,
    };
  }),
);

it.each(cases)(
  "image $image, weights $weight, $padding $mode, stride $stride",
  async ({ image, weight, ...options }) => {
    const inputs = [oracle.normal(next, image), oracle.normal(next, weight), oracle.normal(next, [weight[0]])];
    const pixels = oracle.conv2d(inputs[0], inputs[1], undefined, options).data.length / weight[0];
    await checkOperation(
      device,
      inputs,
      (x, w, bias) => conv2d(x, w, { bias, ...options }),
      {
        value: (x, w, bias) => oracle.conv2d(x, w, bias, options),
        gradients: (g, x, w) => [
          oracle.conv2dInputGradient(g, x.shape, w, options),
          oracle.conv2dWeightGradient(g, x, w.shape, options),
          oracle.conv2dBiasGradient(g),
        ],
      },
      {
        label: `conv2d of [${image}]`,
        k: 4,
        terms: oracle.sizeOf(weight.slice(1)),
        gradientTerms: [oracle.sizeOf(weight) / weight[1], pixels, pixels],
      },
    );
  },
);

it.each([
  { width: 12, stride: 1 },
  { width: 13, stride: 2 },
])("with bias and ReLU, $width wide, stride $stride", async ({ width, stride }) => {
  const options = { stride, padding: 1, mode: "zero" } as const;
  const inputs = [oracle.normal(next, [3, 6, width]), oracle.normal(next, [9, 3, 3, 3]), oracle.normal(next, [9])];
  const linear = oracle.conv2d(inputs[0], inputs[1], inputs[2], options);
  const masked = (g: oracle.Array64) => oracle.reluGradient(g, linear);
  await checkOperation(
    device,
    inputs,
    (x, w, bias) => conv2d(x, w, { bias, ...options, activation: "relu" }),
    {
      value: () => oracle.relu(linear),
      gradients: (g, x, w) => [
        oracle.conv2dInputGradient(masked(g), x.shape, w, options),
        oracle.conv2dWeightGradient(masked(g), x, w.shape, options),
        oracle.conv2dBiasGradient(masked(g)),
      ],
    },
    { label: "conv2d with ReLU", k: 4, terms: 27, gradientTerms: [81, 6 * width, 6 * width] },
  );
});

it("without bias", async () => {
  const options = { stride: 1, padding: 2, mode: "reflect" } as const;
  const inputs = [oracle.normal(next, [4, 5, 8]), oracle.normal(next, [5, 4, 3, 3])];
  await checkOperation(
    device,
    inputs,
    (x, w) => conv2d(x, w, options),
    {
      value: (x, w) => oracle.conv2d(x, w, undefined, options),
      gradients: (g, x, w) => [
        oracle.conv2dInputGradient(g, x.shape, w, options),
        oracle.conv2dWeightGradient(g, x, w.shape, options),
      ],
    },
    { label: "conv2d without bias", k: 4, terms: 36, gradientTerms: [45, 63] },
  );
});

it("computes the gradient of the weights only when it is asked for", async () => {
  const image = variableOf(device, oracle.normal(next, [3, 6, 6]));
  const weight = variableOf(device, oracle.normal(next, [4, 3, 3, 3]));
  const kindsFor = async (wrt: "image" | "weight") => {
    const program = await compile(device, () => {
      const [slope] = gradients(sum(conv2d(image, weight)), [wrt === "image" ? image : weight]);
      return { results: { slope } };
    });
    const kinds = program.steps.map(({ tensor }) => tensor.operation.kind);
    program.dispose();
    return kinds;
  };
  expect(await kindsFor("image")).not.toContain("weightGradient");
  expect(await kindsFor("image")).toContain("convolve");
  expect(await kindsFor("weight")).toContain("weightGradient");
  expect(await kindsFor("weight")).not.toContain("convolve");
});

describe("refuses", () => {
  const image = variableOf(device, oracle.zeros([3, 6, 6]));
  const weight = variableOf(device, oracle.zeros([4, 3, 3, 3]));
  const matrix = variableOf(device, oracle.zeros([6, 6]));
  const call = (options: Conv2dOptions) => () => conv2d(image, weight, options);

  it("shapes that do not fit", () => {
    const wide = variableOf(device, oracle.zeros([4, 3, 3, 7]));
    const deep = variableOf(device, oracle.zeros([4, 5, 3, 3]));
    expect(() => conv2d(matrix, weight)).toThrow(
      new ShapeError("conv2d: a tensor of shape 6x6 is no image; pass [C, H, W]."),
    );
    expect(() => conv2d(image, matrix)).toThrow("weights 6x6 do not fit an image 3x6x6; they must be [outputs, 3,");
    expect(() => conv2d(image, deep)).toThrow("weights 4x5x3x3 do not fit an image 3x6x6");
    expect(() => conv2d(image, wide)).toThrow("a kernel of 3x7 does not fit into an image of 6x6 (padding included)");
    expect(call({ bias: matrix })).toThrow(ShapeError);
    expect(call({ padding: 6, mode: "reflect" })).toThrow("an image of 6x6 is too small for reflect padding of 6");
    expect(call({ padding: 7, mode: "circular" })).toThrow("an image of 6x6 is too small for circular padding of 7");
  });

  it("options out of range", () => {
    expect(call({ stride: 3 })).toThrow(new InvalidOptionError("conv2d: stride is 3; use 1 or 2."));
    expect(call({ stride: 0 })).toThrow(InvalidOptionError);
    expect(call({ padding: -1 })).toThrow(InvalidOptionError);
    expect(call({ padding: 0.5 })).toThrow(InvalidOptionError);
  });
});
