/** How styleTransfer fails: with which error, how early, and never with an image. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Tensor } from "../../src/autograd/graph.ts";
import { totalVariation } from "../../src/autograd/operations.ts";
import { relu } from "../../src/autograd/pointwise.ts";
import { sum } from "../../src/autograd/reductions.ts";
import {
  DeviceLostError,
  ImageError,
  InvalidOptionError,
  LimitExceededError,
  MissingLayerError,
  NoAdapterError,
  NotFiniteError,
  ShapeError,
  WeightsError,
} from "../../src/errors.ts";
import { openDevice } from "../../src/gpu/open-device.ts";
import { prepareLineSearchStage } from "../../src/nst/line-search-stage.ts";
import type { StyleTransferOptions } from "../../src/nst/options.ts";
import { prepareFixedStage } from "../../src/nst/stage.ts";
import { styleTransfer } from "../../src/nst/style-transfer.ts";
import { type OwnDevice, openOwnDevice, SMALL } from "./gpu.ts";
import { smallNetwork } from "./network.ts";
import { scene, stripes } from "./pictures.ts";

let own: OwnDevice;
beforeAll(async () => {
  own = await openOwnDevice();
});
afterAll(() => own.device.destroy());

/** Runs that must fail, and the error they fail with. */
async function failure(changes: object): Promise<Error> {
  const options = { ...SMALL, ...changes } as StyleTransferOptions;
  const outcome = await styleTransfer(options).catch((error) => error);
  expect(outcome).toBeInstanceOf(Error);
  return outcome;
}

describe("before any adapter is asked for", () => {
  // Whatever gets as far as the GPU fails with NoAdapterError instead.
  const adapter = "no such adapter";

  const TOO_HEAVY = { styleWeight: 1e38, styleLayers: { relu1_1: 1e3 } };

  it("which is why this one fails late", async () => {
    expect(await failure({ adapter })).toBeInstanceOf(NoAdapterError);
  });

  it.each<[string, object, new (...args: never[]) => Error, RegExp]>([
    ["an unknown option", { sise: 5 }, InvalidOptionError, /sise.*Did you mean "size"/],
    ["a missing content", { content: "./no-such.png" }, ImageError, /no-such\.png.*no such file/],
    ["a missing style", { style: ["./no-such.png"] }, ImageError, /no-such\.png/],
    ["a missing start", { init: "./no-such.png" }, ImageError, /no-such\.png/],
    ["a content that is no image", { content: new Uint8Array(50) }, ImageError, /content image/],
    ["a second style that is no image", { style: [stripes(9, 9), new Uint8Array(50)] }, ImageError, /style image 2/],
    ["a missing weight file", { network: "./no-such.safetensors" }, WeightsError, /no-such\.safetensors/],
    ["weights whose product f32 cannot hold", TOO_HEAVY, InvalidOptionError, /styleWeight times.*relu1_1.* smaller/],
    ["a weight file that is none", { network: new Uint8Array(50) }, WeightsError, /safetensors/],
  ])("%s", async (_, changes, kind, message) => {
    const error = await failure({ adapter, ...changes });
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toMatch(message);
  });

  it("a layer that the network lacks, with its name and the deepest there is", async () => {
    const error = await failure({ adapter, styleLayers: ["relu1_1", "relu5_1"] });
    expect(error).toBeInstanceOf(MissingLayerError);
    expect(error).toMatchObject({ layer: "relu5_1", deepest: "relu4_2" });
    const own = await failure({ adapter, network: smallNetwork(1).bytes, contentLayers: ["relu3_4"] });
    expect(own).toMatchObject({ layer: "relu3_4", deepest: "relu3_1" });
  });

  it("images too small for the poolings, with the least size", async () => {
    // relu4_2 lies behind three poolings, relu2_1 behind one.
    const content = await failure({ adapter, content: scene(100, 10), contentLayers: ["relu4_2"], scales: [64] });
    expect(content).toBeInstanceOf(ShapeError);
    expect(content.message).toMatch(/content image is 64x6 pixels.* relu4_2 .* at least 8/);
    const style = await failure({ adapter, style: stripes(1, 40), styleLayers: ["relu2_1"] });
    expect(style).toBeInstanceOf(ShapeError);
    expect(style.message).toMatch(/style image is 1x32 pixels.* relu2_1 .* at least 2/);
    const atFirst = await failure({ adapter, content: scene(40, 10), contentLayers: ["relu4_2"], scales: [20, 64] });
    expect(atFirst.message).toMatch(/content image is 20x5 pixels/);
  });
});

it("a size beyond the device's limits is refused with one that works, and nothing is allocated", async () => {
  const made = own.made();
  // 16 channels of 4 bytes at 4096x2731 are 716 MB; WebGPU's default limits are 128 and 256 MiB.
  const error = await failure({ device: own.device, scales: [4096] });
  expect(error).toBeInstanceOf(LimitExceededError);
  expect(error).toMatchObject({ limit: "maxStorageBufferBindingSize", allowed: 128 * 2 ** 20 });
  const { largestSize } = error as LimitExceededError;
  expect((largestSize! * largestSize! * 2) / 3).toBeGreaterThan(0.9 * 2 ** 21);
  expect((largestSize! * largestSize! * 2) / 3).toBeLessThan(2 ** 21);
  expect(own.made()).toBe(made);
});

describe("a loss that is not finite", () => {
  it("at the first step ends the run", async () => {
    // Sums over thousands of features, each multiplied by 1e38.
    const error = await failure({ device: own.device, preset: "gatys", contentWeight: 1e38, init: "gray" });
    expect(error).toBeInstanceOf(NotFiniteError);
    expect(error).toMatchObject({ step: 1 });
    expect(error.message).toMatch(/smaller weights/);
    expect(own.live()).toEqual([]);
  });

  it("is noticed in an image that is not a number where its loss is one", async () => {
    using device = await openDevice({ device: own.device });
    // ReLU makes 0 of NaN.
    const loss = {
      trace: (image: Tensor) => ({
        total: sum(relu(image)),
        content: {},
        style: {},
        tv: totalVariation(image),
      }),
      dispose() {},
    };
    const start = { width: 3, height: 3, channels: 3, data: new Float32Array(27).fill(100) };
    start.data[13] = NaN;
    for (const lineSearch of ["none", "strong-wolfe"] as const) {
      const settings = { kind: "lbfgs", history: 2, learningRate: 1, lineSearch } as const;
      const prepare = lineSearch === "none" ? prepareFixedStage : prepareLineSearchStage;
      const stage = await prepare(device, loss, start, settings);
      await expect(stage.step()).rejects.toThrow(NotFiniteError);
      stage.dispose();
    }
  });

  it("again and again after returns to the best image ends the run", async () => {
    const reported: number[] = [];
    const error = await failure({
      device: own.device,
      optimizer: { kind: "gd", learningRate: 1e34 },
      steps: 100,
      onStep: ({ loss }: { loss: number }) => reported.push(loss),
    });
    expect(error).toBeInstanceOf(NotFiniteError);
    expect(reported[0]).toBeGreaterThan(0);
    expect(reported.length).toBeLessThan(10);
    expect(own.live()).toEqual([]);
  });
});

describe("a device that is lost", () => {
  it.each([1, 2])("after step %i", async (lastStep) => {
    const { device, live } = await openOwnDevice();
    let image: Promise<unknown> | undefined;
    const error = await failure({
      device,
      steps: 20,
      onStep: ({ step, image: read }: { step: number; image(): Promise<unknown> }) => {
        if (step !== lastStep) return;
        device.destroy();
        image = read().catch((thrown) => thrown);
      },
    });
    expect(error).toBeInstanceOf(DeviceLostError);
    expect(error.message).toMatch(/destroyed/);
    expect(await image).toBeInstanceOf(Error);
    expect(live()).toEqual([]);
  });

  it("while a step is computed", async () => {
    const { device } = await openOwnDevice();
    const reports = styleTransfer.steps({ ...SMALL, device, steps: 20 });
    await reports.next();
    const second = reports.next().catch((error) => error);
    device.destroy();
    expect(await second).toBeInstanceOf(DeviceLostError);
  });

  it("while all is prepared, or before", async () => {
    const { device } = await openOwnDevice();
    const first = styleTransfer({ ...SMALL, device }).catch((error) => error);
    setTimeout(() => device.destroy(), 30);
    expect(await first).toBeInstanceOf(DeviceLostError);
    expect(await failure({ device })).toBeInstanceOf(DeviceLostError);
  });
});
