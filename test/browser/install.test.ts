/** Networks by name in a page: downloaded into the origin's private file system. */
import { createHash } from "node:crypto";
import { build } from "esbuild";
import { afterAll, beforeEach, expect, it } from "vitest";
import type { KnownNetwork } from "../../src/vgg/manifest.ts";
import { flakyServer, refusing, serving } from "../vgg/flaky-server.ts";
import { openPage } from "./page.ts";

declare global {
  /** The module that is tested, in the page. */
  var installer: typeof import("../../src/vgg/install.ts");
}

const CONTENT = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) % 251);
const WRONG = CONTENT.with(1000, 255);

const server = await flakyServer();
const { page, close } = await openPage();
const { outputFiles } = await build({
  entryPoints: [new URL("../../src/vgg/install.ts", import.meta.url).pathname],
  bundle: true,
  format: "iife",
  globalName: "installer",
  platform: "browser",
  write: false,
});
await page.addScriptTag({ content: outputFiles[0].text });
afterAll(async () => {
  await close();
  await server.close();
});

function network(hash: KnownNetwork["hash"]): KnownNetwork {
  const urls = [`${server.url}/network.bin`];
  const rest = { architecture: "vgg19", format: "safetensors", preprocessing: "caffe", citation: "none" };
  return { name: "small", urls, bytes: CONTENT.length, hash, ...rest };
}

const SHA256 = network({ sha256: createHash("sha256").update(CONTENT).digest("hex") });
const MD5 = network({ md5: createHash("md5").update(CONTENT).digest("hex") });

beforeEach(async () => {
  server.requests.length = 0;
  await page.evaluate((wanted) => installer.uninstall(wanted), SHA256);
});

/** Installs in the page: some of the file's bytes and what was reported last, or the error. */
function install(wanted: KnownNetwork, offline = false) {
  return page.evaluate(
    async ([wanted, offline]) => {
      let reported = 0;
      const onDownload = ({ bytes }: { bytes: number }) => {
        reported = bytes;
      };
      try {
        const patience = { attempts: 4, pause: 5, stall: 1000 };
        const file = await installer.install(wanted, { offline, onDownload }, patience);
        return { size: file.size, some: [...(await file.read(1000, 3))], reported };
      } catch (error) {
        const { name, reason, message } = error as Error & { reason: string };
        return { name, reason, message };
      }
    },
    [wanted, offline] as const,
  );
}

const GOOD = { size: CONTENT.length, some: [...CONTENT.slice(1000, 1003)] };

it("downloads once, goes on after broken connections, and keeps the file", async () => {
  server.answers = [serving(CONTENT, { breakAfter: 100_000 }), serving(CONTENT)];
  expect(await install(SHA256)).toEqual({ ...GOOD, reported: CONTENT.length });
  expect(server.requests).toEqual(["/network.bin", "/network.bin 100000-"]);
  expect(await install(SHA256, true)).toEqual({ ...GOOD, reported: 0 });
  expect(await page.evaluate((wanted) => installer.verify(wanted), SHA256)).toBe(true);
  expect(await page.evaluate((wanted) => installer.uninstall(wanted), SHA256)).toBe(CONTENT.length);
  expect(await install(SHA256, true)).toMatchObject({ name: "DownloadError", reason: "offline" });
});

it("begins again where the file has changed meanwhile", async () => {
  server.answers = [serving(CONTENT, { breakAfter: 1000, etag: '"old"' }), serving(CONTENT, { etag: '"new"' })];
  expect(await install(SHA256)).toMatchObject(GOOD);
  expect(server.requests).toEqual(["/network.bin", "/network.bin 1000-", "/network.bin"]);
});

it.each([
  ["SHA-256", SHA256],
  ["MD5", MD5],
])("refuses other bytes by %s, and those of an earlier attempt", async (_, wanted) => {
  server.answers = [serving(WRONG)];
  expect(await install(wanted)).toMatchObject({ name: "DownloadError", reason: "hash" });
  const givesUp = Array.from({ length: 3 }, () => refusing(503));
  server.answers = [serving(WRONG, { breakAfter: 2000 }), ...givesUp, serving(CONTENT)];
  expect(await install(wanted)).toMatchObject({ name: "DownloadError", reason: "connection" });
  expect(await install(wanted)).toMatchObject(GOOD);
  expect(server.requests.slice(-2)).toEqual(["/network.bin 2000-", "/network.bin"]);
  await page.evaluate((wanted) => installer.uninstall(wanted), wanted);
  server.answers = [serving(CONTENT, { breakAfter: 2000 }), ...givesUp, serving(CONTENT)];
  expect(await install(wanted)).toMatchObject({ name: "DownloadError", reason: "connection" });
  expect(await install(wanted)).toMatchObject(GOOD);
  expect(server.requests.at(-1)).toBe("/network.bin 2000-");
  expect(await page.evaluate((wanted) => installer.verify(wanted), wanted)).toBe(true);
});

it("downloads once for several callers", async () => {
  server.answers = [serving(CONTENT)];
  expect(await Promise.all([install(SHA256), install(SHA256)])).toMatchObject([GOOD, GOOD]);
  expect(server.requests).toEqual(["/network.bin"]);
});
