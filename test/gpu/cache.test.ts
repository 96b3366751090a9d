/** The cache of what was measured, in Node: whoever writes at the same time, what is read is what one of them wrote. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { readCache, writeCache } from "../../src/gpu/cache.node.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nst-gpu-cache-"));
  vi.stubEnv("NST_CACHE", folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

it("writers at the same time, of long and short texts, leave one text whole and no other file", async () => {
  const texts = Array.from({ length: 20 }, (_, k) => String(k).repeat(k % 2 ? 3 : 200_000));
  for (let round = 0; round < 5; round++) {
    await Promise.all(texts.map((text) => writeCache("tuning", text)));
    expect(texts).toContain(await readCache("tuning"));
    expect(readdirSync(folder).length).toBe(1);
  }
});
