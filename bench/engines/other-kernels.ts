/**
 * The kernels that a step of VGG19 with its default settings does not need, one program of them all: other paddings and poolings,
 * moving and products of matrices, the gradient to weights, and what expands compact weights when they are loaded. It is profiled,
 * not run as a whole.
 */
import { compile } from "../../src/autograd/compile.ts";
import { gradients } from "../../src/autograd/gradient.ts";
import { apply } from "../../src/autograd/graph.ts";
import { averagePool2d, conv2d, crop, pad, totalVariation, upsampleNearest } from "../../src/autograd/operations.ts";
import { add, square } from "../../src/autograd/pointwise.ts";
import type { Program } from "../../src/autograd/program.ts";
import { channelMean, matmul, squaredError, sum, transpose } from "../../src/autograd/reductions.ts";
import { variable } from "../../src/autograd/runtime.ts";
import { reshape } from "../../src/autograd/shapes.ts";
import { openDevice } from "../../src/gpu/open-device.ts";
import { expandWeightsKernel } from "../../src/kernels/expand-weights.ts";
import type { OtherKernelsJob } from "../protocol.ts";
import { normal } from "../workload.ts";
import type { Engine } from "./engine.ts";

/** Of the image, as of VGG19's first features. */
const CHANNELS = 64;

const around = (pixels: number) => ({ top: pixels, bottom: pixels, left: pixels, right: pixels });

export async function open(): Promise<Engine> {
  const device = await openDevice({ onWarning: () => {} });
  let program: Program;

  return {
    version: "",
    async prepare({ size }: OtherKernelsJob) {
      const image = variable(device, [CHANNELS, size, size], normal(CHANNELS * size ** 2, 1));
      const weight = variable(device, [CHANNELS, CHANNELS, 3, 3], normal(9 * CHANNELS ** 2, 2, 0.06));
      // Pairs of float16: each word is 1 and 1. Variables, or they would be expanded before the program runs.
      const count = CHANNELS * size ** 2;
      const words = variable(device, [count / 2], new Float32Array(new Uint32Array(count / 2).fill(0x3c003c00).buffer));
      const kernel = expandWeightsKernel("F16", count, count / CHANNELS);
      program = await compile(device, () => {
        const pixels = reshape(image, [CHANNELS, size * size]);
        const outcomes = [
          conv2d(image, weight, { stride: 2, padding: 1, mode: "reflect" }),
          averagePool2d(image),
          upsampleNearest(crop(pad(image, around(8), "circular"), around(4)), 2),
          matmul(matmul(pixels, transpose(pixels)), pixels),
          channelMean(image),
          apply({ kind: "kernel", ...kernel }, [words], [count]),
        ];
        const total = [
          squaredError(image, pad(crop(image, around(1)), around(1), "replicate")),
          totalVariation(image),
        ].reduce(add, outcomes.map((each) => sum(square(each))).reduce(add));
        const [gradient, weightGradient] = gradients(total, [image, weight]);
        return { results: { total, gradient, weightGradient } };
      });
      return {};
    },
    start() {
      program.run();
      return async () => {
        await device.finish();
        return 0;
      };
    },
    profile: (repetitions) => program.profile(repetitions),
  };
}
