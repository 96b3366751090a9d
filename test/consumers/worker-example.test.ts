/** examples/worker as a static server gives it, in Chromium: progress, Cancel, and a picture that is drawn and saved. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium } from "../browser/chromium.ts";
import { type Server, serve } from "../browser/serve.ts";
import { build, ROOT } from "./package.ts";

const SCREENSHOTS = join(ROOT, ".cache/screenshots");

let server: Server;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  await build();
  server = await serve(ROOT);
  browser = await launchChromium();
  page = await browser.newPage({ viewport: { width: 720, height: 1200 } });
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(`${server.url}examples/worker/`);
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

describe("the worker example", () => {
  it("cancels within a step and says so", async () => {
    await start(96);
    await page.waitForFunction(() => document.querySelector("progress")!.value >= 2);
    const before = await page.evaluate(() => {
      document.querySelector<HTMLButtonElement>("#cancel")!.click();
      return document.querySelector("progress")!.value;
    });
    const text = await statusMatching(/^Cancelled after step \d+ of 50\.$/);
    const last = Number(text.match(/\d+/));
    expect(last).toBeGreaterThanOrEqual(before);
    expect(last).toBeLessThanOrEqual(before + 1);
    expect(await page.locator("#result a").count()).toBe(0);
    expect(await page.locator("#cancel").isDisabled()).toBe(true);
  });

  it("runs again to the end with a picture of the user's, shows every step, and saves what it shows", async () => {
    await page.locator("[name=style]").setInputFiles(join(ROOT, "examples/images/mosaic.png"));
    await page.evaluate(() => {
      const seen = new Set<number>();
      const bar = document.querySelector("progress")!;
      new MutationObserver(() => seen.add(bar.value)).observe(bar, { attributes: true });
      Object.assign(bar, { seen });
    });
    await start(32);
    await statusMatching(/^Done\.$/);
    const seen = await page.evaluate(() => [
      ...(document.querySelector("progress") as unknown as { seen: number[] }).seen,
    ]);
    expect(seen.slice(1)).toEqual(Array.from({ length: seen.length - 1 }, (_, i) => i + 1));
    expect(seen.length).toBeGreaterThan(50);
    const [, saved] = await page.evaluate(pixelsShownAndSaved);
    expect(saved.length).toBe(32 * 24 * 4);
    expect(new Set(saved).size).toBeGreaterThan(100);
    // What a worker has drawn reaches the page with its next frame, which may come after the message that all is done.
    const different = async () => {
      const [shown] = await page.evaluate(pixelsShownAndSaved);
      return shown.filter((value, index) => value !== saved[index]).length;
    };
    await expect.poll(different, { timeout: 10_000 }).toBe(0);
    await mkdir(SCREENSHOTS, { recursive: true });
    await page.screenshot({ path: join(SCREENSHOTS, "worker.png") });
    expect(complaints).toEqual([]);
  });

  it("shows the library's message when a picture cannot be read", async () => {
    await page
      .locator("[name=content]")
      .setInputFiles({ name: "a.png", mimeType: "image/png", buffer: Buffer.from("no") });
    await start(32);
    expect(await statusMatching(/^(?!Running)/)).toMatch(/image/);
    expect(await page.locator("#start").isEnabled()).toBe(true);
  });
});

async function start(size: number): Promise<void> {
  await page.locator("[name=size]").fill(String(size));
  await page.locator("#start").click();
}

async function statusMatching(pattern: RegExp): Promise<string> {
  const status = page.locator("#status");
  await expect.poll(() => status.textContent(), { timeout: 60_000 }).toMatch(pattern);
  return (await status.textContent())!;
}

/** The pixels of the canvas, and those of the file behind the link. */
async function pixelsShownAndSaved(): Promise<number[][]> {
  const canvas = document.querySelector("canvas")!;
  const { href } = document.querySelector<HTMLAnchorElement>("#result a")!;
  const bitmap = await createImageBitmap(await (await fetch(href)).blob());
  const { width, height } = bitmap;
  return [canvas, bitmap].map((source) => {
    const context = new OffscreenCanvas(width, height).getContext("2d")!;
    context.drawImage(source, 0, 0);
    return [...context.getImageData(0, 0, width, height).data];
  });
}
