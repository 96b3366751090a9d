/** What browsers do with a canvas: decode, encode, and read what they have drawn. Loaded with the first picture that needs it. */
import { ImageError, OutputError } from "../errors.ts";
import type { OutputFormat } from "./codec.ts";
import { onWhite } from "./convert.ts";
import { DRAWABLES, type DrawableKind } from "./drawable.ts";
import { checkEncoding } from "./encoding.ts";
import type { DrawableImage, Picture } from "./picture.ts";

/** See `decode` of codec.ts. */
export async function decode(bytes: Uint8Array, name: string): Promise<Picture> {
  try {
    const bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes)]), { colorSpaceConversion: "default" });
    const { width, height } = bitmap;
    const context = canvasContext(width, height);
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    return context.getImageData(0, 0, width, height);
  } catch (error) {
    throw new ImageError(
      `${name} cannot be decoded: ${(error as Error).message}. Save it again as PNG, JPEG or WebP.`,
      { cause: error },
    );
  }
}

/** See `encode` of codec.ts. */
export async function encode(picture: Picture, format: OutputFormat, quality: number): Promise<Uint8Array> {
  checkEncoding(format, quality);
  const { width, height, data } = format === "jpeg" ? onWhite(picture) : picture;
  try {
    const context = canvasContext(width, height);
    context.putImageData(new ImageData(new Uint8ClampedArray(data), width, height), 0, 0);
    const type = `image/${format}`;
    const blob = await context.canvas.convertToBlob({ type, quality });
    // A browser that lacks the format, or cannot fit the picture into it, writes PNG instead.
    if (blob.type !== type) throw new TypeError("this browser has no encoder for it");
    return new Uint8Array(await blob.arrayBuffer());
  } catch (error) {
    throw new OutputError(
      `Cannot encode ${width}x${height} pixels as ${format}: ${(error as Error).message}. Write a PNG instead.`,
      { cause: error },
    );
  }
}

/** The pixels of a drawable image of a known kind. Throws ImageError. */
export async function drawn(source: DrawableImage, kind: DrawableKind, name: string): Promise<Picture> {
  try {
    // One that is still being loaded has no size yet.
    if (kind === "HTMLImageElement") await (source as HTMLImageElement).decode();
    const [width, height] = DRAWABLES[kind].map((side) => (source as unknown as Record<string, number>)[side]);
    const context = canvasContext(width, height);
    context.drawImage(source, 0, 0, width, height);
    return context.getImageData(0, 0, width, height);
  } catch (error) {
    throw new ImageError(
      `The pixels of ${name} (${kind}) cannot be read: ${(error as Error).message}. Pass one that is loaded, not closed, ` +
        "not empty, and of this site or one that allows it (CORS).",
      { cause: error },
    );
  }
}

function canvasContext(width: number, height: number): OffscreenCanvasRenderingContext2D {
  // willReadFrequently keeps the canvas off the GPU, which would only copy it there and back.
  const settings: CanvasRenderingContext2DSettings = { colorSpace: "srgb", willReadFrequently: true };
  const context = new OffscreenCanvas(width, height).getContext("2d", settings);
  if (!context) throw new TypeError(`no canvas of ${width}x${height} pixels is available`);
  return context;
}
