/** Failures in the playground: each says what happened and what to do, and nothing that was made is lost. */
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { loadImage } from "../../src/image/load.ts";
import { configure, imagePath, openSite, reached, run, saved, says } from "./site.ts";

const site = await openSite();

/** What the message says, once there is one. */
async function failure(page: Page): Promise<string> {
  return (await page.locator("#failure:not([hidden])").textContent())!;
}

/** Opens the site with a script that runs in the worker before the library. */
function openWithWorker(prelude: () => void): Promise<Page> {
  return site.open({
    prepare: (page) =>
      page.route("**/worker-*.js", async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, body: `(${prelude})();\n${await response.text()}` });
      }),
  });
}

/** Starts a small run, which fails. */
async function startInVain(page: Page): Promise<string> {
  await configure(page, { size: 48, steps: 2 });
  await page.click("#start");
  await says(page, "The run failed");
  return failure(page);
}

it("says at once that the browser has no WebGPU", async () => {
  const page = await site.open({
    prepare: (page) => page.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, "gpu")),
  });
  expect(await failure(page)).toMatch(
    /^No WebGPUThis browser has no WebGPU\. WebGPU is in Chrome .* update the driver/,
  );
  await page.click("#failure button");
  expect(await page.isHidden("#failure")).toBe(true);
});

it("says that there is no adapter", async () => {
  const page = await openWithWorker(() => {
    navigator.gpu.requestAdapter = async () => null;
  });
  expect(await startInVain(page)).toContain("This browser gives no WebGPU adapter.");
});

it("keeps the last picture when the device is lost, and starts again", async () => {
  const page = await openWithWorker(() => {
    const open = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = async function (descriptor) {
      const device = await open.call(this, descriptor);
      new BroadcastChannel("lose").onmessage = () => device.destroy();
      return device;
    };
  });
  await configure(page, { size: 32, steps: 500 });
  await page.click("#start");
  await reached(page, 3);
  await page.evaluate(() => new BroadcastChannel("lose").postMessage(""));
  const message = await failure(page);
  expect(message).toMatch(/^The GPU was lostThe GPU device was lost .* Start again/);
  expect(message).toContain("The last picture is kept too");
  const { width, height } = await loadImage((await saved(page)).bytes, "last picture");
  expect([width, height]).toEqual([32, 24]);
  expect(await page.textContent("#content-chosen strong")).toBe("Harbor");
  expect(await page.inputValue("#size")).toBe("32");
  await configure(page, { steps: 1 });
  await run(page);
  expect(await page.isHidden("#failure")).toBe(true);
});

it("says that the memory does not suffice", async () => {
  const page = await openWithWorker(() => {
    GPUDevice.prototype.popErrorScope = async () => new GPUOutOfMemoryError("no memory is left");
  });
  const message = await startInVain(page);
  expect(message).toMatch(/^Not enough GPU memory.* could not allocate .* \(no memory is left\)\. Use a smaller size/);
  expect(message).toContain("Pictures and settings are kept.");
});

it("says which size fits the GPU", async () => {
  const page = await openWithWorker(() => {
    const limits = { maxStorageBufferBindingSize: 150_000, maxBufferSize: 150_000 };
    Object.defineProperty(GPUDevice.prototype, "limits", { get: () => limits });
  });
  expect(await startInVain(page)).toMatch(/^Too large for this GPU.* is 0\.\d MB\. Use a size of at most \d+\./);
});

it("says why a file is no picture, and keeps the one before", async () => {
  const page = await site.open();
  const png = await readFile(imagePath("harbor"));
  const wide = Buffer.from(png);
  wide.writeUInt32BE(20_000, 16);
  const cases: [name: string, buffer: Buffer, message: RegExp][] = [
    ["notes.png", Buffer.from("These are notes."), /"notes\.png" is not an image.* Choose a PNG, JPEG, WebP/],
    ["half.png", png.subarray(0, 300_000), /"half\.png".*(truncated|damaged|ends|cut)/],
    ["wide.png", wide, /"wide\.png" is 20000x576 pixels, over the limit of 16384 a side\. Scale it down first/],
    ["empty.png", Buffer.alloc(0), /"empty\.png" is empty/],
  ];
  for (const [name, buffer, message] of cases) {
    await page.setInputFiles("#content-file", { name, mimeType: "image/png", buffer });
    await page.waitForFunction((name) => document.getElementById("failure")!.textContent!.includes(name), name);
    expect(await failure(page)).toMatch(message);
  }
  expect(await page.textContent("#content-chosen strong")).toBe("Harbor");
});

it("says what is wrong with a weight file, a field and a camera", async () => {
  const page = await site.open({
    prepare: (page) =>
      page.addInitScript(() => {
        navigator.mediaDevices.getUserMedia = async () => {
          throw new DOMException("Permission denied", "NotAllowedError");
        };
      }),
  });
  await page.setInputFiles("#network-file", {
    name: "broken.safetensors",
    mimeType: "application/octet-stream",
    buffer: Buffer.from("no weights at all"),
  });
  await page.waitForSelector("#network option:nth-child(2)", { state: "attached" });
  expect(await startInVain(page)).toMatch(/^This network cannot be used/);
  await configure(page, { size: 5 });
  await page.click("#start");
  expect(await failure(page)).toContain("Longest side, pixels: give a whole number from 16 to 4096.");
  expect(await page.evaluate(() => document.activeElement!.id)).toBe("size");
  await page.click("#content-camera");
  await page.waitForSelector("#camera-message:text('The camera is not allowed.')");
});

it("says that a link is damaged, and that a network is not on the site", async () => {
  const page = await site.open({ fragment: "#recipe=e30gZ" });
  expect(await failure(page)).toMatch(/^This recipe cannot be used/);
  expect(await page.textContent("#content-chosen strong")).toBe("Harbor");
  await page.click("#recipe");
  const recipe = JSON.parse(await page.inputValue("#recipe-text"));
  await page.fill("#recipe-text", JSON.stringify({ ...recipe, size: "large" }));
  await page.click("#load-recipe");
  await page.waitForSelector("#recipe-message:text('In the recipe, size is \"large\" where')");
  await page.fill("#recipe-text", JSON.stringify({ ...recipe, network: { hosted: "other.safetensors" } }));
  await page.click("#load-recipe");
  await page.waitForFunction(() => document.getElementById("failure")!.textContent!.includes("not on this site"));
});

it("says when a network of the site cannot be downloaded", async () => {
  const list = [{ name: "Gone", file: "gone.safetensors", bytes: 1000 }];
  const page = await site.open({
    prepare: (page) => page.route("**/networks.json", (route) => route.fulfill({ json: list })),
  });
  await page.selectOption("#network", { index: 1 });
  expect(await startInVain(page)).toMatch(/Gone cannot be downloaded: HTTP 404\. Correct its file in networks\.json/);
});

it("says when the worker cannot be loaded", async () => {
  const page = await site.open({ prepare: (page) => page.route("**/worker-*.js", (route) => route.abort()) });
  expect(await failure(page)).toMatch(/reload the page/i);
});
