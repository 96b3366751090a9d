/**
 * The README's picture of the playground. `npm run screenshot` writes docs/playground.png; a plain test run does the same at a small
 * size and keeps it among the screenshots.
 */
import { expect, it } from "vitest";
import { configure, openSite, run, says, screenshotPath } from "./site.ts";

const isForReadme = process.env.NST_SCREENSHOT === "1";
const site = await openSite();

it("shows a finished run with before and after", async () => {
  const page = await site.open({ viewport: { width: 1280, height: 900 }, colorScheme: "light" });
  await configure(page, isForReadme ? { size: 384, steps: 50 } : { size: 48, steps: 3 });
  await run(page);
  await says(page, "Done");
  await page.fill("#compare", "35");
  await page.evaluate(() => {
    (document.activeElement as HTMLElement | null)?.blur();
    scrollTo(0, 0);
  });
  const path = isForReadme ? "docs/playground.png" : screenshotPath("playground");
  const png = await page.screenshot({ path });
  expect(png.length).toBeGreaterThan(100_000);
}, 900_000);
