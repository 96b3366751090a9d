/** The built package with every way to the network refused: what comes with it is enough. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { loadImage } from "../src/image/load.ts";
import { folderWithImages } from "./cli/fake-host.ts";
import { build, ROOT, run } from "./consumers/package.ts";

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

/** Runs Node in the package's folder with the guard, and gives its exit code and what it printed. */
async function refusingNetwork(args: string[], env: Record<string, string> = {}) {
  const options = { cwd: ROOT, env: { ...process.env, NST_CACHE: "", NST_WEIGHTS_URL: "", ...env } };
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
  expect(JSON.parse(stdout.trimEnd().split("\n").at(-1)!)).toMatchObject({ network: "slim to relu4_2", width: 32 });
  expect(await loadImage(await readFile(paths[2]), "out.png")).toMatchObject({ width: 32, height: 24 });
});

it("a network that is not installed is an error that says so, without an attempt", async () => {
  const folder = await folderWithImages();
  const args = ["dist/node/cli.js", "--list-layers", "--network", "vgg19"];
  const { code, stderr } = await refusingNetwork(args, { NST_CACHE: folder, NST_OFFLINE: "1" });
  expect(code).toBe(2);
  expect(stderr).toMatch(/^nst-gpu: vgg19 is not installed.*\(80 MB\): nst-gpu weights install vgg19/m);
});
