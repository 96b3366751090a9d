import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { WeightsError } from "../../src/errors.ts";
import * as browser from "../../src/vgg/files.browser.ts";
import * as node from "../../src/vgg/files.node.ts";

/** Larger than the first request, so that further ones are needed. Byte i is i modulo 251. */
const CONTENT = Uint8Array.from({ length: 3_000_000 }, (_, i) => i % 251);
const SMALL = CONTENT.subarray(0, 1000);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nst-files-"));
  await writeFile(join(folder, "weights.bin"), CONTENT);
  await writeFile(join(folder, "shard 1"), SMALL);
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

describe("bytes in memory", () => {
  it.each([
    ["Uint8Array", CONTENT.subarray(10)],
    ["ArrayBuffer", CONTENT.slice(10).buffer],
    ["Buffer", Buffer.from(CONTENT.subarray(10))],
  ])("are read in ranges: %s", async (_, source) => {
    for (const { openBytes } of [node, browser]) {
      const file = await openBytes(source);
      expect(file.size).toBe(CONTENT.length - 10);
      expect(await file.read(5, 3)).toEqual(CONTENT.slice(15, 18));
      await expect(file.read(file.size - 1, 2)).rejects.toThrow(WeightsError);
      await expect(file.sibling("group1-shard1of1")).rejects.toThrow("Pass a path or URL");
    }
  });
});

describe("paths", () => {
  it.each([["path"], ["file URL"], ["file URL as text"]])("are read in ranges: %s", async (kind) => {
    const path = join(folder, "weights.bin");
    const url = pathToFileURL(path);
    const file = await node.openBytes(kind === "path" ? path : kind === "file URL" ? url : url.href);
    expect(file).toMatchObject({ name: path, size: CONTENT.length });
    expect(await file.read(2_000_001, 1_000)).toEqual(CONTENT.slice(2_000_001, 2_001_001));
    expect(await file.read(file.size, 0)).toHaveLength(0);
    const sibling = await file.sibling("shard 1");
    expect(await sibling.read(0, 1000)).toEqual(SMALL);
    await sibling.close();
    await file.close();
    await expect(file.read(0, 1)).rejects.toThrow(WeightsError);
  });

  it("that cannot be read are refused with what to do", async () => {
    await expect(node.openBytes(join(folder, "missing.bin"))).rejects.toThrow(
      /missing\.bin does not exist\. Check the path/,
    );
    await expect(node.openBytes(folder)).rejects.toThrow(/is not a file/);
    await expect(node.openBytes(join(folder, "weights.bin", "x"))).rejects.toThrow(WeightsError);
    await expect(node.openBytes("a\0b")).rejects.toThrow(WeightsError);
    if (existsSync("/dev/zero")) await expect(node.openBytes("/dev/zero")).rejects.toThrow(/is not a file/);
  });

  it("refuse ranges outside of the file before memory is allocated", async () => {
    const file = await node.openBytes(join(folder, "weights.bin"));
    for (const [offset, length] of [
      [0, CONTENT.length + 1],
      [CONTENT.length - 1, 2],
      [-1, 1],
      [0, 2 ** 60],
      [0, 1.5],
      [Number.NaN, 1],
    ]) {
      await expect(file.read(offset, length)).rejects.toThrow(/3000000 bytes.*truncated/);
    }
    await file.close();
  });

  it("notice that a file became shorter while it was open", async () => {
    const path = join(folder, "shrinking.bin");
    await writeFile(path, SMALL);
    const file = await node.openBytes(path);
    await truncate(path, 100);
    await expect(file.read(50, 100)).rejects.toThrow(/became shorter/);
    await file.close();
  });

  it("do not lead out of the folder, nor to the network", async () => {
    await mkdir(join(folder, "inner"), { recursive: true });
    await writeFile(join(folder, "inner", "model.json"), "{}");
    const fetched = vi.spyOn(globalThis, "fetch");
    const file = await node.openBytes(join(folder, "inner", "model.json"));
    const names = [
      "../weights.bin",
      "/etc/hostname",
      "",
      ".",
      "..",
      "a/../../weights.bin",
      "http://localhost/a",
      "C:\\a",
    ];
    for (const name of [...names, "%2e%2e/weights.bin", "a//b", "\0"]) {
      await expect(file.sibling(name), name).rejects.toThrow(/not in its own folder/);
    }
    expect(fetched).not.toHaveBeenCalled();
    await file.close();
  });
});

describe("the embedded network", () => {
  it("lies where both twins say", async () => {
    expect(browser.embeddedWeights().href).toBe(node.embeddedWeights().href);
    expect(existsSync(fileURLToPath(node.embeddedWeights()))).toBe(true);
  });
});

describe("addresses", () => {
  type Answer = (request: IncomingMessage, response: ServerResponse) => void;
  let server: Server;
  let answer: Answer;
  let base: string;
  let ranges: (string | undefined)[];

  beforeAll(async () => {
    server = createServer((request, response) => {
      ranges.push(request.headers.range);
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  beforeEach(() => {
    ranges = [];
  });

  function wantedRange(request: IncomingMessage, size: number): [number, number] {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    return [Number(first), Math.min(Number(last), size - 1)];
  }

  const honoring =
    (content: Uint8Array, change: (headers: Record<string, string>) => void = () => {}): Answer =>
    (request, response) => {
      const [first, last] = wantedRange(request, content.length);
      const headers = { "Content-Range": `bytes ${first}-${last}/${content.length}` };
      change(headers);
      response.writeHead(206, headers).end(content.subarray(first, last + 1));
    };

  it.each([["node"], ["browser"]])("are read by range requests: %s", async (twin) => {
    answer = honoring(CONTENT);
    const file = await (twin === "node" ? node : browser).openBytes(`${base}/a/weights.bin?token=secret`);
    expect(file).toMatchObject({ size: CONTENT.length, name: `${base}/a/weights.bin` });
    expect(await file.read(8, 100)).toEqual(CONTENT.slice(8, 108));
    expect(ranges).toHaveLength(1); // the first request brought it already
    expect(await file.read(2_000_000, 500)).toEqual(CONTENT.slice(2_000_000, 2_000_500));
    expect(ranges).toEqual(["bytes=0-1048575", "bytes=2000000-2000499"]);
    await expect(file.read(2_999_999, 2)).rejects.toThrow(/truncated/);
    expect(ranges).toHaveLength(2);
    await file.close();
  });

  it("bring a small file in one request", async () => {
    answer = honoring(SMALL);
    const file = await node.openBytes(new URL(`${base}/small`));
    expect(await file.read(900, 100)).toEqual(SMALL.slice(900));
    expect(await file.read(0, 1000)).toEqual(SMALL);
    expect(ranges).toHaveLength(1);
  });

  it("whose server ignores ranges are downloaded once", async () => {
    answer = (_, response) => response.end(CONTENT);
    const file = await node.openBytes(`${base}/weights.bin`);
    expect(file.size).toBe(CONTENT.length);
    expect(await file.read(2_000_000, 500)).toEqual(CONTENT.slice(2_000_000, 2_000_500));
    expect(ranges).toHaveLength(1);
  });

  it("whose server begins to ignore ranges are then kept whole", async () => {
    answer = honoring(CONTENT);
    const file = await node.openBytes(`${base}/weights.bin`);
    answer = (_, response) => response.end(CONTENT);
    expect(await file.read(2_000_000, 500)).toEqual(CONTENT.slice(2_000_000, 2_000_500));
    expect(await file.read(2_500_000, 500)).toEqual(CONTENT.slice(2_500_000, 2_500_500));
    expect(ranges).toHaveLength(2);
  });

  it("whose server cannot say the range are downloaded whole", async () => {
    for (const status of [206, 416]) {
      answer = (request, response) => {
        const asked = request.headers.range !== undefined;
        response.writeHead(asked ? status : 200).end(asked ? SMALL.subarray(0, 10) : SMALL);
      };
      const file = await node.openBytes(`${base}/small`);
      expect(file.size).toBe(1000);
      expect(await file.read(0, 1000)).toEqual(SMALL);
    }
  });

  it("whose server answers with other bytes than asked for are refused", async () => {
    const wrong: ((headers: Record<string, string>) => void)[] = [
      (headers) => Object.assign(headers, { "Content-Range": "bytes 1-1000/1001" }),
      (headers) => Object.assign(headers, { "Content-Range": "bytes 0-998/1000" }),
      (headers) => Object.assign(headers, { "Content-Range": "bytes 0-999/99999999" }),
    ];
    for (const change of wrong) {
      answer = honoring(SMALL, change);
      await expect(node.openBytes(`${base}/small`)).rejects.toThrow(/range requests are wrong/);
    }
  });

  it("whose file changes meanwhile are refused", async () => {
    answer = honoring(CONTENT);
    const file = await node.openBytes(`${base}/weights.bin`);
    answer = honoring(CONTENT.subarray(0, 2_900_000));
    await expect(file.read(2_000_000, 500)).rejects.toThrow(/had 3000000 bytes, then 2900000/);
  });

  it("that fail say how", async () => {
    for (const [status, text] of [
      [404, "HTTP 404 Not Found"],
      [500, "HTTP 500 Internal Server Error"],
    ] as const) {
      answer = (_, response) => response.writeHead(status).end();
      await expect(node.openBytes(`${base}/weights.bin`)).rejects.toThrow(text);
      await expect(node.openBytes(`${base}/weights.bin`)).rejects.toThrow(WeightsError);
    }
    answer = (_, response) => response.destroy();
    await expect(node.openBytes(`${base}/weights.bin`)).rejects.toThrow(/cannot be downloaded: .*Check the address/);
    answer = (_, response) => {
      response.writeHead(200, { "Content-Length": "1000" });
      response.write(SMALL.subarray(0, 10), () => response.destroy());
    };
    await expect(node.openBytes(`${base}/weights.bin`)).rejects.toThrow(WeightsError);
    await expect(browser.openBytes("weights.bin")).rejects.toThrow(/weights\.bin is not an address/);
    await expect(node.openBytes("http://a b/weights.bin")).rejects.toThrow(/is not an address/);
    await expect(node.openBytes("file:///a%2Fb")).rejects.toThrow(/names no file/);
  });

  it("reject with the reason of the signal when aborted", async () => {
    const abort = new AbortController();
    const reason = new Error("changed my mind");
    answer = () => abort.abort(reason);
    await expect(node.openBytes(`${base}/weights.bin`, { signal: abort.signal })).rejects.toBe(reason);
  });

  it("have siblings beside them, with the same query", async () => {
    const asked: (string | undefined)[] = [];
    answer = (request, response) => {
      asked.push(request.url);
      honoring(SMALL)(request, response);
    };
    const file = await node.openBytes(`${base}/a/model.json?token=secret`);
    const shard = await file.sibling("group 1#shard");
    expect(await shard.read(0, 1000)).toEqual(SMALL);
    expect(asked).toEqual(["/a/model.json?token=secret", "/a/group%201%23shard?token=secret"]);
    await expect(file.sibling("../b")).rejects.toThrow(WeightsError);
    await expect(file.sibling("//localhost/b")).rejects.toThrow(WeightsError);
  });

  it("may hold the data themselves", async () => {
    const file = await node.openBytes(`data:application/octet-stream;base64,${Buffer.from(SMALL).toString("base64")}`);
    expect(await file.read(0, 1000)).toEqual(SMALL);
    const blob = URL.createObjectURL(new Blob([SMALL]));
    expect(await (await browser.openBytes(blob)).read(0, 1000)).toEqual(SMALL);
    URL.revokeObjectURL(blob);
    await expect(browser.openBytes(blob)).rejects.toThrow(WeightsError);
  });
});
