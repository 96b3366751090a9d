/** What to say of images whose features are over a limit of the device, or nothing at all. Loaded only then. */
import { LimitExceededError, ShapeError } from "../errors.ts";
import { type Device, megabytes, RAISED_LIMITS } from "../gpu/device.ts";
import { fitSize } from "../image/resize.ts";
import type { Size } from "./preflight.ts";

/** The error for an image of which the poolings before a layer leave nothing, and the shorter side that it needs. */
export function tooSmall(name: string, { width, height }: Size, layer: string, least: number): ShapeError {
  const remedy =
    name === "style image"
      ? "a larger style image, as it is never enlarged; a larger size or styleSize, if that made it smaller"
      : "a larger size, a less narrow image";
  // No layer is shallow enough for a single row or column.
  const shallower = Math.min(width, height) > 1 ? ", or shallower layers" : "";
  return new ShapeError(
    `The ${name} is ${width}x${height} pixels at this size, and ${layer} needs at least ${least} on the shorter side. Use ${remedy}${shallower}.`,
  );
}

/** The error for an image of this longest side, with the largest multiple of 8 that would fit. */
export function tooLarge(
  { gpu: { limits }, name: deviceName, largestTensor }: Device,
  image: Size,
  longest: number,
  largestAt: (side: number) => { name: string; bytes: number },
  option: string,
): LimitExceededError {
  const { name, bytes } = largestAt(longest);
  const limit = RAISED_LIMITS.find((each) => bytes > limits[each])!;
  let largest = 8 * Math.floor((longest - 1) / 8);
  while (largest > 16 && largestAt(largest).bytes > largestTensor) largest -= 8;
  const { width, height } = fitSize(image.width, image.height, longest);
  return new LimitExceededError(
    `The features of ${name} at ${width}x${height} need ${megabytes(bytes)} MB, but ${limit} of ${deviceName} is ${megabytes(limits[limit])} MB. Use a ${option} of at most ${largest}.`,
    limit,
    bytes,
    limits[limit],
    largest,
  );
}
