/** A page in headless Chromium that has the library, bundled from its sources, as `nst`. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { bundleLibrary } from "./bundle.ts";
import { launchChromium } from "./chromium.ts";

declare global {
  /** The library, in what `page.evaluate` runs. */
  var nst: typeof import("../../src/index.ts");
  /** Bytes as text, the fastest way out of the page: the reverse of {@link fromBase64}. */
  var toBase64: (bytes: Uint8Array | Uint8ClampedArray) => string;
}

const ROOT = new URL("../../", import.meta.url);

/** Opens the page. The caller closes it, which ends the browser. */
export async function openPage(): Promise<{ page: Page; close(): Promise<void> }> {
  const library = await bundleLibrary();
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url!, "http://localhost");
    const [type, content] = await contentOf(pathname, library).catch(() => ["", undefined] as const);
    response.writeHead(content === undefined ? 404 : 200, { "content-type": type });
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await launchChromium();
  const page = await browser.newPage();
  await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
  await page.waitForFunction(() => globalThis.nst !== undefined);
  await page.evaluate(() => {
    globalThis.toBase64 = (bytes) => {
      const parts = Array.from({ length: Math.ceil(bytes.length / 4096) }, (_, i) =>
        bytes.subarray(4096 * i, 4096 * i + 4096),
      );
      return btoa(parts.map((part) => String.fromCharCode(...part)).join(""));
    };
  });
  const close = async () => {
    await browser.close();
    server.close();
  };
  return { page, close };
}

/** The library lies as deep as in the package, so that it finds its weights. */
async function contentOf(
  path: string,
  library: Uint8Array,
): Promise<readonly [type: string, content: string | Uint8Array]> {
  const page = `<!doctype html><title>nst-gpu</title><script type="module">globalThis.nst = await import("/a/b/index.js");</script>`;
  if (path === "/") return ["text/html", page];
  if (path === "/a/b/index.js") return ["text/javascript", library];
  const [, shared, file] =
    path.match(/^\/(shared\/)?((weights|images|test\/image\/fixtures|examples\/images)\/[\w.-]+)$/) ?? [];
  if (!file) throw new Error(`${path} is not served`);
  return [
    "application/octet-stream",
    await readFile(shared ? join(process.env.NST_SHARED!, file) : new URL(file, ROOT)),
  ];
}

/** Bytes that came out of the page as text. */
export function fromBase64(text: string): Uint8ClampedArray {
  return new Uint8ClampedArray(Buffer.from(text, "base64"));
}
