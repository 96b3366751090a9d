import { describe, expect, it } from "vitest";
import { ImageError } from "../../src/errors.ts";
import { inspect } from "../../src/image/inspect.ts";
import { loadImage } from "../../src/image/load.ts";
import { expectedPictures, fixture } from "./fixtures.ts";

const WHOLE = [
  "rgb.png",
  "interlaced.png",
  "baseline.jpg",
  "progressive.jpg",
  "adobe-cmyk.jpg",
  "lossy.webp",
  "lossless.webp",
];

/** The message of the ImageError that inspecting these bytes throws. */
function refusal(bytes: Uint8Array): string {
  try {
    inspect(bytes, "the file");
  } catch (error) {
    expect(error).toBeInstanceOf(ImageError);
    return (error as Error).message;
  }
  throw new Error("inspect accepted the bytes");
}

/** A copy with some bytes replaced from an offset on. */
function patched(bytes: Uint8Array, offset: number, values: number[]): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy.set(values, offset);
  return copy;
}

/** A PNG that consists of its header alone. */
function pngHeader(width: number, height: number): Uint8Array {
  const header = Buffer.alloc(33);
  header.write("\x89PNG\r\n\x1a\n", "latin1");
  header.writeUInt32BE(13, 8);
  header.write("IHDR", 12);
  header.writeUInt32BE(width, 16);
  header.writeUInt32BE(height, 20);
  header.set([8, 6], 24);
  return header;
}

describe("inspect", () => {
  it.each([...expectedPictures()])("finds format and upright size of %s", (file, { width, height }) => {
    const extension = file.split(".")[1];
    const format = extension === "jpg" ? "jpeg" : extension;
    expect(inspect(fixture(file), file)).toEqual({ width, height, format });
  });

  it("reads only its own bytes of a larger buffer", () => {
    const buffer = new Uint8Array([...pngHeader(5, 5), ...fixture("rgb.png")]);
    expect(inspect(buffer.subarray(33), "view")).toMatchObject({ width: 10, height: 7 });
    expect(refusal(buffer.subarray(0, 20))).toContain("no size is found in its png header (20 bytes)");
  });

  it("refuses an empty file", () => {
    expect(refusal(new Uint8Array())).toBe("the file is empty (0 bytes). Choose a PNG, JPEG, WebP, GIF or BMP file.");
  });

  it("refuses what is no image, with its first bytes", () => {
    expect(refusal(new TextEncoder().encode("<!doctype html><title>404</title>"))).toContain("3c 21 64 6f 63 74 79 70");
    expect(refusal(Uint8Array.of(7))).toContain("the bytes 07.");
  });

  it("names a format that it knows but cannot read", () => {
    expect(refusal(fixture("tagged.tiff"))).toContain("tiff");
    expect(refusal(new TextEncoder().encode('<svg xmlns="a" width="3" height="4"></svg>'))).toContain("svg");
  });

  it.each([
    [60000, 60000],
    [16385, 1],
    [1, 16385],
    [0xffffffff, 0xffffffff],
  ])("refuses %sx%s from the header, before anything is allocated", (width, height) => {
    const message = refusal(pngHeader(width, height));
    expect(message).toContain(`${width}x${height}`);
    expect(message).toContain("16384");
  });

  it("takes the largest size", () => {
    const png = patched(fixture("rgb.png"), 16, [0, 0, 0x40, 0, 0, 0, 0x40, 0]);
    expect(inspect(png, "largest")).toEqual({ width: 16384, height: 16384, format: "png" });
  });

  it.each([
    [0, 5],
    [5, 0],
  ])("refuses a size of %sx%s", (width, height) => {
    expect(refusal(pngHeader(width, height))).toContain(`${width}x${height}`);
  });

  it("refuses a PNG without pixel data", () => {
    const png = fixture("rgb.png");
    expect(refusal(new Uint8Array([...png.subarray(0, 33), ...png.subarray(-12)]))).toContain("no pixel data");
  });
});

describe("inspect on unusual but legal files", () => {
  it("takes fill bytes before a JPEG marker, and restart markers in its scan", () => {
    const whole = Buffer.from(fixture("baseline.jpg"));
    const scan = whole.indexOf(Buffer.of(0xff, 0xda));
    const parts = [
      whole.subarray(0, scan),
      [0xff, 0xff],
      whole.subarray(scan, -2),
      [0xff, 0xd0, 1, 0xff, 0, 2, 0xff, 0xd9],
    ];
    expect(inspect(new Uint8Array(parts.flatMap((part) => [...part])), "jpeg")).toMatchObject({ width: 10, height: 7 });
  });

  it("takes a WebP chunk of odd length, which is padded", () => {
    const whole = Buffer.from(fixture("orientation-6.webp"));
    const exif = whole.indexOf("EXIF");
    const odd = Buffer.from("ODD.\x03\0\0\0abc\0", "latin1");
    const file = Buffer.concat([whole.subarray(0, exif), odd, whole.subarray(exif)]);
    file.writeUInt32LE(file.length - 8, 4);
    expect(inspect(file, "webp")).toEqual({ width: 2, height: 3, format: "webp" }); // 3 x 2, turned by its EXIF
  });
});

describe("inspect on truncated files", () => {
  it.each(WHOLE)("refuses every truncation of %s", (file) => {
    const whole = fixture(file);
    for (let length = 0; length < whole.length; length++) {
      expect(() => inspect(whole.subarray(0, length), file), `${length} bytes`).toThrow(ImageError);
    }
  });

  it("refuses every truncation of a BMP, which has one table of pixels", () => {
    const whole = fixture("rgb.bmp");
    // Rows of 32 bytes: 10 pixels of 3 bytes, padded to a multiple of 4.
    expect(whole.length).toBe(54 + 7 * 32);
    for (let length = 0; length < whole.length; length++) {
      expect(() => inspect(whole.subarray(0, length), "bmp"), `${length} bytes`).toThrow(ImageError);
    }
  });

  it("refuses a GIF that ends within its first image, and takes one that ends within its second", () => {
    const whole = fixture("animated.gif");
    const images = [...whole.keys()].filter((i) => whole[i] === 0x2c && whole[i + 5] === 4 && whole[i + 7] === 3);
    expect(images).toHaveLength(2);
    for (let length = 0; length <= images[0] + 10; length++) {
      expect(() => inspect(whole.subarray(0, length), "gif"), `${length} bytes`).toThrow(ImageError);
    }
    expect(inspect(whole.subarray(0, images[1] + 5), "gif")).toMatchObject({ width: 4, height: 3 });
  });

  it("says how many bytes there are and should be", () => {
    expect(refusal(fixture("lossy.webp").subarray(0, 100))).toContain("after 100 of at least 164 bytes");
  });

  it("reads the header of OS/2, whose sizes have 16 bits", async () => {
    // 2 x 1 pixels of 24 bits, blue first, rows filled up to 4 bytes.
    const bytes = Buffer.alloc(34);
    bytes.write("BM");
    [34, 0, 26, 12].forEach((value, index) => bytes.writeUInt32LE(value, 2 + 4 * index));
    [2, 1, 1, 24].forEach((value, index) => bytes.writeUInt16LE(value, 18 + 2 * index));
    bytes.set([10, 20, 30, 40, 50, 60], 26);
    expect(inspect(bytes, "os2")).toEqual({ width: 2, height: 1, format: "bmp" });
    expect([...(await loadImage(bytes)).data]).toEqual([30, 20, 10, 255, 60, 50, 40, 255]);
    for (let length = 0; length < 34; length++)
      expect(() => inspect(bytes.subarray(0, length), "os2")).toThrow(ImageError);
  });

  it.each(["rgb.png", "baseline.jpg", "lossy.webp", "animated.gif", "rgb.bmp"])(
    "tolerates bytes after the end of %s, as some cameras add them",
    (file) => {
      const whole = fixture(file);
      expect(inspect(new Uint8Array([...whole, 1, 2, 3, 0xff]), file)).toEqual(inspect(whole, file));
    },
  );

  it("is not fooled by the end of an embedded thumbnail", () => {
    const whole = fixture("baseline.jpg");
    const length = 2 + whole.length;
    const thumbnail = [0xff, 0xe1, length >> 8, length & 255, ...whole];
    const file = new Uint8Array([0xff, 0xd8, ...thumbnail, ...whole.subarray(2)]);
    expect(inspect(file, "with thumbnail")).toMatchObject({ width: 10, height: 7 });
    expect(() => inspect(file.subarray(0, -2), "cut")).toThrow(ImageError);
  });
});
