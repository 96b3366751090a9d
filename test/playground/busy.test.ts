/** What the page does beside the worker that computes. Runs after all other files (vitest.config.ts): another would take its core. */
import { expect, it } from "vitest";
import { configure, imagePath, openSite, run } from "./site.ts";

const site = await openSite();

it("is never busy for 50 ms while it paints", async () => {
  const page = await site.open();
  await page.setInputFiles("#content-file", imagePath("embers"));
  await page.setInputFiles("#style-file", [imagePath("mosaic"), imagePath("harbor")]);
  await page.waitForSelector("#style-chosen li:nth-child(3)");
  await configure(page, { size: 64, steps: 4 });
  // Tasks of 50 ms or more: what the browser calls long.
  await page.evaluate(() => {
    const tasks: number[] = [];
    Object.assign(globalThis, { tasks });
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
      type: "longtask",
    });
  });
  await run(page);
  expect(await page.evaluate("tasks")).toEqual([]);
});
