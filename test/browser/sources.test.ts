/** What a page may pass as an image: everything drawable. */
import { afterAll, describe, expect, it } from "vitest";
import { fromBase64, openPage } from "./page.ts";

const { page, close } = await openPage();
afterAll(close);

/** An opaque pattern without symmetry. */
const WIDTH = 10;
const HEIGHT = 6;
const PIXELS = Uint8ClampedArray.from({ length: 4 * WIDTH * HEIGHT }, (_, i) => (i % 4 === 3 ? 255 : (i * 37) % 256));

/** Makes a source of a kind from the pattern, in the page. */
const KINDS = [
  "ImageBitmap",
  "HTMLImageElement",
  "HTMLCanvasElement",
  "OffscreenCanvas",
  "VideoFrame",
  "ImageData",
  "Blob",
  "File",
];

async function readInPage(kind: string, pixels: Uint8ClampedArray, change?: string): Promise<string> {
  return page.evaluate(
    async ([kind, values, width, height, change]) => {
      const data = new ImageData(Uint8ClampedArray.from(values), width, height);
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [width, height];
      canvas.getContext("2d")!.putImageData(data, 0, 0);
      const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve));
      const image = new Image();
      image.src = change === "broken" ? "/nothing" : URL.createObjectURL(blob!);
      const offscreen = new OffscreenCanvas(width, height);
      offscreen.getContext("2d")!.putImageData(data, 0, 0);
      if (change === "empty") canvas.width = 0;
      const bitmap = await createImageBitmap(data);
      if (change === "closed") bitmap.close();
      const sources: Record<string, import("../../src/index.ts").ImageSource> = {
        ImageBitmap: bitmap,
        HTMLImageElement: image, // not loaded yet
        HTMLCanvasElement: canvas,
        OffscreenCanvas: offscreen,
        VideoFrame: new VideoFrame(offscreen, { timestamp: 0 }),
        ImageData: data,
        Blob: blob!,
        File: new File([blob!], "pattern.png"),
      };
      try {
        const read = await nst.loadImage(sources[kind], "the source");
        return toBase64(read.data);
      } catch (error) {
        return `${(error as Error).name}: ${(error as Error).message}`;
      }
    },
    [kind, [...pixels], WIDTH, HEIGHT, change] as const,
  );
}

describe("every source is its pixels", () => {
  it.each(KINDS)("%s", async (kind) => {
    expect(fromBase64(await readInPage(kind, PIXELS))).toEqual(PIXELS);
  });
});

describe("what has no pixels is refused with the reason", () => {
  it.each([
    ["HTMLCanvasElement", "empty"],
    ["ImageBitmap", "closed"],
    ["HTMLImageElement", "broken"],
  ])("%s that is %s", async (kind, change) => {
    expect(await readInPage(kind, PIXELS, change)).toMatch(
      /^ImageError: The pixels of the source .* cannot be read: .*\. Pass /,
    );
  });
});

it("a lazy image that is far below what is seen is loaded, and its wait can be aborted", async () => {
  const { size, reason } = await page.evaluate(async () => {
    const far = document.body.appendChild(document.createElement("div"));
    far.style.height = "20000px";
    const lazy = (source: string) => {
      const image = new Image();
      image.loading = "lazy";
      image.src = source;
      return document.body.appendChild(image);
    };
    const { width, height } = await nst.loadImage(lazy("/examples/images/mosaic.png"));
    // Loads only once it has an address, which it never gets.
    const never = lazy("/examples/images/harbor.png");
    never.decode = () => new Promise(() => {});
    const signal = AbortSignal.timeout(200);
    const failed = await nst.styleTransfer({ content: never, style: never, signal }).catch((error: Error) => error);
    return { size: [width, height], reason: failed === signal.reason };
  });
  expect(size[0] * size[1]).toBeGreaterThan(1);
  expect(reason).toBe(true);
});

it("ImageData of another color space is refused, and a video, with what to pass instead", async () => {
  const messages = await page.evaluate(async () => {
    const wide = new ImageData(2, 2, { colorSpace: "display-p3" });
    const video = document.createElement("video") as unknown as ImageData;
    return Promise.all([wide, video].map((each) => nst.loadImage(each, "it").catch((error: Error) => error.message)));
  });
  expect(messages).toEqual([
    'it is in Display P3. Pass getImageData(..., { colorSpace: "srgb" }).',
    expect.stringMatching(/^it is of no known kind\. Pass a frame of it, new VideoFrame\(video\), or a path, /),
  ]);
});

it("styleTransfer takes them as content and style, and gives a Blob and ImageData", async () => {
  const { size, type, width, same } = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(40, 24);
    const context = canvas.getContext("2d")!;
    context.fillStyle = "navy";
    context.fillRect(0, 0, 40, 24);
    context.fillStyle = "orange";
    context.fillRect(0, 0, 30, 12);
    const result = await nst.styleTransfer({
      content: canvas,
      style: await createImageBitmap(canvas),
      size: 32,
      steps: 2,
    });
    const blob = await result.toBlob("png");
    const { data, width } = await nst.loadImage(blob, "the result");
    return { size: blob.size, type: blob.type, width, same: String(data) === String(result.toImageData().data) };
  });
  expect({ type, width, same }).toEqual({ type: "image/png", width: 32, same: true });
  expect(size).toBeGreaterThan(100);
});
