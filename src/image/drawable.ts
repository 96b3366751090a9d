/** Pictures that a browser has decoded or drawn already. In Node none of these classes exists, and nothing is drawable. */
import { ImageError } from "../errors.ts";
import type { DrawableImage, Picture } from "./picture.ts";

/** The classes of {@link DrawableImage}, and where each has its size in pixels. */
const SIZES: Readonly<Record<string, readonly [width: string, height: string]>> = {
  ImageBitmap: ["width", "height"],
  OffscreenCanvas: ["width", "height"],
  HTMLCanvasElement: ["width", "height"],
  HTMLImageElement: ["naturalWidth", "naturalHeight"],
  VideoFrame: ["displayWidth", "displayHeight"],
};

/** Whether a value is of one of the classes of {@link DrawableImage}. Workers lack some of them, Node all. */
export function isDrawable(value: unknown): value is DrawableImage {
  return kindOf(value) !== undefined;
}

/**
 * The pixels of a drawable image, which stays open.
 *
 * @throws ImageError when it has no pixels, or those of another site that forbids reading them.
 */
export async function readDrawable(source: DrawableImage, name: string): Promise<Picture> {
  const kind = kindOf(source)!;
  try {
    // One that is still being loaded has no size yet.
    if (kind === "HTMLImageElement") await (source as HTMLImageElement).decode();
    const [width, height] = SIZES[kind].map((side) => (source as unknown as Record<string, number>)[side]);
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

/** A canvas for pixels that are read or encoded, in sRGB. Browsers only. */
export function canvasContext(width: number, height: number): OffscreenCanvasRenderingContext2D {
  // willReadFrequently keeps the canvas off the GPU, which would only copy it there and back.
  const settings: CanvasRenderingContext2DSettings = { colorSpace: "srgb", willReadFrequently: true };
  const context = new OffscreenCanvas(width, height).getContext("2d", settings);
  if (!context) throw new TypeError(`no canvas of ${width}x${height} pixels is available`);
  return context;
}

function kindOf(value: unknown): string | undefined {
  const classes = globalThis as unknown as Record<string, unknown>;
  return Object.keys(SIZES).find((kind) => {
    const known = classes[kind];
    return typeof known === "function" && value instanceof known;
  });
}
