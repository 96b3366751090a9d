/** Small versions of pictures, made in the worker: scaling a photograph would keep the page waiting. */
import { type Edit, keptPart, turnedSize } from "./edit.ts";

/** A picture as it is edited, at most `longest` pixels wide or high. */
export async function preview(file: Blob, edit: Edit, longest: number): Promise<ImageBitmap> {
  const bitmap = await createImageBitmap(file);
  const { x, y, width, height } = keptPart(bitmap, edit);
  const scale = Math.min(1, longest / Math.max(width, height));
  const small = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
  const turned = turnedSize(small, edit);
  const canvas = new OffscreenCanvas(turned.width, turned.height);
  const context = canvas.getContext("2d")!;
  context.imageSmoothingQuality = "high";
  context.translate(turned.width / 2, turned.height / 2);
  context.rotate((edit.turns * Math.PI) / 2);
  context.drawImage(bitmap, x, y, width, height, -small.width / 2, -small.height / 2, small.width, small.height);
  bitmap.close();
  return canvas.transferToImageBitmap();
}
