/** Runs in the playground, from the first file to the saved picture, compared with the library in Node on the same adapter. */
import { expect, it } from "vitest";
import { requestAdapter } from "#gpu";
import { loadImage } from "../../src/image/load.ts";
import type { Picture } from "../../src/image/picture.ts";
import type { StepReport, StyleTransferOptions } from "../../src/index.ts";
import { styleTransfer } from "../../src/index.ts";
import {
  configure,
  ended,
  expectSame,
  imagePath,
  linkCopied,
  openSite,
  reached,
  recipeShown,
  run,
  saved,
  savedPixels,
  says,
  stepShown,
} from "./site.ts";

const site = await openSite();

/** The adapter that Chromium has, too. One device for all runs compiles each shader once. */
const device = await (await requestAdapter({ choice: "swiftshader" })).requestDevice();

/** Small enough for a software adapter. */
const SMALL = { size: 32, steps: 4 };

type Given = Partial<StyleTransferOptions> & Pick<StyleTransferOptions, "content" | "style">;

/** The library in Node on the same options; `onStep` may change weights, and ends the run by giving false. */
async function inNode(options: Given, onStep: (report: StepReport) => boolean = () => true): Promise<Picture> {
  let image: Picture | undefined;
  for await (const report of styleTransfer.steps({ device, ...options })) {
    const goesOn = onStep(report);
    if (goesOn && report.step < report.steps) continue;
    image = await report.image();
    break;
  }
  return image!;
}

it("paints a file in the style of two others with the library's pixels; saves and copies it", async () => {
  const page = await site.open();
  await page.setInputFiles("#content-file", imagePath("embers"));
  await page.setInputFiles("#style-file", [imagePath("mosaic"), imagePath("harbor")]);
  await page.waitForSelector("#style-chosen li:nth-child(3)");
  await page.click("#style-chosen li:first-child button:text('Remove')");
  await page.fill("#style-chosen li:nth-child(2) input", "0.25");
  await configure(page, SMALL);
  await run(page);
  const expected = await inNode({
    content: imagePath("embers"),
    style: [
      { image: imagePath("mosaic"), weight: 1 },
      { image: imagePath("harbor"), weight: 0.25 },
    ],
    ...SMALL,
  });
  expectSame(await savedPixels(page), expected);
  expect(await page.textContent("#read-step")).toBe("4 of 4");
  expect(await page.textContent("#read-memory")).toMatch(/^\d+(\.\d)? MB$/);
  expect(await page.getAttribute("#chart .line.total", "points")).toMatch(/^0\.0,\S+ /);

  const jpeg = await saved(page, "jpeg");
  expect(jpeg.name).toBe("style-transfer.jpg");
  expect([...jpeg.bytes.subarray(0, 2)]).toEqual([0xff, 0xd8]);
  const webp = await saved(page, "webp");
  expect(Buffer.from(webp.bytes.subarray(8, 12)).toString()).toBe("WEBP");
  await page.click("#copy");
  await says(page, "Copied.");
  const size = await page.evaluate(async () => {
    const [item] = await navigator.clipboard.read();
    const { width, height } = await createImageBitmap(await item.getType("image/png"));
    return [width, height];
  });
  expect(size).toEqual([expected.width, expected.height]);
});

it("pauses, resumes, stops and starts again; what was stopped is what the library has after as many steps", async () => {
  const page = await site.open();
  await configure(page, { size: 32, steps: 500 });
  await page.click("#start");
  await reached(page, 2);
  await page.click("#pause");
  await says(page, "Paused after step");
  const paused = await stepShown(page);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await stepShown(page)).toBe(paused);
  await page.click("#pause");
  await reached(page, paused + 1);
  await page.click("#stop");
  const stopped = Number(/^Stopped after step (\d+)/.exec(await says(page, "Stopped"))![1]);
  expect(stopped).toBeGreaterThan(paused);
  const expected = await inNode(
    { content: imagePath("harbor"), style: imagePath("swirls"), size: 32, steps: 500 },
    ({ step }) => step < stopped,
  );
  expectSame(await savedPixels(page), expected);
  expect(JSON.parse(await recipeShown(page)).stopAfter).toBe(stopped);

  await page.click("#start");
  await page.click("#restart");
  await reached(page, 1);
  await page.click("#stop");
  await ended(page);
});

it("changes weights and step size while it runs, and its recipe's link does the same again", async () => {
  const page = await site.open();
  await page.selectOption("#preset", "crowson");
  await configure(page, { size: 32, steps: 20, seed: 3 });
  await page.click("#start");
  await page.click("#pause");
  await says(page, "Paused after step 1.");
  await page.fill("#styleWeight", "-0.5");
  await page.fill("#learningRate", "0.3");
  await page.click("#pause");
  await reached(page, 2);
  await page.fill("#tvWeight", "1");
  await ended(page);
  const picture = await savedPixels(page);
  const recipe = JSON.parse(await recipeShown(page));
  const steps: number[] = recipe.changes.map(({ step }: { step: number }) => step);
  expect(steps[0]).toBe(1);
  expect(steps.at(-1)).toBeGreaterThan(1);
  const changed = Object.assign({}, ...recipe.changes);
  expect(changed.styleWeight).toBeCloseTo(10 ** -0.5, 3);
  expect(changed.learningRate).toBeCloseTo(0.02 * 255 * 10 ** 0.3, 2);
  expect(changed.tvWeight).toBeCloseTo(20 / 255 ** 2, 6);

  const expected = await inNode(
    {
      content: imagePath("harbor"),
      style: imagePath("swirls"),
      preset: "crowson",
      styleLayers: ["relu1_1", "relu2_1", "relu3_1", "relu4_1"],
      size: 32,
      steps: 20,
      seed: 3,
    },
    (report) => {
      for (const { step, ...weights } of recipe.changes) if (step === report.step) report.change(weights);
      return true;
    },
  );
  expectSame(picture, expected);

  const link = await linkCopied(page);
  expect(link.startsWith(`${site.url}#recipe=`)).toBe(true);
  const again = await site.open({ fragment: link.slice(site.url.length) });
  await says(again, "The recipe is loaded.");
  expect(await again.textContent("#planned")).toContain(`changes weights after step ${steps.join(", ")}`);
  await again.click("#start");
  await again.click("#restart");
  await says(again, "Done");
  expectSame(await savedPixels(again), picture);
  expect(JSON.parse(await recipeShown(again))).toEqual(recipe);
});

it("asks for the own pictures of a link, and crops and rotates them as they were", async () => {
  const page = await site.open();
  await page.setInputFiles("#content-file", imagePath("mosaic"));
  await page.click("[aria-label='Crop and rotate mosaic.png']");
  await page.click("#editor-turn");
  await configure(page, { "crop-width": 500, "crop-height": 400, "crop-x": 100, "crop-y": 200 });
  await page.click("#editor button:text('Apply')");
  await configure(page, { size: 32, steps: 2 });
  await run(page);
  const picture = await savedPixels(page);
  const turned = turnAndCrop(await loadImage(imagePath("mosaic"), "mosaic"), 100, 200, 500, 400);
  expectSame(picture, await inNode({ content: turned, style: imagePath("swirls"), size: 32, steps: 2 }));

  const link = await linkCopied(page);
  const again = await site.open({ fragment: link.slice(site.url.length) });
  await again.waitForSelector("#missing[open]");
  expect(await again.textContent("#missing-list")).toContain("mosaic.png 890088 bytes");
  await again.setInputFiles("#missing-files", imagePath("embers"));
  await again.waitForSelector("#missing-message:text('not a file of this recipe')");
  await again.setInputFiles("#missing-files", imagePath("mosaic"));
  await says(again, "The recipe is loaded.");
  await run(again);
  expectSame(await savedPixels(again), picture);
});

it("downloads a network of the site with progress, and takes the file as well", async () => {
  const file = site.assets.find((name) => name.endsWith(".safetensors"))!;
  const entry = { name: "Slim", file: `assets/${file}`, bytes: 736_848, options: { preset: "slim" } };
  const page = await site.open({
    prepare: (page) => page.route("**/networks.json", (route) => route.fulfill({ json: [entry] })),
  });
  await page.selectOption("#network", "Slim (0.7 MB download)");
  expect(await page.inputValue("#preset")).toBe("slim");
  await configure(page, { size: 32, steps: 2 });
  await run(page);
  expect(await page.textContent("#download-text")).toBe("Downloading the network: 0.7 MB of 0.7 MB");
  const expected = await inNode({ content: imagePath("harbor"), style: imagePath("swirls"), size: 32, steps: 2 });
  expectSame(await savedPixels(page), expected);
  await page.setInputFiles("#network-file", "weights/vgg19-slim-conv4_2-f16.safetensors");
  await page.waitForSelector("#network option:nth-child(3)", { state: "attached" });
  await page.selectOption("#preset", "slim");
  await configure(page, { steps: 2 });
  await run(page);
  expectSame(await savedPixels(page), expected);
});

it("takes pictures that are dropped, pasted and photographed", async () => {
  const page = await site.open();
  await page.evaluate(async () => {
    const image = document.querySelector<HTMLImageElement>("#style-gallery button:nth-child(3) img")!;
    const data = new DataTransfer();
    data.items.add(new File([await (await fetch(image.src)).blob()], "given.png", { type: "image/png" }));
    const bubbles = { bubbles: true, cancelable: true };
    document.getElementById("style-panel")!.dispatchEvent(new DragEvent("drop", { dataTransfer: data, ...bubbles }));
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, ...bubbles }));
  });
  await page.waitForSelector("#style-chosen li:nth-child(2) strong:text('given.png')");
  await page.waitForSelector("#content-chosen strong:text('given.png')");
  await page.click("#content-camera");
  await page.click("#shutter:enabled");
  await page.waitForSelector("#content-chosen strong:text('photo-1.png')");
  expect(await page.evaluate(() => document.querySelector("video")!.srcObject)).toBe(null);
  // While a run uses them, nothing is taken, and that is said.
  await page.evaluate(() => {
    (document.getElementById("setup") as HTMLFieldSetElement).disabled = true;
    const data = new DataTransfer();
    data.items.add(new File(["late"], "late.png", { type: "image/png" }));
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
  });
  await page.waitForSelector("#notice:text('Stop it first')");
  expect(await page.textContent("#content-chosen strong")).toBe("photo-1.png");
});

/** Written again, pixel by pixel: a quarter turn clockwise, then a rectangle of that. */
function turnAndCrop({ width, height, data }: Picture, x: number, y: number, columns: number, rows: number): Picture {
  const pixels = new Uint8ClampedArray(4 * columns * rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      // The first column of the turned picture is the last row before.
      const before = (height - 1 - (x + column)) * width + (y + row);
      for (let c = 0; c < 4; c++) pixels[4 * (row * columns + column) + c] = data[4 * before + c];
    }
  }
  return { width: columns, height: rows, data: pixels };
}
