/** The built package with every way to the network refused: what comes with it is enough. */
import { cp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadImage } from "../src/image/load.ts";
import { launchChromium } from "./browser/chromium.ts";
import { serve } from "./browser/serve.ts";
import { folderWithImages } from "./cli/fake-host.ts";
import { installOffline } from "./consumers/offline-install.ts";
import { build, pack, ROOT, run } from "./consumers/package.ts";

/** Runs before the program: connections, name lookups and fetch throw and leave a mark, whoever may catch what they throw. */
const GUARD = `
import dns from "node:dns";
import net from "node:net";
import { syncBuiltinESMExports } from "node:module";
const refuse = () => {
  process.exitCode = 99;
  process.on("exit", () => (process.exitCode = 99));
  throw new Error("The network is refused.");
};
net.Socket.prototype.connect = net.connect = net.createConnection = refuse;
dns.lookup = dns.resolve = dns.promises.lookup = dns.promises.resolve = refuse;
globalThis.fetch = globalThis.WebSocket = refuse;
syncBuiltinESMExports();`;
const PRELOAD = ["--import", `data:text/javascript,${encodeURIComponent(GUARD)}`];

/** Runs Node with the guard, by default in the package's folder, and gives its exit code and what it printed. */
async function refusingNetwork(args: string[], env: Record<string, string> = {}, cwd = ROOT) {
  const options = { cwd, env: { ...process.env, NST_CACHE: "", NST_WEIGHTS_URL: "", ...env } };
  const ended = run(process.execPath, [...PRELOAD, ...args], options).then((printed) => ({ code: 0, ...printed }));
  return ended.catch((error: { code: number; stdout: string; stderr: string }) => error);
}

const evaluated = (script: string) => ["--input-type=module", "--eval", script];

beforeAll(build);

it.each([
  ["fetch", `await fetch("http://127.0.0.1:9/").catch(() => {})`],
  ["node:http", `import http from "node:http"; try { http.get("http://127.0.0.1:9/").on("error", () => {}) } catch {}`],
  ["node:net", `import { connect } from "node:net"; try { connect(9) } catch {}`],
  ["node:dns", `import { lookup } from "node:dns"; try { lookup("localhost", () => {}) } catch {}`],
])("the guard notices %s", async (_, script) => {
  expect((await refusingNetwork(evaluated(script))).code).toBe(99);
});

it("the library stylises", async () => {
  const script = `
    import { styleTransfer } from "nst-gpu";
    const picture = (seed) => ({ width: 24, height: 16, data: Uint8Array.from({ length: 1536 }, (_, i) => (i * seed) % 256) });
    const { image } = await styleTransfer({ content: picture(7), style: picture(13), size: 24, steps: 2, onWarning() {} });
    console.log(image.width, image.height);`;
  expect(await refusingNetwork(evaluated(script))).toMatchObject({ code: 0, stdout: "24 16\n" });
});

it("the command line stylises with the embedded network", async () => {
  const folder = await folderWithImages();
  const paths = ["content.png", "style.png", "out.png"].map((name) => join(folder, name));
  const args = [paths[0], paths[1], "-o", paths[2], "--size", "32", "--steps", "2", "--json"];
  const { code, stdout } = await refusingNetwork(["dist/node/cli.js", ...args], { NST_CACHE: folder });
  expect(code).toBe(0);
  expect(JSON.parse(stdout.trimEnd().split("\n").at(-1)!)).toMatchObject({ network: "slim to relu4_1", width: 32 });
  expect(await loadImage(await readFile(paths[2]), "out.png")).toMatchObject({ width: 32, height: 24 });
});

it("a network that is not installed is an error that says so, without an attempt", async () => {
  const folder = await folderWithImages();
  const args = ["dist/node/cli.js", "weights", "install", "vgg19"];
  const { code, stderr } = await refusingNetwork(args, { NST_CACHE: folder, NST_OFFLINE: "1" });
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /^nst-gpu: vgg19 is not installed.*\(80 MB\) with nst-gpu weights install vgg19, NST_OFFLINE unset/m,
  );
});

describe("installed without a network into an empty folder", () => {
  let folder: string;
  let browser: Browser;
  /** What Node paints there. */
  let painted: string;

  beforeAll(async () => {
    // The software adapter, because there may be no GPU.
    folder = await installOffline(await pack(), "@sparticuz/chromium");
    await cp(join(ROOT, "test/consumers/offline"), folder, { recursive: true });
    await cp(join(ROOT, "test/consumers/project/paint.js"), join(folder, "paint.js"));
    for (const name of ["harbor.png", "swirls.png"]) await cp(join(ROOT, "examples/images", name), join(folder, name));
    browser = await launchChromium("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost");
  });
  afterAll(async () => {
    await browser?.close();
    if (folder) await rm(folder, { recursive: true });
  });

  it("it stylises a picture file in Node", async () => {
    const script = `
      import { stylize } from "./stylize.js";
      console.log(await stylize({ adapter: "swiftshader", onWarning() {} }));`;
    const ended = await refusingNetwork(evaluated(script), { NST_CACHE: join(folder, "cache") }, folder);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    painted = ended.stdout.trim();
    expect(painted).toMatch(/^slim to relu4_1: 32x24 [0-9a-f]{64}$/);
  });

  it("it stylises the same picture in Chromium, which asks nobody but the page's own server", async () => {
    const server = await serve(folder);
    const { page, strangers, complaints } = await openGuarded(browser, server.url);
    await page.goto(server.url);
    await page.waitForFunction(() => document.querySelector("output")!.value !== "");
    expect(await page.locator("output").textContent()).toBe(painted);
    expect({ strangers, complaints }).toEqual({ strangers: [], complaints: [] });
    await page.close();
    await server.close();
  });

  it("the guard notices what a page asks of others", async () => {
    const server = await serve(folder);
    const { page, strangers } = await openGuarded(browser, server.url);
    await page.goto(server.url, { waitUntil: "commit" });
    const asked = ["https://example.com/fetched", "http://127.0.0.1:9/image.png"];
    await page.evaluate(async ([address, image]) => {
      await fetch(address).catch(() => {});
      await new Promise((failed) => Object.assign(new Image(), { src: image, onerror: failed }));
    }, asked);
    expect(strangers).toEqual(asked);
    await page.close();
    await server.close();
  });
});

/** A page that gets nothing but what is below an address. It collects what else was asked for, and what went wrong. */
async function openGuarded(browser: Browser, url: string) {
  const page = await browser.newPage();
  const [strangers, complaints] = [[], []] as string[][];
  await page.route("**/*", (route) => {
    const asked = route.request().url();
    if (asked.startsWith(url) || asked.startsWith("data:")) return route.continue();
    strangers.push(asked);
    return route.abort();
  });
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  return { page, strangers, complaints };
}
