/** The package in pages, by every way it gets there, in Chromium: the same picture each time, and no word of complaint. */
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium } from "../browser/chromium.ts";
import { type Server, serve } from "../browser/serve.ts";
import { WAYS } from "./bundlers.ts";
import { makeProject, pack, ROOT, run, type Tarball } from "./package.ts";

const LIBRARY = "./node_modules/nst-gpu/dist/browser/index.js";

let tarball: Tarball;
let browser: Browser;
/** What Node's adapter of the same name paints. */
let painted: { fingerprint: string; changes: string[] };

beforeAll(async () => {
  tarball = await pack();
  browser = await launchChromium();
  const project = await makeProject("node", tarball, "project", "globals");
  const script = `
    import { changesOfGlobals } from "./globals.js";
    console.log(JSON.stringify(await changesOfGlobals("nst-gpu", { adapter: "swiftshader", onWarning() {} })));`;
  const { stdout } = await run("node", ["--input-type=module", "-e", script], { cwd: project });
  painted = JSON.parse(stdout);
});
afterAll(() => browser?.close());

describe("the package in a page and in its worker", () => {
  it.each(WAYS)("paints by %s what it paints in Node, and logs no error", async (name, folders, open) => {
    const server = await open(await makeProject(name.replace(/\W/g, "-"), tarball, ...folders));
    const { page, complaints } = await openPage(server);
    const outputs = page.locator("#page output, #worker output");
    await page.waitForFunction(() => document.querySelector<HTMLOutputElement>("#worker output")!.value !== "");
    expect(await outputs.allTextContents()).toEqual([painted.fingerprint, painted.fingerprint]);
    expect(complaints).toEqual([]);
    await page.close();
    await server.close();
  });

  it("draws with the lines that README.md shows", async () => {
    const project = await makeProject("readme", tarball);
    const [, lines] = (await readFile(join(ROOT, "README.md"), "utf8")).match(/^```html\n(.+?)^```/ms)!;
    const elements =
      '<link rel="icon" href="data:," /><img src="harbor.png" /><img src="swirls.png" /><canvas></canvas>';
    await writeFile(join(project, "index.html"), `<!doctype html>${elements}${lines}`);
    await cp(join(ROOT, "examples/images"), project, { recursive: true });
    const server = await serve(project);
    const { page, complaints } = await openPage(server);
    await page.waitForFunction(() => document.querySelector("canvas")!.width === 128);
    expect(complaints).toEqual([]);
    await page.close();
    await server.close();
  });

  it("says what to do where a bundler has not copied the network", async () => {
    const [, , open] = WAYS.find(([name]) => name === "esbuild")!;
    const server = await open(await makeProject("no-network", tarball, "project"));
    const { page, complaints } = await openPage(server);
    await expect.poll(() => complaints.join()).toMatch(/embedded network is not at http:.* Pass its address/);
    await page.close();
    await server.close();
  });
});

describe("globalThis", () => {
  it("stays as it is in Node", () => {
    expect(painted.changes).toEqual([]);
  });

  it("stays as it is in a page and in a worker", async () => {
    const server = await serve(await makeProject("globals", tarball, "project", "globals"));
    const { page } = await openPage(server, "globals.js");
    const inPage = await page.evaluate(`import("/globals.js").then((module) => module.changesOfGlobals("${LIBRARY}"))`);
    const inWorker = await page.evaluate((library) => {
      const worker = new Worker("/globals-worker.js", { type: "module" });
      const answer = new Promise((resolve) => (worker.onmessage = ({ data }) => resolve(data)));
      worker.postMessage(library);
      return answer;
    }, LIBRARY);
    const { fingerprint } = painted;
    expect([inPage, inWorker]).toEqual(Array(2).fill({ fingerprint, changes: [] }));
    await page.close();
    await server.close();
  });
});

/** Opens a page, and collects its errors and those it logs. */
async function openPage(server: Server, path = ""): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(server.url + path);
  return { page, complaints };
}
