/** The playground by keyboard, in axe-core's eyes, and in pictures that are to be looked at: .cache/screenshots. */
import { mkdir } from "node:fs/promises";
import axe, { type AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { beforeAll, expect, it } from "vitest";
import { configure, ended, openSite, reached, readDownload, screenshotPath } from "./site.ts";

const site = await openSite();

beforeAll(() => mkdir(new URL("../../.cache/screenshots/", import.meta.url), { recursive: true }));

const VIEWS = {
  "wide-light": { viewport: { width: 1280, height: 900 }, colorScheme: "light" },
  "wide-dark": { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
  "narrow-light": { viewport: { width: 390, height: 844 }, colorScheme: "light", hasTouch: true, isMobile: true },
  "narrow-dark": { viewport: { width: 390, height: 844 }, colorScheme: "dark", reducedMotion: "reduce" },
} as const;

/** What axe-core finds wrong with the page as it is. */
async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe.source);
  const results = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  return (results as AxeResults).violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" ")}`,
  );
}

/** Checks the page, and takes its picture. */
async function check(page: Page, name: string, fullPage = false): Promise<void> {
  await page.screenshot({ path: screenshotPath(name), fullPage });
  expect(await violations(page), name).toEqual([]);
}

for (const [name, view] of Object.entries(VIEWS)) {
  it(`has no flaw that axe-core sees, ${name}, with each dialog`, async () => {
    const page = await site.open(view);
    await check(page, name, true);
    await page.click("[aria-label='Crop and rotate Harbor']");
    await page.waitForFunction(() => document.querySelector<HTMLCanvasElement>("#editor-canvas")!.width > 300);
    await check(page, `${name}-editor`);
    await page.keyboard.press("Escape");
    expect(await page.evaluate(() => document.activeElement!.ariaLabel)).toBe("Crop and rotate Harbor");
    await page.click("#style-camera");
    await page.waitForSelector("#shutter:enabled");
    await check(page, `${name}-camera`);
    await page.keyboard.press("Escape");
    await page.click("#recipe");
    await check(page, `${name}-recipe`);
    const recipe = JSON.parse(await page.inputValue("#recipe-text"));
    recipe.content = { picture: { name: "own.png", bytes: 1234, sha256: "0123456789abcdef".repeat(4) } };
    await page.fill("#recipe-text", JSON.stringify(recipe));
    await page.click("#load-recipe");
    await page.waitForSelector("#missing[open]");
    await check(page, `${name}-missing`);
    await page.keyboard.press("Escape");
    await configure(page, { size: 5 });
    await page.click("#start");
    await page.waitForSelector("#failure:not([hidden])");
    await check(page, `${name}-failure`);
    const width = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(width, "pixels that one has to scroll sideways").toBe(0);
  });
}

it("has no flaw while it runs, and with before and after", async () => {
  const page = await site.open(VIEWS["wide-light"]);
  await page.click("#style-gallery button:nth-child(2)");
  await configure(page, { size: 64, steps: 400 });
  await page.click("#start");
  await reached(page, 4);
  await check(page, "running");
  await page.click("#stop");
  await ended(page);
  await page.focus("#compare");
  for (let press = 0; press < 4; press++) await page.keyboard.press("PageUp");
  expect(await page.getAttribute("#compare", "aria-valuetext")).toBe("40 % before, 60 % after");
  await check(page, "done");
});

it("is worked by the pointer: a part is dragged in the editor, and the line between before and after", async () => {
  const page = await site.open(VIEWS["narrow-light"]);
  await page.click("[aria-label='Crop and rotate Harbor']");
  await page.waitForFunction(() => document.querySelector<HTMLCanvasElement>("#editor-canvas")!.width > 300);
  await drag(page, "#editor-canvas", [0.25, 0.25], [0.75, 0.5]);
  const part = await page.$$eval(".numbers input", (all) =>
    all.map((each) => (each as HTMLInputElement).valueAsNumber),
  );
  for (const [index, expected] of [192, 144, 384, 144].entries()) {
    // A pixel of the page is up to 3 of the picture.
    expect(Math.abs(part[index] - expected), `${part}`).toBeLessThanOrEqual(3);
  }
  await page.click("#editor button[value=apply]");
  await configure(page, { size: 48, steps: 1 });
  await page.click("#start");
  await ended(page);
  await drag(page, "#frame", [0.1, 0.5], [0.7, 0.5]);
  expect(Math.abs(Number(await page.inputValue("#compare")) - 70)).toBeLessThanOrEqual(1);
});

it("is worked by the keyboard alone, from the style to the saved picture", async () => {
  const page = await site.open(VIEWS["narrow-dark"]);
  await tabTo(page, "#style-gallery button:nth-child(3)");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#style-chosen li:nth-child(2)");
  await tabTo(page, "#style-chosen li:first-child [aria-label='Remove Swirls']", "Shift+Tab");
  await page.keyboard.press("Space");
  await tabTo(page, "[aria-label='Crop and rotate Harbor']", "Shift+Tab");
  await page.keyboard.press("Enter");
  await tabTo(page, "#editor-turn");
  await page.keyboard.press("Space");
  await tabTo(page, "#editor button[value=apply]");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#content-chosen :text('576 × 768')");
  await tabTo(page, "#styleWeight");
  await page.keyboard.press("ArrowRight");
  await tabTo(page, "#size");
  await page.keyboard.type("48");
  await tabTo(page, "#steps");
  await page.keyboard.type("3");
  await tabTo(page, "#start", "Shift+Tab");
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => document.activeElement!.id)).toBe("pause");
  await ended(page);
  expect(await page.evaluate(() => document.activeElement!.id)).toBe("start");
  await tabTo(page, ".save[data-format=png]");
  const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
  expect((await readDownload(download)).name).toBe("style-transfer.png");
  expect(await page.textContent("#read-size")).toBe("36 × 48");
});

/** Drags from one place of an element to another, each in parts of its width and height. */
async function drag(page: Page, selector: string, from: [number, number], to: [number, number]): Promise<void> {
  await page.locator(selector).scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await page.locator(selector).boundingBox())!;
  await page.mouse.move(x + from[0] * width, y + from[1] * height);
  await page.mouse.down();
  await page.mouse.move(x + to[0] * width, y + to[1] * height, { steps: 3 });
  await page.mouse.up();
}

/** Presses Tab until the element has the focus, which must then be visible. */
async function tabTo(page: Page, selector: string, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
  for (let press = 0; press < 60; press++) {
    await page.keyboard.press(key);
    const isThere = await page.evaluate((wanted) => document.activeElement!.matches(wanted), selector);
    if (!isThere) continue;
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle);
    expect(outline, `outline of ${selector}`).not.toBe("none");
    return;
  }
  throw new Error(`No press of ${key} leads to ${selector}.`);
}
