/** Whether a size is refused before the GPU computes anything, and whether the size then advised really works. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LimitExceededError, ShapeError } from "../../src/errors.ts";
import type { Device } from "../../src/gpu/device.ts";
import { openDevice } from "../../src/gpu/open-device.ts";
import type { StyleTransferOptions } from "../../src/nst/options.ts";
import { checkLimits, checkPoolings, type Size } from "../../src/nst/preflight.ts";
import { styleTransfer } from "../../src/nst/style-transfer.ts";
import { writeSafetensors } from "../../src/vgg/safetensors.ts";
import { type NetworkWeights, openNetworkWeights } from "../../src/vgg/weights.ts";
import { normal, random } from "../oracle/index.ts";
import { type OwnDevice, openOwnDevice, SMALL, withLimits } from "./gpu.ts";
import { tensorData } from "./network.ts";
import { scene, stripes } from "./pictures.ts";

let own: OwnDevice;
let slim: NetworkWeights;
beforeAll(async () => {
  own = await openOwnDevice();
  slim = await openNetworkWeights("slim");
});
afterAll(async () => {
  await slim.close();
  own.device.destroy();
});

/** A device that allows tensors of so many bytes; the number may change later. */
function limited(limits: { maxStorageBufferBindingSize: number; maxBufferSize: number }): Promise<Device> {
  return openDevice({ device: withLimits(own.device, limits) });
}

/** A network whose first layer takes 2048 bytes per pixel, and a limit that images of it pass while they are small. */
const WIDE = {
  ...SMALL,
  network: writeSafetensors(
    {
      "conv1_1.weight": tensorData(normal(random(32), [512, 3, 3, 3], 0.3)),
      "conv1_1.bias": tensorData(normal(random(33), [512])),
      "conv1_2.weight": tensorData(normal(random(34), [4, 512, 3, 3], 0.02)),
      "conv1_2.bias": tensorData(normal(random(35), [4])),
    },
    { architecture: "vgg19" },
  ),
  contentLayers: ["relu1_1"],
  styleLayers: ["relu1_2"],
};
const LIMIT = 26e6;

const both = (bytes: number) => ({ maxStorageBufferBindingSize: bytes, maxBufferSize: bytes });

async function refusal(body: () => unknown): Promise<LimitExceededError> {
  try {
    await body();
  } catch (error) {
    expect(error).toBeInstanceOf(LimitExceededError);
    return error as LimitExceededError;
  }
  throw new Error("Nothing was refused.");
}

describe("limits", () => {
  const layers = ["relu4_2", "relu1_1"];

  it("let everything pass that fits", async () => {
    using device = await limited(both(128 * 2 ** 20));
    // 16 channels of 4 bytes at 1024x1024 are half of it.
    await checkLimits(device, { width: 64, height: 64 }, 1024, slim, layers);
  });

  it("refuse what does not, with the layer, the limit and the size that would", async () => {
    using device = await limited(both(2 ** 20));
    const error = await refusal(() => checkLimits(device, { width: 90, height: 60 }, 300, slim, layers));
    expect(error).toMatchObject({ limit: "maxStorageBufferBindingSize", allowed: 2 ** 20 });
    // At least the features themselves: 16 channels of 4 bytes.
    expect(error.needed).toBeGreaterThanOrEqual(300 * 200 * 64);
    expect(error.message).toMatch(/conv1_\d at 300x200 need \d+\.\d MB, but maxStorageBufferBindingSize .* is 1\.0 MB/);
    expect(error.message).toContain(`Use a size of at most ${error.largestSize}.`);
    // 1 MiB is 128x128 pixels of 64 bytes; padding takes its share.
    expect(error.largestSize).toBeGreaterThan(120);
    expect(error.largestSize).toBeLessThan(300);
  });

  it("name the limit that is exceeded", async () => {
    using device = await limited({ maxStorageBufferBindingSize: 2 ** 30, maxBufferSize: 2 ** 20 });
    const error = await refusal(() => checkLimits(device, { width: 90, height: 60 }, 300, slim, layers));
    expect(error.limit).toBe("maxBufferSize");
  });

  it("advise a size that passes, the next larger one failing, whatever the aspect ratio", async () => {
    const next = random(31);
    const limits = both(0);
    using device = await limited(limits);
    let refused = 0;
    for (let trial = 0; trial < 300; trial++) {
      const image: Size = { width: 20 + Math.floor(400 * next()), height: 20 + Math.floor(400 * next()) };
      Object.assign(limits, both(Math.round(2 ** (17 + 6 * next()))));
      const size = 300 + Math.floor(900 * next());
      let error: LimitExceededError;
      try {
        await checkLimits(device, image, size, slim, layers);
        continue;
      } catch (caught) {
        error = caught as LimitExceededError;
      }
      const largest = error.largestSize!;
      const at = (side: number) => checkLimits(device, image, side, slim, layers);
      const message = `${image.width}x${image.height} at ${size}, advised ${largest}`;
      await expect(at(largest), message).resolves.toBeUndefined();
      await expect(at(largest + 8), message).rejects.toThrow(LimitExceededError);
      expect(largest % 8).toBe(0);
      refused++;
    }
    expect(refused).toBeGreaterThan(100);
  });

  const shared: readonly [string, Partial<StyleTransferOptions>][] = [
    ["size", {}],
    ["size with Adam, reflection and maxima", { optimizer: "adam", padding: "reflect", pooling: "max" }],
  ];
  it.each(shared)("advise a %s that really runs", async (_, changes) => {
    const device = withLimits(own.device, both(LIMIT));
    const options = { ...WIDE, content: scene(45, 61), styleSize: 24, device, steps: 2, ...changes };
    const made = own.made();
    const error = await refusal(() => styleTransfer({ ...options, scales: [240] }));
    expect(own.made()).toBe(made);
    // 26 MB are 12695 pixels of 2048 bytes, 96x131 without padding.
    expect(error.largestSize).toBeGreaterThanOrEqual(104);
    expect(error.largestSize).toBeLessThanOrEqual(131);
    const { image } = await styleTransfer({ ...options, scales: [error.largestSize!] });
    expect(image.height).toBe(error.largestSize);
    await refusal(() => styleTransfer({ ...options, scales: [error.largestSize! + 8] }));
  });

  it("let larger images pass in 16 bits, but for features that are targets", async () => {
    const device = withLimits(own.device, both(LIMIT));
    const options = { ...WIDE, content: scene(64, 46), styleSize: 24, device, steps: 2, storage: "float16" } as const;
    const between = { ...options, contentLayers: ["relu1_2"] };
    const [wide, narrow] = [
      await refusal(() => styleTransfer({ ...between, scales: [240] })),
      await refusal(() => styleTransfer({ ...options, scales: [240] })),
    ];
    // 26 MB are 25391 pixels of 1024 bytes, 188x135 without padding, or half as many of 2048.
    expect(wide.largestSize).toBeGreaterThanOrEqual(160);
    expect(wide.largestSize).toBeLessThanOrEqual(188);
    expect(narrow.largestSize).toBeLessThanOrEqual(133);
    expect((await styleTransfer({ ...between, scales: [wide.largestSize!] })).image.width).toBe(wide.largestSize);
    expect((await styleTransfer({ ...options, scales: [narrow.largestSize!] })).image.width).toBe(narrow.largestSize);
  });

  it("advise a styleSize where a style is the larger one", async () => {
    const device = withLimits(own.device, both(LIMIT));
    const options = { ...WIDE, style: stripes(200, 200), device, steps: 1 };
    const made = own.made();
    const error = await refusal(() => styleTransfer({ ...options, styleSize: 200 }));
    expect(error.message).toMatch(/at 200x200 need .* Use a styleSize of at most \d+\.$/);
    expect(own.made()).toBe(made);
    await styleTransfer({ ...options, styleSize: error.largestSize });
  });
});

describe("poolings", () => {
  // Four poolings halve four times before block 5, rounding down.
  it.each([
    // Total variation has differences of neighbours.
    ["relu1_2", "zero", 2],
    ["relu2_1", "replicate", 2],
    ["relu3_4", "circular", 4],
    ["relu4_2", "zero", 8],
    ["relu5_1", "zero", 16],
    // A pixel beside the border is mirrored: there have to be two.
    ["relu1_1", "reflect", 2],
    ["relu3_4", "reflect", 8],
    ["relu5_1", "reflect", 32],
  ] as const)("to %s with %s padding need %i pixels", async (layer, padding, least) => {
    const check = (width: number, height: number) =>
      checkPoolings("content image", { width, height }, slim, ["relu1_1", layer], padding);
    await check(least, 300);
    await check(300, least);
    await expect(check(least - 1, 300)).rejects.toThrow(ShapeError);
    await expect(check(300, least - 1)).rejects.toThrow(
      `300x${least - 1} pixels at this size, and ${layer} of vgg19 needs at least ${least}`,
    );
  });

  it("of a narrow image are those of the scales where it is large enough, and of all that were asked for", async () => {
    // slim halves 320 pixels once, where 12 rows become 6, and relu4_1 needs 8.
    const options = { content: scene(320, 12), style: stripes(64, 64), size: 320, scaleSteps: 1, steps: 1, views: 1 };
    const sizes: number[][] = [];
    const onStep = ({ width, height }: { width: number; height: number }) => sizes.push([width, height]);
    await styleTransfer({ ...options, device: own.device, preset: "slim", onStep });
    expect(sizes).toEqual([[320, 12]]);
    const asked = styleTransfer({ ...options, device: own.device, scales: [160, 320] });
    await expect(asked).rejects.toThrow("The content image is 160x6 pixels at this size");
    await expect(styleTransfer({ ...options, device: own.device, size: 160 })).rejects.toThrow(ShapeError);
  });

  it.each([
    ["zero", 4],
    ["replicate", 4],
    ["reflect", 8],
    ["circular", 4],
  ] as const)(
    "of a style with %s padding are checked before the device is used, and no more is needed",
    async (padding, least) => {
      const options = { ...SMALL, network: "slim", contentLayers: ["relu1_1"], styleLayers: ["relu3_2"], padding };
      const made = own.made();
      const run = (height: number) =>
        styleTransfer({ ...options, steps: 1, device: own.device, style: stripes(30, height) });
      await expect(run(least - 1)).rejects.toThrow(`The style image is 30x${least - 1} pixels at this size`);
      expect(own.made()).toBe(made);
      expect((await run(least)).losses[0].style.relu3_2).toBeGreaterThan(0);
    },
  );
});
