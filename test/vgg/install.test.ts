/** Networks by name: downloaded from a local server that does all that servers and connections do wrong. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { DownloadError, WeightsError } from "../../src/errors.ts";
import type { DownloadProgress } from "../../src/vgg/download.ts";
import { install, uninstall, verify } from "../../src/vgg/install.ts";
import type { KnownNetwork } from "../../src/vgg/manifest.ts";
import { type FlakyServer, flakyServer, redirecting, refusing, serving } from "./flaky-server.ts";
import { seeded } from "./helpers.ts";

vi.mock("node:fs/promises", async (original) => {
  const actual = await original<typeof import("node:fs/promises")>();
  return { ...actual, open: vi.fn(actual.open), statfs: vi.fn(actual.statfs) };
});

const random = seeded(1);
const CONTENT = Uint8Array.from({ length: 300_000 }, () => 256 * random());
const WRONG = CONTENT.map((byte, i) => (i === 200_000 ? byte ^ 1 : byte));
const SHA256 = createHash("sha256").update(CONTENT).digest("hex");
const QUICK = { attempts: 4, pause: 5, stall: 1500 };

let server: FlakyServer;
let folder: string;
beforeEach(async () => {
  server = await flakyServer();
  folder = await fs.mkdtemp(join(tmpdir(), "nst-install-"));
  vi.stubEnv("NST_CACHE", folder);
  vi.stubEnv("NST_OFFLINE", "");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await server.close();
  await fs.rm(folder, { recursive: true });
});

function network(changes: Partial<KnownNetwork> = {}): KnownNetwork {
  return {
    name: "small",
    architecture: "vgg19",
    urls: [`${server.url}/network.bin`],
    bytes: CONTENT.length,
    hash: { sha256: SHA256 },
    format: "safetensors",
    preprocessing: "caffe",
    citation: "none",
    ...changes,
  };
}

/** Installs, and gives the hash of the file that is then there. */
async function installed(wanted = network(), options: Parameters<typeof install>[1] = {}): Promise<string> {
  const file = await install(wanted, options, QUICK);
  await file.close();
  const bytes = await fs.readFile(join(folder, "weights", "network.bin"));
  return createHash("sha256").update(bytes).digest("hex");
}

async function failure(wanted = network(), options: Parameters<typeof install>[1] = {}): Promise<DownloadError> {
  const error = await install(wanted, options, QUICK).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(DownloadError);
  expect(error).toBeInstanceOf(WeightsError);
  return error as DownloadError;
}

const kept = async () => (await fs.readdir(join(folder, "weights")).catch(() => [])).sort();

it("downloads once, tells how it goes, and leaves nothing but the file", async () => {
  server.answers = [serving(CONTENT)];
  const reports: DownloadProgress[] = [];
  expect(await installed(network(), { onDownload: (report) => reports.push(report) })).toBe(SHA256);
  expect(reports.at(-1)).toMatchObject({ name: "small", bytes: CONTENT.length, total: CONTENT.length, secondsLeft: 0 });
  expect(reports.every(({ bytes }, i) => i === 0 || bytes > reports[i - 1].bytes)).toBe(true);
  await installed();
  expect(server.requests).toEqual(["/network.bin"]);
  expect(await kept()).toEqual(["network.bin"]);
  expect(await verify(network())).toBe(true);
});

it.each([
  ["sha256Prefix", { sha256Prefix: SHA256.slice(0, 8) }],
  ["md5", { md5: createHash("md5").update(CONTENT).digest("hex") }],
])("checks by %s", async (_, hash) => {
  server.answers = [serving(CONTENT)];
  expect(await installed(network({ hash }))).toBe(SHA256);
});

it("goes on after broken connections, where each ended", async () => {
  server.answers = [
    serving(CONTENT, { breakAfter: 100_000 }),
    serving(CONTENT, { breakAfter: 50_000 }),
    serving(CONTENT),
  ];
  expect(await installed()).toBe(SHA256);
  expect(server.requests).toEqual(["/network.bin", "/network.bin 100000-", "/network.bin 150000-"]);
});

it("goes on in another process's attempt, and begins again where the file has changed meanwhile", async () => {
  server.answers = [serving(CONTENT, { breakAfter: 1000, etag: '"old"' })];
  expect((await failure()).reason).toBe("connection");
  expect(await kept()).toEqual(["network.bin.part", "network.bin.part.note"]);
  server.requests.length = 0;
  server.answers = [serving(CONTENT, { etag: '"new"' })];
  expect(await installed()).toBe(SHA256);
  expect(server.requests).toEqual(["/network.bin 4000-"]);
});

it("begins again where the server ignores ranges, or has no validator", async () => {
  server.answers = [serving(CONTENT, { breakAfter: 1000 }), serving(CONTENT, { ignoreRange: true })];
  expect(await installed()).toBe(SHA256);
  await uninstall(network());
  server.answers = [serving(CONTENT, { breakAfter: 1000, etag: 'W/"weak"' }), serving(CONTENT)];
  server.requests.length = 0;
  expect(await installed()).toBe(SHA256);
  expect(server.requests).toEqual(["/network.bin", "/network.bin"]);
});

it("begins again where the part was damaged, once", async () => {
  server.answers = [serving(CONTENT, { stallAfter: 5000 })];
  const controller = new AbortController();
  const aborted = { onDownload: () => controller.abort(), signal: controller.signal };
  await expect(installed(network(), aborted)).rejects.toThrow(/aborted/);
  await fs.writeFile(join(folder, "weights", "network.bin.part"), WRONG.subarray(1, 5001));
  server.answers = [serving(CONTENT)];
  expect(await installed()).toBe(SHA256);
  expect(server.requests).toEqual(["/network.bin", "/network.bin 5000-", "/network.bin"]);
});

it("gives up after some attempts", async () => {
  server.answers = [serving(CONTENT, { breakAfter: 10 })];
  const { reason, message } = await failure();
  expect(reason).toBe("connection");
  expect(message).toMatch(
    /network\.bin broke off: .+ Check the connection, the proxy .*goes on where this one ended\.$/,
  );
  expect(server.requests.length).toBe(QUICK.attempts);
});

it("asks an overloaded server again, and a refusing one never", async () => {
  server.answers = [refusing(503), refusing(429), serving(CONTENT)];
  expect(await installed()).toBe(SHA256);
  await uninstall(network());
  for (const [status, remedy] of [
    [403, /HTTP 403.*proxy's or country's.*pass its path/],
    [404, /HTTP 404.*newer version/],
  ] as const) {
    server.requests.length = 0;
    server.answers = [refusing(status)];
    expect(await failure()).toMatchObject({ reason: "refused", status, message: expect.stringMatching(remedy) });
    expect(server.requests.length).toBe(1);
  }
});

it("hangs up on a server whose answer is refused", async () => {
  let closed: Promise<unknown> | undefined;
  server.answers = [
    (_, response) => {
      closed = once(response, "close");
      response.writeHead(404).write("a page without an end");
    },
  ];
  // Keeps the answer: what is collected is hung up on too, but seconds later.
  const answers = vi.spyOn(globalThis, "fetch");
  await failure();
  await closed;
  expect(answers).toHaveBeenCalledOnce();
});

it("refuses a file of another size before it is downloaded, and one that goes on for longer", async () => {
  for (const claim of [CONTENT.length - 1, CONTENT.length + 1]) {
    server.answers = [serving(CONTENT.subarray(0, claim), { claim })];
    const { reason, message } = await failure();
    expect(reason).toBe("size");
    expect(message).toContain(`has ${claim} bytes instead of ${CONTENT.length}`);
  }
  // Chunked: no length is claimed at all.
  server.answers = [(_, response) => response.write(CONTENT, () => response.end(WRONG))];
  expect((await failure()).message).toMatch(/has more than 300000 bytes instead of 300000/);
});

it("refuses other bytes, and keeps nothing of them", async () => {
  server.answers = [serving(WRONG)];
  const { reason, message } = await failure();
  expect(reason).toBe("hash");
  expect(message).toContain(createHash("sha256").update(WRONG).digest("hex"));
  expect(message).toMatch(/It was deleted\. .*path of a file that you trust\.$/);
  expect(server.requests.length).toBe(1);
  server.answers = [serving(CONTENT)];
  expect(await installed()).toBe(SHA256);
});

it("follows redirects, and takes the next address where one fails", async () => {
  server.answers = [refusing(404), redirecting("/elsewhere"), serving(CONTENT)];
  const urls = [`${server.url}/gone/network.bin`, `${server.url}/mirror/network.bin`];
  expect(await installed(network({ urls }))).toBe(SHA256);
  expect(server.requests).toEqual(["/gone/network.bin", "/mirror/network.bin", "/elsewhere"]);
});

it("takes the file from NST_WEIGHTS_URL alone where that is set", async () => {
  vi.stubEnv("NST_WEIGHTS_URL", `${server.url}/own/`);
  server.answers = [serving(CONTENT)];
  await installed(network({ urls: ["https://nowhere.invalid/network.bin"] }));
  expect(server.requests).toEqual(["/own/network.bin"]);
});

it("gives up a connection that has stalled, and goes on with another", async () => {
  server.answers = [serving(CONTENT, { stallAfter: 1000 }), serving(CONTENT)];
  expect(await installed()).toBe(SHA256);
  await uninstall(network());
  server.answers = [() => {}];
  const { reason, message } = await failure();
  expect(reason).toBe("stalled");
  expect(message).toMatch(/nothing came for 1\.5 s\. Try again/);
});

it("touches no network when offline, by option or environment, unless it is there", async () => {
  server.answers = [serving(CONTENT)];
  const offline = await failure(network(), { offline: true });
  vi.stubEnv("NST_OFFLINE", "1");
  expect((await failure()).message).toBe(offline.message);
  expect(offline).toMatchObject({ reason: "offline" });
  expect(offline.message).toMatch(
    /small is not installed.*\(0\.3 MB\) with nst-gpu weights install small, NST_OFFLINE unset; or use "slim"/,
  );
  expect(server.requests).toEqual([]);
  vi.stubEnv("NST_OFFLINE", "0");
  await installed();
  expect(await installed(network(), { offline: true })).toBe(SHA256);
});

it("refuses a full disk, and a folder that cannot be written to, before it downloads", async () => {
  const numbers = { type: 0, bsize: 4096, frsize: 4096, blocks: 1000, bfree: 50, bavail: 50, files: 9, ffree: 9 };
  vi.mocked(fs.statfs).mockResolvedValueOnce(numbers);
  const full = await failure();
  expect(full).toMatchObject({ reason: "space" });
  expect(full.message).toMatch(/204800 bytes are left in .*, 300000 are needed\. Free some, or .*NST_CACHE\.$/);
  await fs.writeFile(join(folder, "file"), "");
  vi.stubEnv("NST_CACHE", join(folder, "file"));
  expect(await failure()).toMatchObject({ reason: "space", message: expect.stringContaining("NST_CACHE") });
  expect(server.requests).toEqual([]);
});

it("says so when the disk is full all of a sudden, and goes on when there is space", async () => {
  server.answers = [serving(CONTENT)];
  await fs.mkdir(join(folder, "weights"));
  const handle = await fs.open(join(folder, "weights", "network.bin.part"), "a+");
  const full = Object.assign(new Error("no space left on device"), { code: "ENOSPC", syscall: "write" });
  vi.spyOn(handle, "write").mockRejectedValue(full);
  vi.mocked(fs.open).mockResolvedValueOnce(handle);
  const { reason, message } = await failure();
  expect(reason).toBe("space");
  expect(message).toMatch(/is full \(ENOSPC\)\. Free some, or name another folder in NST_CACHE\.$/);
  expect(await installed()).toBe(SHA256);
});

it("aborts with the signal's reason, and goes on later", async () => {
  server.answers = [serving(CONTENT, { stallAfter: 5000 })];
  const controller = new AbortController();
  const reason = new Error("enough");
  const running = install(network(), { signal: controller.signal, onDownload: () => controller.abort(reason) }, QUICK);
  await expect(running).rejects.toBe(reason);
  server.answers = [serving(CONTENT)];
  expect(await installed()).toBe(SHA256);
  expect(server.requests).toEqual(["/network.bin", "/network.bin 5000-"]);
});

it("hands on what the callback throws, and tries no second time", async () => {
  server.answers = [serving(CONTENT)];
  const mistake = new TypeError("a mistake of the caller");
  const onDownload = () => {
    throw mistake;
  };
  await expect(install(network(), { onDownload }, QUICK)).rejects.toBe(mistake);
  expect(server.requests.length).toBe(1);
});

it("refuses an installed file of another size, and says how to be rid of it", async () => {
  await fs.mkdir(join(folder, "weights"));
  await fs.writeFile(join(folder, "weights", "network.bin"), "short");
  await expect(install(network())).rejects.toThrow(/has 5 bytes instead of 300000\. .*nst-gpu weights clear small$/);
});

it("tells a damaged file from a good one", async () => {
  server.answers = [serving(CONTENT)];
  await installed();
  await fs.writeFile(join(folder, "weights", "network.bin"), WRONG);
  expect(await verify(network())).toBe(false);
});

it("downloads once for several callers and processes at the same time", async () => {
  // Slowly, so that the processes have begun by the end.
  server.answers = [
    async (_, response) => {
      for (let begin = 0; begin < CONTENT.length; begin += 20_000) {
        response.write(CONTENT.subarray(begin, begin + 20_000));
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      response.end();
    },
  ];
  const script = `
    import { install } from ${JSON.stringify(new URL("../../src/vgg/install.ts", import.meta.url).href)};
    await (await install(${JSON.stringify(network())})).close();`;
  const children = [1, 2].map(() =>
    spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], { stdio: "inherit" }),
  );
  const codes = children.map((child) => once(child, "close"));
  const seen: DownloadProgress[] = [];
  const watched = installed(network(), { onDownload: (report) => seen.push(report) });
  await Promise.all([installed(), watched]);
  // Whoever waits sees how far the other is.
  expect(seen.some(({ bytes }) => bytes > 0 && bytes < CONTENT.length)).toBe(true);
  expect((await Promise.all(codes)).map(([code]) => code)).toEqual([0, 0]);
  expect(server.requests).toEqual(["/network.bin"]);
  expect(await kept()).toEqual(["network.bin"]);
});

it("takes over the lock of a process that has died, and waits for one that lives", async () => {
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "close");
  const { hostname } = await import("node:os");
  const path = join(folder, "weights", "network.bin.lock");
  await fs.mkdir(join(folder, "weights"));
  await fs.writeFile(path, JSON.stringify({ pid: child.pid, host: hostname() }));
  server.answers = [serving(CONTENT)];
  expect(await installed()).toBe(SHA256);
  await uninstall(network());
  await fs.writeFile(path, JSON.stringify({ pid: process.pid, host: hostname() }));
  const controller = new AbortController();
  const reason = new Error("waited for long enough");
  setTimeout(() => controller.abort(reason), 500);
  await expect(install(network(), { signal: controller.signal })).rejects.toBe(reason);
  // Nobody has touched it for a while: its owner is on another machine, and gone.
  await fs.writeFile(path, JSON.stringify({ pid: 1, host: "elsewhere" }));
  await fs.utimes(path, 0, 0);
  expect(await installed()).toBe(SHA256);
  expect(await kept()).toEqual(["network.bin"]);
});
