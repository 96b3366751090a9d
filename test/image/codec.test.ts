/** Reading and encoding in Node; writing is in writing.test.ts. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect as nodeInspect } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { decode, encode, readBytes } from "#image";
import { ImageError, InvalidOptionError, OutputError } from "../../src/errors.ts";
import * as browser from "../../src/image/codec.browser.ts";
import { inspect } from "../../src/image/inspect.ts";
import { loadImage } from "../../src/image/load.ts";
import type { Picture } from "../../src/image/picture.ts";
import { fixture, fixturePath, patterned, pictureOf } from "./fixtures.ts";
import { asOtherUser, inFolder } from "./folders.ts";

let server: Server;
let origin: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === "/image.png") response.end(fixture("rgb.png"));
    else if (request.url === "/moved") response.writeHead(302, { location: "/image.png" }).end();
    else if (request.url === "/cut")
      response.writeHead(200, { "content-length": 1000 }).write("a", () => response.destroy());
    else response.writeHead(404).end("no such page");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** The message of the ImageError that reading throws. */
async function readFailure(source: string | URL): Promise<string> {
  const error = await readBytes(source).then(
    () => new Error("reading succeeded"),
    (reason: unknown) => reason as Error,
  );
  expect(error).toBeInstanceOf(ImageError);
  return error.message;
}

describe("readBytes", () => {
  it("reads over HTTP, following redirections", async () => {
    expect(await readBytes(`${origin}/image.png`)).toEqual(fixture("rgb.png"));
    expect(await readBytes(new URL(`${origin}/moved`))).toEqual(fixture("rgb.png"));
  });

  it("reports an HTTP status", async () => {
    const message = await readFailure(`${origin}/missing.png`);
    expect(message).toContain(`${origin}/missing.png`);
    expect(message).toContain("404 Not Found");
  });

  it("reports a connection that is refused or breaks", async () => {
    expect(await readFailure("http://127.0.0.1:1/a.png")).toContain("http://127.0.0.1:1/a.png");
    expect(await readFailure(`${origin}/cut`)).toContain(`${origin}/cut`);
  });

  it.each(["http://", "data:nonsense", "file://elsewhere/a.png"])("reports the malformed URL %s", async (url) => {
    expect(await readFailure(url)).toContain(url);
  });

  it("cuts long URLs in messages", async () => {
    expect((await readFailure(`data:${"x".repeat(10_000)}`)).length).toBeLessThan(400);
  });

  it("reports a missing file, a directory and a file used as a folder", async () => {
    expect(await readFailure("no-such-file.png")).toBe(
      'Cannot read "no-such-file.png": there is no such file. Check the path.',
    );
    expect(await readFailure(fixturePath(""))).toContain("is a directory");
    expect(await readFailure(`${fixturePath("rgb.png")}/a.png`)).toContain("not a folder");
    expect(await readFailure(new URL("file:///no/such/file.png"))).toContain("there is no such file");
  });

  it("does not repeat a path of megabytes, such as the base64 of an image", async () => {
    const failure = readBytes("iVBORw0KGgo".repeat(500_000));
    await expect(failure).rejects.toThrow(ImageError);
    const error = (await failure.catch((reason: unknown) => reason)) as Error;
    expect(error.message).toContain("the path is too long. Check it. Base64 of an image goes into a data: URL.");
    expect(nodeInspect(error).length).toBeLessThan(5000);
  });

  it("reports a file without permission", async () => {
    await inFolder(async (folder) => {
      const path = folder.write("secret.png", "a");
      folder.setMode("secret.png", 0o000);
      expect(await asOtherUser(() => readFailure(path))).toContain("permission is denied");
    });
  });
});

describe("decode", () => {
  afterEach(() => {
    vi.doUnmock("@napi-rs/canvas");
  });

  it("draws large pictures part by part, which shows in no pixel", async () => {
    const [width, height] = [1500, 3000];
    const data = new Uint8ClampedArray(4 * width * height).map((_, i) => (i % 4 === 3 ? 255 : (i * 37) % 251));
    const bytes = await encode({ width, height, data }, "png");
    const canvases: number[] = [];
    vi.doMock("@napi-rs/canvas", async (original) => {
      const actual = await original<typeof import("@napi-rs/canvas")>();
      const createCanvas = (width: number, height: number) => {
        canvases.push(width * height);
        return actual.createCanvas(width, height);
      };
      return { ...actual, createCanvas };
    });
    const picture = await decode(bytes, "large");
    expect([picture.width, picture.height]).toEqual([width, height]);
    expect(Buffer.compare(Buffer.from(picture.data.buffer), Buffer.from(data.buffer))).toBe(0);
    expect(canvases).toHaveLength(1);
    expect(canvases[0]).toBeLessThan(width * height);
  });
});

describe("encode", () => {
  it.each([
    [{ width: 2, height: 2, data: new Uint8ClampedArray(3) }, "The picture has 3 bytes for 2x2 pixels. Pass 4 a pixel"],
    [{ width: 0, height: 2, data: new Uint8ClampedArray(0) }, "The picture is 0x2 pixels. Pass a width and height"],
    ["photo.jpg" as unknown as Picture, "The picture has no pixels. Pass { width, height, data } with"],
    [undefined as unknown as Picture, "The picture has no pixels."],
  ])("refuses what is no picture, with what is wrong with it", async (picture, problem) => {
    for (const encoder of [encode, browser.encode]) {
      await expect(encoder(picture, "png")).rejects.toThrow(ImageError);
      await expect(encoder(picture, "png")).rejects.toThrow(problem);
    }
  });

  it.each([
    ["0.5", '"0.5"'],
    [null, "null"],
  ])("refuses the quality %j, which is no number", async (quality, shown) => {
    const failure = encode(patterned(1, 1), "jpeg", quality as unknown as number);
    await expect(failure).rejects.toThrow(new InvalidOptionError(`The quality is ${shown}. Use a number from 0 to 1.`));
  });

  it.each([95, -0.1, Number.NaN])("refuses a quality of %d", async (quality) => {
    const failure = encode(pictureOf(1, 1, [[0, 0, 0, 255]]), "jpeg", quality);
    await expect(failure).rejects.toThrow(InvalidOptionError);
    await expect(failure).rejects.toThrow(`The quality is ${quality}. Use a number from 0 to 1.`);
  });

  it("refuses a format that it does not have, even one that the encoder has", async () => {
    const failure = encode(pictureOf(1, 1, [[0, 0, 0, 255]]), "gif" as "png");
    await expect(failure).rejects.toThrow(new InvalidOptionError('The format is "gif". Use one of png, jpeg, webp.'));
  });

  it.each(["png", "webp"] as const)("keeps alpha in %s", async (format) => {
    const picture = pictureOf(3, 1, [
      [200, 100, 50, 255],
      [200, 100, 50, 128],
      [0, 0, 0, 0],
    ]);
    const { data } = await loadImage(await encode(picture, format, 1), "encoded");
    expect([data[3], data[7], data[11]]).toEqual([255, 128, 0]);
    for (let c = 0; c < 3; c++) expect(Math.abs(data[4 + c] - picture.data[c])).toBeLessThan(format === "png" ? 2 : 25);
  });

  it("gives back the pixels of an opaque PNG exactly", async () => {
    const picture = patterned(31, 17);
    expect(await loadImage(await encode(picture, "png"), "encoded")).toEqual(picture);
  });

  it("takes pixels in a Uint8Array", async () => {
    const picture = { width: 1, height: 2, data: Uint8Array.of(1, 2, 3, 255, 4, 5, 6, 255) };
    expect([...(await loadImage(await encode(picture, "png"), "encoded")).data]).toEqual([...picture.data]);
  });

  it.each([1, 7, 51, 255])("keeps straight color under alpha %s to the stated precision", async (alpha) => {
    const picture = pictureOf(1, 1, [[200, 100, 50, alpha]]);
    const { data } = await loadImage(await encode(picture, "png"), "encoded");
    expect(data[3]).toBe(alpha);
    for (let c = 0; c < 3; c++) expect(Math.abs(data[c] - picture.data[c])).toBeLessThanOrEqual(128 / alpha);
  });

  it("lays a JPEG on white", async () => {
    const picture = pictureOf(8, 8, Array(64).fill([0, 0, 0, 51]));
    const { data } = await loadImage(await encode(picture, "jpeg"), "encoded");
    for (let i = 0; i < data.length; i++) expect(Math.abs(data[i] - (i % 4 === 3 ? 255 : 204))).toBeLessThan(3);
  });

  it.each(["jpeg", "webp"] as const)("writes the quality of %s that is asked for", async (format) => {
    const grays = Array.from({ length: 64 * 64 }, (_, i) => (i * 37) % 256); // no color, which is stored coarser
    const picture = pictureOf(
      64,
      64,
      grays.map((gray) => [gray, gray, gray, 255]),
    );
    const error = async (quality: number) =>
      meanError(await loadImage(await encode(picture, format, quality), "e"), picture);
    const [low, high] = [await error(0.1), await error(0.95)];
    expect(high).toBeLessThan(low / 2);
    expect((await encode(picture, format)).length).toBe((await encode(picture, format, 0.95)).length);
  });

  it.each(["png", "jpeg", "webp"] as const)("writes %s as such", async (format) => {
    expect(inspect(await encode(patterned(9, 4), format), "encoded")).toEqual({ width: 9, height: 4, format });
  });

  it("refuses a side over WebP's 16383", async () => {
    const long = { width: 16384, height: 1, data: new Uint8ClampedArray(4 * 16384) };
    await expect(encode(long, "webp")).rejects.toThrow(OutputError);
    await expect(encode(long, "webp")).rejects.toThrow("16384x1");
    expect(inspect(await encode(long, "png"), "long")).toMatchObject({ width: 16384, height: 1 });
  });
});

describe("without @napi-rs/canvas", () => {
  it.each([
    ["decoding", () => decode(fixture("rgb.png"), "test image")],
    ["encoding", () => encode(patterned(1, 1), "png")],
  ])("%s says how to install it", async (_kind, attempt) => {
    vi.doMock("@napi-rs/canvas", () => {
      throw new Error("not installed");
    });
    try {
      const error = await attempt().then(String, (reason: unknown) => reason);
      expect(error).toBeInstanceOf(ImageError);
      expect((error as Error).message).toContain("npm install @napi-rs/canvas");
    } finally {
      vi.doUnmock("@napi-rs/canvas");
    }
  });
});

function meanError(a: Picture, b: Picture): number {
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += Math.abs(a.data[i] - b.data[i]);
  return sum / a.data.length;
}
