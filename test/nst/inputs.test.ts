/** What goes into a run and how it shows in the result: sizes, alpha, styles, sources and starts. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { encode } from "#image";
import { ShapeError } from "../../src/errors.ts";
import type { ImageSource, Picture } from "../../src/image/picture.ts";
import { readImages, resized, stylesAt } from "../../src/nst/images.ts";
import type { StyleTransferOptions } from "../../src/nst/options.ts";
import { styleTransfer } from "../../src/nst/style-transfer.ts";
import { validateOptions } from "../../src/nst/validate.ts";
import { type OwnDevice, openOwnDevice, SMALL } from "./gpu.ts";
import { checks, distance, fading, scene, stripes } from "./pictures.ts";

let own: OwnDevice;
const folder = mkdtempSync(join(tmpdir(), "nst-inputs-"));
beforeAll(async () => {
  own = await openOwnDevice();
});
afterAll(() => {
  own.device.destroy();
  rmSync(folder, { recursive: true, force: true });
});

/** The image after a run with these options. */
const imageOf = async (changes: Partial<StyleTransferOptions>) =>
  (await styleTransfer({ ...SMALL, device: own.device, ...changes })).image;

describe("the size of the result", () => {
  it.each([
    [48, 32, 32, 32, 21],
    [31, 47, 33, 22, 33],
    [20, 20, 45, 45, 45],
    [90, 20, 45, 45, 10],
  ])("of %ix%i at %i is %ix%i", async (width, height, size, resultWidth, resultHeight) => {
    const image = await imageOf({
      content: scene(width, height),
      contentLayers: ["relu1_1"],
      scales: [size],
      steps: 1,
    });
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

it("a style is never enlarged, and made smaller when told to", async () => {
  const style = stripes(20, 20);
  const [plain, same, larger, smaller] = [
    await imageOf({ style }),
    await imageOf({ style, styleSize: 20 }),
    await imageOf({ style, styleSize: 300 }),
    await imageOf({ style, styleSize: 16 }),
  ];
  expect(same).toEqual(plain);
  expect(larger).toEqual(plain);
  expect(distance(smaller, plain)).toBeGreaterThan(1);
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

it("pixels of the caller's may change once the run has begun", async () => {
  const expected = await imageOf({ scales: [16, 32], scaleSteps: 1, steps: 2 });
  const [content, style] = [SMALL.content, SMALL.style].map((image) => ({ ...image, data: image.data.slice() }));
  const onStep = () => {
    for (const { data } of [content, style]) data.fill(7);
  };
  expect(await imageOf({ content, style, onStep, scales: [16, 32], scaleSteps: 1, steps: 2 })).toEqual(expected);
});

it("a style of one pixel is refused with what helps, which is not a size", async () => {
  const run = imageOf({ style: stripes(1, 1) });
  await expect(run).rejects.toThrow(ShapeError);
  await expect(run).rejects.toThrow(
    /Use a larger style image, as it is never enlarged; a larger size or styleSize, if/,
  );
  await expect(run).rejects.not.toThrow("shallower layers");
  await expect(imageOf({ style: stripes(30, 2), styleLayers: ["relu3_1"] })).rejects.toThrow("or shallower layers.");
});

describe("the memory for large pictures", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("holds no floats of their size, however small the result", async () => {
    let longest = 0;
    vi.stubGlobal(
      "Float32Array",
      class extends Float32Array {
        constructor(...values: [number]) {
          super(...values);
          longest = Math.max(longest, this.length);
        }
      },
    );
    const [width, height] = [640, 480];
    const content = fading(scene(width, height));
    const images = await readImages(
      validateOptions({ content, style: stripes(width, height), init: checks(width, height) }),
    );
    const size = { width: 16, height: 12 };
    for (const planes of [images.content, images.alpha, images.init]) resized(planes as typeof images.content, size);
    expect(stylesAt(images, 16)[0].planes).toMatchObject(size);
    expect(longest).toBe(3 * size.width * height); // one side of all three planes is made smaller before the other
  });
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
