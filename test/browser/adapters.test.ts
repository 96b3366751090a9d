/** Finding an adapter in a page. */
import { afterAll, expect, it } from "vitest";
import { openPage } from "./page.ts";

const { page, close } = await openPage();
afterAll(close);

/** The error that opening a device by a name ends with, or the device's name. */
async function openedBy(adapter: string): Promise<string> {
  return page.evaluate(async (adapter) => {
    try {
      const device = await nst.openDevice({ adapter, onWarning() {} });
      device.dispose();
      return device.name;
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`;
    }
  }, adapter);
}

it("lists what the browser shows, once each", async () => {
  const adapters = await page.evaluate(() => nst.listAdapters());
  expect(adapters.map(({ architecture, kind }) => [architecture, kind])).toEqual([["swiftshader", "software"]]);
  expect(adapters[0].limits.maxBufferSize).toBeGreaterThan(2 ** 28);
});

it("opens one by a part of its name, and refuses another with the names there are", async () => {
  const name = await openedBy("SwiftShader");
  expect(name).toMatch(/swiftshader/i);
  expect(await openedBy("GeForce")).toBe(
    `NoAdapterError: No WebGPU adapter matches "GeForce"; available: "${name}". Choose a part of one of these names.`,
  );
});

it("says which browsers have WebGPU where this one has none", async () => {
  const own = await page.context().browser()!.newPage();
  await own.addInitScript(() => Object.defineProperty(Navigator.prototype, "gpu", { value: undefined }));
  await own.goto(page.url());
  await own.waitForFunction(() => globalThis.nst !== undefined);
  const message = await own.evaluate(() => nst.openDevice().catch((error: Error) => `${error.name}: ${error.message}`));
  expect(message).toMatch(/^NoAdapterError: This browser has no WebGPU\. WebGPU is in Chrome or Edge 136 or later/);
});
