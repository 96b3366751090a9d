/** `nst-gpu weights`, with a manifest of one small network on a local server. */
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { openNetworkWeights } from "../../src/vgg/weights.ts";
import { type FlakyServer, flakyServer, refusing, serving } from "../vgg/flaky-server.ts";
import { folderWithImages, run } from "./fake-host.ts";

const { SMALL } = vi.hoisted(() => ({
  SMALL: {
    name: "small",
    architecture: "vgg19",
    urls: ["https://nowhere.invalid/small.safetensors"],
    bytes: 0,
    hash: { sha256: "" },
    format: "safetensors",
    preprocessing: "torchvision",
    citation: "none",
  },
}));
vi.mock("../../weights/manifest.json", () => ({ default: { networks: [SMALL] } }));

let server: FlakyServer;
let cache: string;
beforeAll(async () => {
  server = await flakyServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  const { tensorsOf } = await import("../vgg/helpers.ts");
  const { writeSafetensors } = await import("../../src/vgg/safetensors.ts");
  const content = writeSafetensors(tensorsOf(["conv1_1", "conv1_2", "conv2_1"]));
  SMALL.bytes = content.length;
  SMALL.hash.sha256 = createHash("sha256").update(content).digest("hex");
  server.answers = [serving(content)];
  server.requests.length = 0;
  cache = await mkdtemp(join(tmpdir(), "nst-cli-weights-"));
  vi.stubEnv("NST_CACHE", cache);
  vi.stubEnv("NST_OFFLINE", "");
  vi.stubEnv("NST_WEIGHTS_URL", server.url);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(cache, { recursive: true });
});

const place = () => join(cache, "weights", "small.safetensors");

it("installs, lists, verifies and clears", async () => {
  expect((await run(["weights", "list"])).stdout).toMatch(/^small +0\.0 MB +safetensors +not installed\n$/);
  const installed = await run(["weights", "install", "small"]);
  expect(installed).toMatchObject({ code: 0, stdout: `small  ${place()}\n` });
  expect(installed.stderr).toMatch(/^small {2}0\.0 of 0\.0 MB.*0:00 left\n$/);
  expect((await run(["weights", "list"])).stdout).toContain(place());
  expect(await run(["weights", "verify"])).toMatchObject({ code: 0, stdout: "small  good\n", stderr: "" });
  const again = await run(["weights", "install", "small", "--json"]);
  expect(JSON.parse(again.stdout)).toEqual({ name: "small", bytes: SMALL.bytes, place: place() });
  expect(server.requests).toEqual(["/small.safetensors"]);
  expect(await run(["weights", "clear", "small"])).toMatchObject({ code: 0, stdout: "small  0.0 MB freed\n" });
  expect(await readdir(join(cache, "weights"))).toEqual([]);
  expect(await run(["weights", "clear"])).toMatchObject({ code: 0, stdout: "" });
});

it("shows a download on a terminal in one line, that is gone at the end, and nothing when quiet", async () => {
  const { stderr } = await run(["weights", "install", "small"], { isTTY: true, columns: 60 });
  expect(stderr.replaceAll("\r\u001b[2K", "<erased>")).toMatch(/<erased>\[#+\] small {2}0\.0 of 0\.0 MB.*<erased>$/);
  expect(stderr).not.toContain("\n");
  await run(["weights", "clear"]);
  expect(await run(["weights", "install", "small", "--quiet"])).toMatchObject({ code: 0, stderr: "" });
});

it("ends with 1 and the reason where a download fails", async () => {
  server.answers = [refusing(404)];
  const { code, stderr } = await run(["weights", "install", "small"]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^nst-gpu: http:.*small\.safetensors cannot be downloaded: HTTP 404.*\n$/);
});

it("ends with 2 where downloads are forbidden", async () => {
  vi.stubEnv("NST_OFFLINE", "1");
  const { code, stderr } = await run(["weights", "install", "small"]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^nst-gpu: small is not installed, and downloads are forbidden.*\n$/);
});

it("lists the layers of a network that is not installed without asking for it", async () => {
  const { code, stdout, stderr } = await run(["--list-layers", "--network", "small"]);
  expect(code).toBe(0);
  expect(stdout.split("\n")[0]).toMatch(/^relu1_1 +\d+ channels$/);
  expect(stderr).toBe("small is not installed; to download it (0.0 MB): nst-gpu weights install small\n");
  expect(server.requests).toEqual([]);
});

it("finds damage", async () => {
  await run(["weights", "install", "small"]);
  const bytes = await readFile(place());
  bytes[bytes.length - 1] ^= 1;
  await writeFile(place(), bytes);
  const { code, stdout, stderr } = await run(["weights", "verify", "--json"]);
  expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 2, name: "small", good: false });
  expect(stderr).toMatch(/^nst-gpu: Not good: small\. Get it anew: nst-gpu weights clear small && .* install small\n$/);
});

it("opens a network by its name, with the preprocessing of the manifest, and downloads it at first use", async () => {
  const reports: string[] = [];
  const weights = await openNetworkWeights("small", { onDownload: ({ name }) => reports.push(name) });
  expect(weights).toMatchObject({ layers: ["conv1_1", "conv1_2", "conv2_1"], preprocessing: { order: "RGB" } });
  await weights.close();
  expect(reports).toContain("small");
  await rm(place());
  await expect(openNetworkWeights("small", { offline: true })).rejects.toThrow(/downloads are forbidden/);
});

it("--network auto takes the first network of the manifest where it is installed, and says so", async () => {
  const folder = await folderWithImages();
  const args = ["content.png", "style.png"].map((name) => join(folder, name));
  const before = await run([...args, "-o", join(folder, "a.png")]);
  expect(before).toMatchObject({ code: 0, options: { network: "slim" } });
  expect(before.stderr).toContain("(0.0 MB): nst-gpu weights install small\n");
  await run(["weights", "install", "small"]);
  const after = await run([...args, "-o", join(folder, "b.png"), "--network", "auto"]);
  expect(after).toMatchObject({ code: 0, options: { network: "small" } });
  expect(after.stderr).toContain("small is installed; --network slim takes the embedded network instead\n");
  const chosen = await run([...args, "-o", join(folder, "c.png"), "--network", "slim"]);
  expect(chosen.options).toMatchObject({ network: "slim" });
  expect(chosen.stderr).not.toContain("install");
  expect((await run(["--list-layers"])).stdout).toBe("relu1_1  2 channels\nrelu1_2  3 channels\nrelu2_1  4 channels\n");
});

it("converts and inspects", async () => {
  const output = join(cache, "out.safetensors");
  const args = ["weights", "convert", "small", "-o", output, "--until", "relu1_2", "--dtype", "int8"];
  expect(await run(args)).toMatchObject({ code: 0, stdout: `wrote ${output}, conv1_1 to conv1_2, 0.0 MB\n` });
  const again = await run(args);
  expect(again.code).toBe(2);
  expect(again.stderr).toMatch(/out\.safetensors.*exists/);
  expect((await run([...args, "--force", "--json"])).code).toBe(0);
  const onto = await run(["weights", "convert", output, "-o", output, "--force"]);
  expect(onto).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/is the file that is converted\. Choose another/),
  });
  const { stdout } = await run(["weights", "inspect", output, "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({
    layers: ["conv1_1", "conv1_2"],
    metadata: { preprocessing: "torchvision" },
  });
  expect((await run(["weights", "inspect", output])).stdout).toMatch(/^channels +2 3$/m);
});

it("--help explains the commands, and each line fits a screen", async () => {
  const { code, stdout } = await run(["weights", "--help"]);
  expect(code).toBe(0);
  for (const word of ["list", "install", "verify", "convert", "inspect", "clear", "--until", "NST_WEIGHTS_URL"]) {
    expect(stdout).toContain(word);
  }
  for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  expect((await run(["weights"])).stdout).toBe(stdout);
});

it.each([
  ["weights instal small", /^"instal" is no command\. Did you mean "install"\?/],
  ["weights --json", /^The command is missing\. Give one of list, /],
  ["weights install", /^install was given 0 names.*nst-gpu weights install NAME\.\.\.$/],
  ["weights install smal", /^"smal" is no network\. Did you mean "small"\?/],
  ["weights verify slim", /^"slim" is in this package, and nothing to install\. .*give one of small/],
  ["weights list --dtype f16", /^--dtype means nothing to list\./],
  ["weights convert slim", /^--output is missing\. .*convert IN -o FILE$/],
  ["weights convert slim -o -", /^--output is "-", but results go to files alone\. .*convert IN -o FILE$/],
  ["weights convert slim -o x --dtype int4", /^--dtype is "int4"\. Did you mean "int8"\?/],
  ["weights convert slim -o x --until conv6_1", /^vgg19 has no layer "conv6_1"/],
  ["weights list --jsn", /^--jsn is no flag\. Did you mean "--json"\? See nst-gpu weights --help\.$/],
  ["weights inspect missing.safetensors", /missing\.safetensors does not exist/],
])("nst-gpu %s", async (command, message) => {
  const { code, stdout, stderr } = await run(command.split(" "));
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr.replace("nst-gpu: ", "").trimEnd()).toMatch(message);
});
