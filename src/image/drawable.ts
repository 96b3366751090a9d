/** Pictures that a browser has decoded or drawn already. In Node none of these classes exists, and nothing is drawable. */
import type { DrawableImage, Picture } from "./picture.ts";

/** The classes of {@link DrawableImage}, and where each has its size in pixels. */
export const DRAWABLES = {
  ImageBitmap: ["width", "height"],
  OffscreenCanvas: ["width", "height"],
  HTMLCanvasElement: ["width", "height"],
  HTMLImageElement: ["naturalWidth", "naturalHeight"],
  VideoFrame: ["displayWidth", "displayHeight"],
} as const;

/** Name of a class of {@link DRAWABLES}. */
export type DrawableKind = keyof typeof DRAWABLES;

/** Whether a value is of one of the classes of {@link DrawableImage}. Workers lack some of them, Node all. */
export function isDrawable(value: unknown): value is DrawableImage {
  return kindOf(value) !== undefined;
}

/**
 * The pixels of a drawable image, which stays open.
 *
 * @throws ImageError when it has no pixels, or those of another site that forbids reading them; the reason of the signal.
 */
export async function readDrawable(source: DrawableImage, name: string, signal?: AbortSignal): Promise<Picture> {
  const { drawn } = await import("./canvas.browser.ts");
  return drawn(source, kindOf(source)!, name, signal);
}

function kindOf(value: unknown): DrawableKind | undefined {
  const classes = globalThis as unknown as Record<string, unknown>;
  return (Object.keys(DRAWABLES) as DrawableKind[]).find((kind) => {
    const known = classes[kind];
    return typeof known === "function" && value instanceof known;
  });
}
