/**
 * The same run in Node and in Chromium, both on the same SwiftShader: the same bytes. Only the two versions of Dawn, of
 * JavaScript and of Skia differ between them.
 */
import { afterAll, describe, expect, it } from "vitest";
import { type StyleTransferOptions, styleTransfer } from "../../src/index.ts";
import { describeShared } from "../shared.ts";
import { fromBase64, openPage } from "./page.ts";

const { page, close } = await openPage();
afterAll(close);

/** What a run comes to: the picture and the losses of all steps. */
interface Outcome {
  data: Uint8ClampedArray;
  losses: unknown[];
}

type Options = Pick<StyleTransferOptions, "size" | "steps" | "optimizer" | "contentLayers" | "styleLayers"> & {
  scales: readonly number[];
  init?: "noise";
};

/** A weight file by its path in Node, and in the page. */
interface Weights {
  path: string;
  address: string;
}

async function inNode(options: Options, weights?: Weights): Promise<Outcome> {
  const { image, losses } = await styleTransfer({
    content: "examples/images/harbor.png",
    style: "examples/images/swirls.png",
    network: weights?.path,
    adapter: "swiftshader",
    seed: 5,
    ...options,
  });
  return { data: new Uint8ClampedArray(image.data), losses };
}

async function inChromium(options: Options, weights?: Weights): Promise<Outcome> {
  const { data, losses } = await page.evaluate(
    async ([text, address]) => {
      const { image, losses } = await nst.styleTransfer({
        content: "/examples/images/harbor.png",
        style: "/examples/images/swirls.png",
        network: address ? new URL(address, location.href) : undefined,
        seed: 5,
        ...JSON.parse(text),
      });
      return { data: toBase64(image.data), losses };
    },
    [JSON.stringify(options), weights?.address] as const,
  );
  return { data: fromBase64(data), losses };
}

async function expectSame(options: Options, weights?: Weights): Promise<void> {
  const [node, chromium] = [await inNode(options, weights), await inChromium(options, weights)];
  expect(chromium.losses).toEqual(node.losses);
  expect(chromium.losses.length).toBe(20);
  expect(chromium.data).toEqual(node.data);
}

const PYRAMID = { views: 2, scales: [16, 32], scaleSteps: 8, steps: 12, init: "noise" } as const;

describe("20 steps with the embedded network are the same bytes in Node and in Chromium", () => {
  it("by L-BFGS", () => expectSame({ ...PYRAMID, optimizer: "lbfgs" }));
  it("by Adam, with an average", () => expectSame({ ...PYRAMID, optimizer: { kind: "adam", averaging: 0.9 } }));
});

describeShared("20 steps with VGG19 are the same bytes in Node and in Chromium", (path) => {
  const file = "weights/vgg19-conv1_1-conv3_4.safetensors";
  const layers = { contentLayers: ["relu3_3"], styleLayers: ["relu1_1", "relu2_1", "relu3_1"] };
  const options = { size: 32, scales: [32], steps: 20, ...layers } as const;
  it("by L-BFGS", () =>
    expectSame({ ...options, optimizer: "lbfgs" }, { path: path(file), address: `/shared/${file}` }));
  it("by Adam", () => expectSame({ ...options, optimizer: "adam" }, { path: path(file), address: `/shared/${file}` }));
});
