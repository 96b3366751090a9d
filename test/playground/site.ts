/** The built playground in headless Chromium: served under a sub-path, as it is on a site. For the top level of a test file. */
import { readdirSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { BrowserContextOptions, Download, Page } from "playwright-core";
import { build } from "vite";
import { afterAll, expect, onTestFinished } from "vitest";
import { loadImage } from "../../src/image/load.ts";
import type { Picture } from "../../src/image/picture.ts";
import { launchChromium } from "../browser/chromium.ts";
import { serve } from "../browser/serve.ts";

const root = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** A picture of the gallery, as a file. */
export const imagePath = (name: string) => root(`examples/images/${name}.png`);

/** Where screenshots go, to be looked at. */
export const screenshotPath = (name: string) => root(`.cache/screenshots/${name}.png`);

/** What {@link openSite} gives. */
export interface Site {
  url: string;
  /** Names of the files in the site's assets folder. */
  assets: string[];
  /** A page of a context of its own, closed after the test. `prepare` is called before the site is opened. */
  open(options?: OpenOptions): Promise<Page>;
}

/** How a page is opened. */
export interface OpenOptions extends BrowserContextOptions {
  fragment?: string;
  prepare?: (page: Page) => Promise<unknown>;
}

/** Builds the site, serves it, and starts the browser; all end after the file's last test. */
export async function openSite(): Promise<Site> {
  const outDir = root(`.cache/playground-site-${process.pid}`);
  await build({ configFile: root("examples/playground/vite.config.ts"), logLevel: "silent", build: { outDir } });
  const server = await serve(outDir, "/some/path/");
  const browser = await launchChromium();
  afterAll(async () => {
    await browser.close();
    await server.close();
    await rm(outDir, { recursive: true });
  });
  return {
    url: server.url,
    assets: readdirSync(`${outDir}/assets`),
    async open({ fragment = "", prepare, ...options } = {}) {
      const permissions = ["clipboard-read", "clipboard-write", "camera"];
      const context = await browser.newContext({ permissions, ...options });
      onTestFinished(() => context.close());
      context.setDefaultTimeout(process.env.NST_SCREENSHOT ? 900_000 : 60_000);
      const page = await context.newPage();
      watch(page, server.url);
      await prepare?.(page);
      await page.goto(server.url + fragment);
      await page.waitForSelector("#content-chosen canvas, dialog[open], #failure:not([hidden])");
      return page;
    },
  };
}

/** Nothing may be asked of others, and nothing may be refused by the Content-Security-Policy or go wrong unseen. */
function watch(page: Page, url: string): void {
  const strays: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith("blob:")) strays.push(request.url());
  });
  page.on("pageerror", (error) => strays.push(String(error)));
  page.on("console", (message) => {
    if (/Content.Security.Policy/i.test(message.text())) strays.push(message.text());
  });
  onTestFinished(() => expect(strays).toEqual([]));
}

/** Fills in the fields of a run. */
export async function configure(page: Page, fields: Record<string, string | number>): Promise<void> {
  for (const [id, value] of Object.entries(fields)) await page.fill(`#${id}`, String(value));
}

/** Presses Start and waits for the end. */
export async function run(page: Page): Promise<void> {
  await page.click("#start");
  await ended(page);
}

/** Waits until the line of state says something that begins so. */
export async function says(page: Page, ...beginnings: string[]): Promise<string> {
  const handle = await page.waitForFunction((texts) => {
    const text = document.getElementById("announcer")!.textContent!;
    return texts.some((each) => text.startsWith(each)) ? text : undefined;
  }, beginnings);
  return (await handle.jsonValue()) as string;
}

/** Waits until the run has ended well. */
export async function ended(page: Page): Promise<void> {
  expect(await says(page, "Done", "Stopped", "The run failed")).not.toBe("The run failed.");
}

/** Waits until some steps are done. */
export async function reached(page: Page, step: number): Promise<void> {
  await page.waitForFunction(
    (least) => Number.parseInt(document.getElementById("read-step")!.textContent!, 10) >= least,
    step,
  );
}

/** The step that is shown. */
export async function stepShown(page: Page): Promise<number> {
  return Number.parseInt((await page.textContent("#read-step"))!, 10);
}

/** Saves the picture and gives the file. */
export async function saved(page: Page, format = "png"): Promise<{ name: string; bytes: Uint8Array }> {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(`.save[data-format=${format}]`)]);
  return readDownload(download);
}

export async function readDownload(download: Download): Promise<{ name: string; bytes: Uint8Array }> {
  return { name: download.suggestedFilename(), bytes: new Uint8Array(await readFile(await download.path())) };
}

/** The pixels of the picture that the page saves as PNG. */
export async function savedPixels(page: Page): Promise<Picture> {
  return loadImage((await saved(page)).bytes, "saved picture");
}

/** Fails unless two pictures are the same to the bit. */
export function expectSame(actual: Picture, expected: Picture): void {
  expect([actual.width, actual.height]).toEqual([expected.width, expected.height]);
  const differing = [...actual.data].filter((value, index) => value !== expected.data[index]);
  expect(differing.length, "values that differ").toBe(0);
}

/** The recipe that the page shows. */
export async function recipeShown(page: Page): Promise<string> {
  await page.click("#recipe");
  const text = await page.inputValue("#recipe-text");
  await page.keyboard.press("Escape");
  return text;
}

/** The link that the page copies. */
export async function linkCopied(page: Page): Promise<string> {
  await page.click("#recipe");
  await page.click("#copy-link");
  await page.waitForFunction(() => document.getElementById("recipe-message")!.textContent === "Link copied.");
  const link = await page.evaluate(() => navigator.clipboard.readText());
  await page.keyboard.press("Escape");
  return link;
}
