/** styleTransfer from images to result, on the embedded network and tiny pictures. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OutputError } from "../../src/errors.ts";
import { inspect } from "../../src/image/inspect.ts";
import { loadImage } from "../../src/image/load.ts";
import type { Picture } from "../../src/image/picture.ts";
import type { StyleTransferOptions } from "../../src/nst/options.ts";
import { PRESET_TABLE } from "../../src/nst/presets.ts";
import { styleTransfer } from "../../src/nst/style-transfer.ts";
import { type OwnDevice, openOwnDevice, SMALL } from "./gpu.ts";
import { distance, scene, stripes } from "./pictures.ts";

let own: OwnDevice;
const folder = mkdtempSync(join(tmpdir(), "nst-transfer-"));
beforeAll(async () => {
  own = await openOwnDevice();
});
afterAll(() => {
  own.device.destroy();
  rmSync(folder, { recursive: true, force: true });
});

const transfer = (changes: Partial<StyleTransferOptions> = {}) =>
  styleTransfer({ ...SMALL, device: own.device, ...changes });

/** The image after a run with these options. */
const imageOf = async (changes: Partial<StyleTransferOptions>) => (await transfer(changes)).image;

/** Whether a float64 value is what f32 made of it. */
function expectNear(actual: number, expected: number): void {
  expect(Math.abs(actual / expected - 1)).toBeLessThan(1e-5);
}

describe("the whole way, with what the preset says", () => {
  const [content, style] = [scene(48, 32), stripes(40, 40)];
  const options = { scales: [24, 48], steps: 3, scaleSteps: 4 };
  const withDefaults = () => styleTransfer({ content, style, ...options, device: own.device });

  it("gives a stylised image and the course of the loss", async () => {
    const { image, losses, steps, seconds, ...info } = await withDefaults();
    expect([image.width, image.height, image.data.length]).toEqual([48, 32, 4 * 48 * 32]);
    expect(image.data).toBeInstanceOf(Uint8ClampedArray);
    expect(distance(image, content)).toBeGreaterThan(5);
    expect(steps).toBe(4 + 3);
    expect(losses.length).toBe(steps);
    const totals = losses.map(({ total }) => total);
    expect(Math.min(...totals.slice(1, 4))).toBeLessThan(totals[0]);
    expect(Math.min(...totals.slice(5, 7))).toBeLessThan(totals[4]);
    expect(Object.keys(losses[0].content)).toEqual(Object.keys(PRESET_TABLE.slim.contentLayers));
    expect(Object.keys(losses[0].style)).toEqual(Object.keys(PRESET_TABLE.slim.styleLayers));
    expect(seconds).toBeGreaterThan(0);
    expect(info).toMatchObject({ preset: "slim", network: "slim to relu4_1" });
  });

  it("repeats itself bit for bit", async () => {
    const [first, again] = [await withDefaults(), await withDefaults()];
    expect(again.image).toEqual(first.image);
    expect(again.losses).toEqual(first.losses);
  });
});

it("a device of its own gives the same bits", async () => {
  const [first, again] = [await transfer(), await styleTransfer({ ...SMALL, onWarning() {} })];
  expect(again.image).toEqual(first.image);
  expect(again.losses).toEqual(first.losses);
});

describe("optimizers", () => {
  it.each<[string, StyleTransferOptions["optimizer"]]>([
    ["L-BFGS", "lbfgs"],
    ["Adam", "adam"],
    ["gradient descent", { kind: "gd", learningRate: 0.1 }],
    ["gradient descent with momentum", { kind: "gd", learningRate: 0.05, momentum: 0.5 }],
  ])("%s lowers the loss", async (_, optimizer) => {
    const totals = (await transfer({ optimizer, steps: 20 })).losses.map(({ total }) => total);
    // L-BFGS without line search leaps now and then; what counts is the best.
    expect(Math.min(...totals)).toBeLessThan(0.9 * totals[0]);
  });

  it("that go astray leave the best image", async () => {
    const content = scene(32, 21);
    const optimizer = { kind: "gd", learningRate: 10 } as const;
    const { losses, image } = await transfer({ content, init: "content", optimizer });
    expect(losses[1].total).toBeGreaterThan(10 * losses[0].total);
    expect(image).toEqual(content);
  });

  it("Adam's average is that of the images it went through, the start included", async () => {
    const adam = { init: "gray", optimizer: { kind: "adam", learningRate: 20 } } as const;
    const path: Picture[] = [];
    for await (const step of styleTransfer.steps({ ...SMALL, ...adam, device: own.device, steps: 4 })) {
      path.push(await step.image());
    }
    // While the loss falls, the best image after a step is the one before it.
    const weights = [0.7 ** 3, 0.3 * 0.7 ** 2, 0.3 * 0.7, 0.3].map((w, i) => (i === 0 ? 0.3 * w : w));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const average = await imageOf({ ...adam, optimizer: { ...adam.optimizer, averaging: 0.7 }, steps: 3 });
    const expected = average.data.map((_, i) => weights.reduce((sum, w, k) => sum + (w / total) * path[k].data[i], 0));
    const apart = average.data.map((value, i) => Math.abs(value - expected[i]));
    expect(Math.max(...apart)).toBeLessThanOrEqual(1);
    expect(distance(average, path[3])).toBeGreaterThan(5);
  });

  it("Adam keeps its momentum from scale to scale", async () => {
    // Adam's very first step moves each value by the learning rate; one with a past does not.
    const options = {
      ...SMALL,
      init: "gray",
      optimizer: { kind: "adam", learningRate: 8 },
      device: own.device,
    } as const;
    const firstMove = async (scales: number[]) => {
      const images: Picture[] = [];
      for await (const step of styleTransfer.steps({ ...options, scales, scaleSteps: 5, steps: 2 })) {
        if (step.width === 32) images.push(await step.image());
      }
      const moves = images[1].data.map((value, i) => Math.abs(value - images[0].data[i])).filter((_, i) => i % 4 < 3);
      return moves.filter((move) => Math.abs(move - 8) <= 1).length / moves.length;
    };
    expect(await firstMove([32])).toBeGreaterThan(0.95);
    expect(await firstMove([24, 32])).toBeLessThan(0.6);
  });
});

it("layers and weights can be chosen, and the total is their sum", async () => {
  const contentLayers = { relu2_2: 2, relu1_1: 0.5 };
  const styleLayers = { relu2_1: 1, relu1_2: 3 };
  const weights = { contentWeight: 4e4, styleWeight: 1e5, tvWeight: 60 };
  const { losses, network } = await transfer({ contentLayers, styleLayers, ...weights, steps: 2, init: "content" });
  expect(network).toBe("slim to relu2_2");
  const sum = (terms: Record<string, number>, shares: Record<string, number>) => {
    expect(Object.keys(terms).sort()).toEqual(Object.keys(shares).sort());
    return Object.entries(shares).reduce((total, [layer, share]) => total + share * terms[layer], 0);
  };
  for (const { total, content, style, tv } of losses) {
    expectNear(total, 4e4 * sum(content, contentLayers) + 1e5 * sum(style, styleLayers) + 60 * tv);
  }
  // It starts from the content itself.
  expect(losses[0].content).toEqual({ relu2_2: 0, relu1_1: 0 });
});

describe("the result", () => {
  it("is saved as PNG, JPEG and WebP, and overwrites only when told to", async () => {
    using result = await transfer({ steps: 1 });
    for (const [extension, format] of [
      ["png", "png"],
      ["jpg", "jpeg"],
      ["webp", "webp"],
    ]) {
      const path = join(folder, `out.${extension}`);
      await result.save(path);
      const bytes = new Uint8Array(readFileSync(path));
      expect(inspect(bytes, path)).toMatchObject({ format, width: 32, height: 21 });
      await expect(result.save(path)).rejects.toThrow(OutputError);
      expect(new Uint8Array(readFileSync(path))).toEqual(bytes);
      await result.save(path, { force: true });
    }
    expect(await loadImage(join(folder, "out.png"), "result")).toEqual(result.image);
    await expect(result.save(join(folder, "out.tiff"))).rejects.toThrow(/png/);
    await expect(result.save(join(folder, "none", "out.png"))).rejects.toThrow(OutputError);
    const small = await result.encode("jpeg", 0.1);
    expect(small.length).toBeLessThan((await result.encode("jpeg", 0.95)).length);
    result.dispose();
  });
});

it("the process ends by itself after a run", async () => {
  const program = join(folder, "run.mts");
  const module = (path: string) => JSON.stringify(new URL(`../../${path}`, import.meta.url).href);
  writeFileSync(
    program,
    `import { styleTransfer } from ${module("src/index.ts")};
     import { SMALL } from ${module("test/nst/gpu.ts")};
     const { image } = await styleTransfer({ ...SMALL, steps: 1, onWarning() {} });
     console.log(image.width, image.height);`,
  );
  const child = spawn(process.execPath, ["--import", "tsx", program]);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (text) => (stdout += text));
  child.stderr.on("data", (text) => (stderr += text));
  const [code] = await once(child, "close");
  expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: "32 21\n" });
});
