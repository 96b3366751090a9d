/** styleTransfer from images to result, on the embedded network and tiny pictures. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encode } from "#image";
import { OutputError } from "../../src/errors.ts";
import { inspect } from "../../src/image/inspect.ts";
import { loadImage } from "../../src/image/load.ts";
import type { ImageSource, Picture } from "../../src/image/picture.ts";
import type { StyleTransferOptions } from "../../src/nst/options.ts";
import { styleTransfer } from "../../src/nst/style-transfer.ts";
import { type OwnDevice, openOwnDevice, SMALL } from "./gpu.ts";
import { checks, fading, scene, stripes } from "./pictures.ts";

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

/** Root mean square of the difference of two pictures' values. */
function distance(a: Picture, b: Picture): number {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  return Math.sqrt([...a.data].reduce((sum, value, i) => sum + (value - b.data[i]) ** 2, 0) / a.data.length);
}

/** Whether a float64 value is what f32 made of it. */
function expectNear(actual: number, expected: number): void {
  expect(Math.abs(actual / expected - 1)).toBeLessThan(1e-5);
}

describe("the whole way, with what the preset says", () => {
  const options = { content: scene(48, 32), style: stripes(40, 40), scales: [24, 48], steps: 3, scaleSteps: 4 };

  it("gives a stylised image and the course of the loss", async () => {
    const { image, losses, steps, seconds, ...info } = await styleTransfer({ ...options, device: own.device });
    expect([image.width, image.height, image.data.length]).toEqual([48, 32, 4 * 48 * 32]);
    expect(image.data).toBeInstanceOf(Uint8ClampedArray);
    expect(distance(image, options.content)).toBeGreaterThan(5);
    expect(steps).toBe(4 + 3);
    expect(losses.length).toBe(steps);
    expect(losses[3].total).toBeLessThan(losses[0].total);
    expect(losses[6].total).toBeLessThan(losses[4].total);
    expect(Object.keys(losses[0].content)).toEqual(["relu4_2"]);
    expect(Object.keys(losses[0].style)).toEqual(["relu1_1", "relu2_1", "relu3_1", "relu4_1"]);
    expect(seconds).toBeGreaterThan(0);
    expect(info).toMatchObject({ preset: "slim", network: "slim to relu4_2" });
  });

  it("repeats itself bit for bit, on a device of its own too", async () => {
    const [first, again] = [await styleTransfer(options), await styleTransfer({ ...options, device: own.device })];
    expect(again.image).toEqual(first.image);
    expect(again.losses).toEqual(first.losses);
  });
});

describe("the size of the result", () => {
  it.each([
    [48, 32, 32, 32, 21],
    [31, 47, 33, 22, 33],
    [20, 20, 45, 45, 45],
    [90, 20, 45, 45, 10],
  ])("of %ix%i at %i is %ix%i", async (width, height, size, resultWidth, resultHeight) => {
    const image = await imageOf({ content: scene(width, height), scales: [size], steps: 1 });
    expect([image.width, image.height]).toEqual([resultWidth, resultHeight]);
  });
});

describe("alpha", () => {
  const alphaOf = ({ data }: Picture) => data.filter((_, index) => index % 4 === 3);

  it("of the content is that of the result", async () => {
    const content = fading(scene(32, 21));
    expect(alphaOf(await imageOf({ content }))).toEqual(alphaOf(content));
  });

  it("is resized with the image", async () => {
    const { data, width } = await imageOf({ content: fading(scene(64, 42)) });
    for (let x = 0; x < width; x++) {
      const expected = 255 - (255 * (2 * x + 0.5)) / 63;
      expect(Math.abs(data[4 * (5 * width + x) + 3] - expected)).toBeLessThan(5);
    }
  });

  it("is opaque where the content is, whatever the style", async () => {
    expect(new Set(alphaOf(await imageOf({ style: fading(stripes(40, 40)) })))).toEqual(new Set([255]));
  });
});

describe("several styles", () => {
  const [first, second] = [stripes(40, 40), checks(30, 44)];

  it("count by their weights, which are relative", async () => {
    const [threeToOne, same, half, alone] = [
      await imageOf({ style: [{ image: first, weight: 3 }, second] }),
      await imageOf({
        style: [
          { image: first, weight: 0.75 },
          { image: second, weight: 0.25 },
        ],
      }),
      await imageOf({ style: [first, second] }),
      await imageOf({ style: first }),
    ];
    expect(same).toEqual(threeToOne);
    expect(distance(half, alone)).toBeGreaterThan(distance(threeToOne, alone));
    expect(distance(threeToOne, alone)).toBeGreaterThan(1);
  });

  it("of weight 0 do not count", async () => {
    expect(await imageOf({ style: [first, { image: second, weight: 0 }] })).toEqual(await imageOf({ style: first }));
  });
});

it("every kind of image source gives the same result", async () => {
  const png = await encode(SMALL.content, "png");
  const path = join(folder, "content.png");
  writeFileSync(path, png);
  const buffer = png.buffer.slice(png.byteOffset, png.byteOffset + png.byteLength);
  const sources: ImageSource[] = [path, pathToFileURL(path).href, pathToFileURL(path)];
  sources.push(
    new Blob([png.slice()]),
    buffer as ArrayBuffer,
    png,
    `data:image/png;base64,${Buffer.from(png).toString("base64")}`,
  );
  const expected = await imageOf({ steps: 2 });
  for (const content of sources) expect(await imageOf({ content, steps: 2 })).toEqual(expected);
});

describe("the start", () => {
  // After the first step the best image so far is the one that the run started from.
  const start = (init: StyleTransferOptions["init"], seed?: number) =>
    imageOf({ content: scene(32, 21), init, seed, steps: 1 });

  it("content", async () => expect(await start("content")).toEqual(scene(32, 21)));

  it("gray", async () => {
    const { data } = await start("gray");
    expect(new Set(data)).toEqual(new Set([128, 255]));
  });

  it("noise, the same for the same seed only", async () => {
    const [noise, again, other] = [await start("noise", 1), await start("noise", 1), await start("noise", 2)];
    expect(again).toEqual(noise);
    expect(distance(other, noise)).toBeGreaterThan(20);
    expect(await start("noise")).toEqual(await start("noise", 0));
  });

  it("color, which is the default of the embedded network", async () => {
    const colored = await start("color");
    expect(colored).toEqual(await start(undefined));
    const blue = ({ data }: Picture) =>
      [...data].reduce((sum, value, index) => (index % 4 === 2 ? sum + (4 * value) / data.length : sum), 0);
    expect(Math.abs(blue(colored) - blue(SMALL.style))).toBeLessThan(15);
    expect(Math.abs(blue(scene(32, 21)) - blue(SMALL.style))).toBeGreaterThan(50);
  });

  it("an image", async () => expect(await start(checks(32, 21))).toEqual(checks(32, 21)));
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
  const child = spawn(process.execPath, ["--conditions=source", "--import", "tsx", program]);
  let output = "";
  child.stdout.on("data", (text) => (output += text));
  child.stderr.on("data", (text) => (output += text));
  const [code] = await once(child, "close");
  expect({ code, output }).toEqual({ code: 0, output: "32 21\n" });
});
