/**
 * The README's picture of the playground. `npm run screenshot` writes docs/playground.png; a plain test run does the same at a small
 * size and keeps it among the screenshots.
 */
import { expect, it } from "vitest";
import { configure, openSite, run, says, screenshotPath } from "./site.ts";

const isForReadme = process.env.NST_SCREENSHOT === "1";
const site = await openSite();

it("shows a finished run with before and after", async () => {
  const page = await site.open({ viewport: { width: 1280, height: 960 }, colorScheme: "light" });
  await page.click("#style-gallery button:nth-child(2)");
  await page.click("#style-chosen button:text('Remove')");
  await configure(page, isForReadme ? { size: 384, steps: 50 } : { size: 48, steps: 3 });
  await run(page);
  await says(page, "Done");
  await page.fill("#compare", "35");
  // The focus ring and the notice of a slow adapter are not what the picture is about.
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  const path = isForReadme ? "docs/playground.png" : screenshotPath("playground");
  const png = await page.screenshot({ path, clip: { x: 0, y: 0, width: 1280, height: 960 } });
  expect(png.length).toBeGreaterThan(100_000);
}, 900_000);
