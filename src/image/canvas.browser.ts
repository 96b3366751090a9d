/** What browsers do with a canvas: decode, encode, and read what they have drawn. Loaded with the first picture that needs it. */
import { ImageError, OutputError } from "../errors.ts";
import type { OutputFormat } from "./codec.ts";
import { onWhite } from "./convert.ts";
import { DRAWABLES, type DrawableKind } from "./drawable.ts";
import { checkEncoding } from "./encoding.ts";
import type { DrawableImage, Picture } from "./picture.ts";
import { quote } from "./source.ts";

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
    throw new ImageError(`${name} cannot be decoded: ${reasonOf(error)}. Save it again as PNG, JPEG or WebP.`, {
      cause: error,
    });
  }
}

/** The error for a path to write to. */
export function noFiles(path: string): OutputError {
  return new OutputError(
    `Cannot write ${quote(path)}: a browser has no file system. Make a Blob of the encoded bytes and offer it by a link.`,
  );
}

/** See `encode` of codec.ts. */
export async function encode(
  picture: Picture,
  format: OutputFormat,
  quality: number,
): Promise<Uint8Array<ArrayBuffer>> {
  await checkEncoding(picture, format, quality);
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
      `Cannot encode ${width}x${height} pixels as ${format}: ${reasonOf(error)}. Write a PNG instead.`,
      { cause: error },
    );
  }
}

/** The pixels of a drawable image of a known kind. Throws ImageError. */
export async function drawn(
  source: DrawableImage,
  kind: DrawableKind,
  name: string,
  signal?: AbortSignal,
): Promise<Picture> {
  // One that aborts before it is listened to says no more.
  signal?.throwIfAborted();
  try {
    if (kind === "HTMLImageElement") await loaded(source as HTMLImageElement, signal);
    signal?.throwIfAborted();
    const [width, height] = DRAWABLES[kind].map((side) => (source as unknown as Record<string, number>)[side]);
    const context = canvasContext(width, height);
    context.drawImage(source, 0, 0, width, height);
    return context.getImageData(0, 0, width, height);
  } catch (error) {
    signal?.throwIfAborted();
    throw new ImageError(
      `The pixels of ${name} (${kind}) cannot be read: ${reasonOf(error)}. Pass one that is loaded, not closed, ` +
        "not empty, and of this site or one that allows it (CORS).",
      { cause: error },
    );
  }
}

/** An image that is still being loaded has no size yet. */
function loaded(image: HTMLImageElement, signal?: AbortSignal): Promise<void> {
  // A lazy one below the fold would not come before it is scrolled to.
  image.loading = "eager";
  return new Promise((resolve, reject) => {
    signal?.addEventListener("abort", reject);
    image
      .decode()
      .then(resolve, reject)
      .finally(() => signal?.removeEventListener("abort", reject));
  });
}

/** What a browser says, without the full stop that some sentences of browsers have. */
function reasonOf(error: unknown): string {
  return (error as Error).message.replace(/\.$/, "");
}

function canvasContext(width: number, height: number): OffscreenCanvasRenderingContext2D {
  // willReadFrequently keeps the canvas off the GPU, which would only copy it there and back.
  const settings: CanvasRenderingContext2DSettings = { colorSpace: "srgb", willReadFrequently: true };
  const context = new OffscreenCanvas(width, height).getContext("2d", settings);
  if (!context) throw new TypeError(`no canvas of ${width}x${height} pixels is available`);
  return context;
}
