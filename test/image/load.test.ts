import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { runInNewContext } from "node:vm";
import { crc32, deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { ImageError } from "../../src/errors.ts";
import { encode } from "../../src/image/codec.node.ts";
import { loadImage } from "../../src/image/load.ts";
import type { ImageSource, Picture } from "../../src/image/picture.ts";
import { validateOptions } from "../../src/nst/validate.ts";
import { describeShared } from "../shared.ts";
import { expectedPictures, fixture, fixturePath, patterned } from "./fixtures.ts";

/** How far decoders may be apart: JPEG by the rounding of its transforms, profiles by that of their tables. */
function tolerance(file: string): number {
  if (file === "lossy.webp" || file === "progressive.jpg" || file === "baseline.jpg") return 4;
  return file.endsWith(".jpg") || file === "adobe-rgb.png" || file === "alpha.png" || file === "gray-alpha.png" ? 2 : 0;
}

function worstDifference(a: Picture, b: Picture): number {
  return Math.max(...Array.from(a.data, (value, i) => Math.abs(value - b.data[i])));
}

/** A PNG of one IDAT chunk with correct checksums, whatever its data are worth. */
function pngOf(width: number, height: number, data: Uint8Array): Uint8Array {
  const chunk = (type: string, body: Uint8Array) => {
    const bytes = Buffer.alloc(12 + body.length);
    bytes.writeUInt32BE(body.length, 0);
    bytes.write(type, 4);
    bytes.set(body, 8);
    bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + body.length)), 8 + body.length);
    return bytes;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 6], 8);
  const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

describe("loadImage on files", () => {
  it.each([...expectedPictures()])("reads %s as Pillow does", async (file, expected) => {
    const picture = await loadImage(fixturePath(file), "test image");
    expect([picture.width, picture.height]).toEqual([expected.width, expected.height]);
    expect(picture.data.length).toBe(expected.data.length);
    expect(worstDifference(picture, expected)).toBeLessThanOrEqual(tolerance(file));
  });

  it.each(["jpg", "png", "webp"])("converts the colors of a %s by its profile", async (extension) => {
    // The file says red, in a color space whose red is sRGB's green.
    const { data } = await loadImage(fixturePath(`swapped-primaries.${extension}`), "test image");
    expect(data[0]).toBeLessThan(3);
    expect(data[1]).toBeGreaterThan(252);
    expect(data[2]).toBeLessThan(3);
  });

  it("shows the first frame of an animation", async () => {
    for (const file of ["animated.gif", "animated.webp"]) {
      const { data } = await loadImage(fixturePath(file), "test image");
      expect([...data.slice(0, 4)]).toEqual([255, 0, 0, 255]);
    }
  });

  it("ignores a broken EXIF block", async () => {
    const bytes = fixture("orientation-6.jpg");
    const exif = Buffer.from(bytes.buffer).indexOf("Exif\0\0");
    bytes.set([0xff, 0xff, 0xff, 0xff], exif + 10); // the offset of the first directory
    expect(await loadImage(bytes, "test image")).toMatchObject({ width: 3, height: 2 });
  });
});

describe("loadImage on other sources", () => {
  const path = fixturePath("rgb.png");
  const bytes = fixture("rgb.png");
  const sources: [string, ImageSource][] = [
    ["a file: URL", pathToFileURL(path)],
    ["the text of a file: URL", pathToFileURL(path).href],
    ["a data: URL", `data:image/png;base64,${Buffer.from(bytes).toString("base64")}`],
    ["a blob: URL", URL.createObjectURL(new Blob([new Uint8Array(bytes)]))],
    ["a Blob", new Blob([new Uint8Array(bytes)])],
    ["an ArrayBuffer", new Uint8Array(bytes).buffer],
    ["a Uint8Array", bytes],
    ["a view into a larger buffer", new Uint8Array([1, 2, 3, ...bytes, 4]).subarray(3, -1)],
    ["a Node Buffer", readFileSync(path)],
  ];

  it.each(sources)("reads %s", async (_kind, source) => {
    const picture = await loadImage(source, "test image");
    expect(worstDifference(picture, expectedPictures().get("rgb.png")!)).toBe(0);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])("leaves the caller's bytes alone (orientation %s)", async (orientation) => {
    const source = fixture(`orientation-${orientation}.png`);
    await loadImage(source, "test image");
    expect(source).toEqual(fixture(`orientation-${orientation}.png`));
  });

  it("takes pixels as they are", async () => {
    const picture = patterned(3, 2);
    expect(await loadImage(picture, "test image")).toBe(picture);
    const plain = { width: 1, height: 1, data: Uint8Array.of(1, 2, 3, 4) };
    expect(await loadImage(plain, "test image")).toBe(plain);
  });

  it.each([
    ["0x2 pixels", { width: 0, height: 2, data: new Uint8Array(0) }],
    ["1.5x2 pixels", { width: 1.5, height: 2, data: new Uint8Array(12) }],
    ["11 bytes for 1x3 pixels", { width: 1, height: 3, data: new Uint8Array(11) }],
    ["no known kind", { width: 1, height: 1, data: new Float32Array(4) as unknown as Uint8Array }],
    ["no known kind", {} as Picture],
    ["no known kind", null as unknown as Picture],
    ["no known kind", 7 as unknown as Picture],
  ])("refuses a picture with %s", async (problem, picture) => {
    await expect(loadImage(picture, "style image")).rejects.toThrow(ImageError);
    await expect(loadImage(picture, "style image")).rejects.toThrow(problem);
    await expect(loadImage(picture, "style image")).rejects.toThrow("style image");
  });

  it("names the image and the source in messages", async () => {
    await expect(loadImage(fixturePath("tagged.tiff"), "style image")).rejects.toThrow(/^style image ".*tagged\.tiff"/);
    await expect(loadImage(new Blob([]), "style image")).rejects.toThrow(/^style image is empty/);
  });
});

describe("loadImage on damaged files", () => {
  const rows = Buffer.alloc(64 * (1 + 4 * 64), 0);

  it("takes the undamaged PNG that the cases below are made of", async () => {
    expect(await loadImage(pngOf(64, 64, deflateSync(rows)), "whole")).toMatchObject({ width: 64, height: 64 });
  });

  it.each([
    ["is no zlib stream", Buffer.from("this is no zlib stream"), "cannot be inflated"],
    ["is cut off", deflateSync(Buffer.from(rows.map((_, i) => (i * i) % 251))).subarray(0, 100), "cannot be inflated"],
    ["has too few rows", deflateSync(rows.subarray(0, 3000)), "hold 3000 of 16448 bytes"],
    ["is empty", Buffer.alloc(0), "pixel data"],
  ])("refuses a PNG whose pixel data %s though its checksums are right", async (_kind, data, problem) => {
    await expect(loadImage(pngOf(64, 64, data), "broken")).rejects.toThrow(ImageError);
    await expect(loadImage(pngOf(64, 64, data), "broken")).rejects.toThrow(problem);
  });

  it("refuses a PNG whose pixel data have a wrong Adler-32 sum", async () => {
    const data = deflateSync(rows);
    data[data.length - 1] ^= 1;
    await expect(loadImage(pngOf(64, 64, data), "broken")).rejects.toThrow("cannot be inflated");
  });

  it("refuses a PNG in which any byte of a critical chunk has changed", async () => {
    const whole = fixture("palette.png"); // IHDR, PLTE, IDAT, IEND
    for (let i = 8; i < whole.length; i++) {
      const broken = new Uint8Array(whole);
      broken[i] ^= 0x01;
      await expect(loadImage(broken, "broken"), `byte ${i}`).rejects.toThrow(ImageError);
    }
  });

  it("refuses a JPEG and a WebP with nothing decodable in their frame", async () => {
    for (const file of ["baseline.jpg", "lossless.webp"]) {
      const broken = fixture(file);
      if (file.endsWith("jpg")) broken.set([0xff, 0xfe], Buffer.from(broken).indexOf(Buffer.of(0xff, 0xdb)));
      else broken.fill(0xff, 26, 60);
      await expect(loadImage(broken, "broken"), file).rejects.toThrow(ImageError);
    }
  });
});

describeShared("loadImage on truncated photographs", (path) => {
  it.each(["images/tubingen.jpg", "images/golden_gate.jpg"])("never shows a part of %s", async (file) => {
    const whole = new Uint8Array(readFileSync(path(file)));
    for (let k = 0; k < 40; k++) {
      const length = k < 20 ? Math.floor((whole.length * k) / 20) : whole.length - (k - 19);
      await expect(loadImage(whole.subarray(0, length), file), `${length} bytes`).rejects.toThrow(ImageError);
    }
    const { width, height, data } = await loadImage(whole, file);
    expect(data.length).toBe(4 * width * height);
  });
});

it("bytes and pixels may be of another realm, as those of a frame are", async () => {
  const [bytesOf, pixelsOf] = ["Uint8Array", "Uint8ClampedArray"].map((kind) =>
    runInNewContext(`(values) => ${kind}.from(values)`),
  );
  const pixels = [10, 20, 30, 255];
  const picture = { width: 1, height: 1, data: pixelsOf(pixels) as Uint8ClampedArray };
  expect(picture.data).not.toBeInstanceOf(Uint8ClampedArray);
  expect(await loadImage(picture)).toBe(picture);
  const png = bytesOf(await encode(picture, "png")) as Uint8Array<ArrayBuffer>;
  for (const source of [png, png.buffer]) {
    expect([...(await loadImage(source)).data]).toEqual(pixels);
    const options = { content: source, style: picture, network: source };
    expect(validateOptions(options)).toMatchObject({ content: source, network: source });
  }
});
