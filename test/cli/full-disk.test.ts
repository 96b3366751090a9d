import * as fs from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, it, vi } from "vitest";
import { folderWithImages, run } from "./fake-host.ts";

vi.mock("node:fs/promises", async (original) => {
  const actual = await original<typeof import("node:fs/promises")>();
  return { ...actual, statfs: vi.fn(actual.statfs) };
});

/** Lets the file system answer with 4096-byte blocks, of which so many are free. */
function diskWith(blocks: number, free: number): void {
  const numbers = { type: 0, bsize: 4096, frsize: 4096, blocks, bfree: free, bavail: free, files: 9, ffree: 9 };
  vi.mocked(fs.statfs).mockResolvedValue(numbers);
}

let folder: string;
beforeEach(async () => {
  folder = await folderWithImages();
});

function stylize() {
  return run([join(folder, "content.png"), join(folder, "style.png"), "-o", join(folder, "out.png")]);
}

it("a full disk is bad input: nothing is computed", async () => {
  diskWith(1000, 0);
  const { code, stderr, options } = await stylize();
  expect({ code, options }).toEqual({ code: 2, options: undefined });
  expect(stderr).toMatch(/^nst-gpu: Cannot write ".*out\.png": the disk is full \(0 bytes left\)\..*\n$/);
});

it("a disk with room, or one that counts no blocks, is not refused", async () => {
  diskWith(1000, 16);
  expect(await stylize()).toMatchObject({ code: 0 });
  await fs.rm(join(folder, "out.png"));
  diskWith(0, 0);
  expect(await stylize()).toMatchObject({ code: 0 });
});
