/** Image files are the same pixels in Node and in Chromium, whose decoders are two versions of one library. */
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { loadImage } from "../../src/index.ts";
import { describeShared } from "../shared.ts";
import { openPage } from "./page.ts";

const { page, close } = await openPage();
afterAll(close);

async function expectSamePixels(path: string, address: string): Promise<void> {
  const node = await loadImage(path, path);
  const chromium = await page.evaluate(async (address) => {
    const { width, height, data } = await nst.loadImage(address, address);
    const digest = await crypto.subtle.digest("SHA-256", new Uint8Array(data));
    return { width, height, digest: toBase64(new Uint8Array(digest)) };
  }, address);
  expect([chromium.width, chromium.height]).toEqual([node.width, node.height]);
  expect(chromium.digest).toBe(createHash("sha256").update(node.data).digest("base64"));
}

describe.each(["test/image/fixtures", "examples/images"])("each file of %s", (folder) => {
  const files = readdirSync(folder).filter((name) => /\.(png|jpg|webp|gif|bmp)$/.test(name));
  it.each(files)("%s", (file) => expectSamePixels(`${folder}/${file}`, `/${folder}/${file}`));
});

describeShared("photographs and paintings, JPEG files of every subsampling", (path) => {
  const files = ["golden_gate.jpg", "shipwreck.jpg", "starry_night_google.jpg", "the_scream.jpg", "tubingen.jpg"];
  it.each(files)("%s", (file) => expectSamePixels(path(`images/${file}`), `/shared/images/${file}`));
});
