/** A stream of bytes. Not by way of a Blob: jsdom has one of its own, which has no streams. */
export function streamOf(parts: readonly Uint8Array<ArrayBuffer>[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(part);
      controller.close();
    },
  });
}

/** A view for reading numbers of several bytes, of these bytes alone. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The built-in class of a value, also of one from another realm: a frame, a `vm` context, jsdom. */
function classOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** Whether a value is an ArrayBuffer, of whatever realm. */
export function isArrayBuffer(value: unknown): value is ArrayBuffer {
  return classOf(value) === "ArrayBuffer";
}

/** Whether a value is a Uint8Array, of whatever realm. */
export function isBytes(value: unknown): value is Uint8Array {
  return classOf(value) === "Uint8Array";
}

/** Whether a value has an array that pixels of RGBA may be in. */
export function isPixels(value: unknown): value is Uint8Array | Uint8ClampedArray {
  return isBytes(value) || classOf(value) === "Uint8ClampedArray";
}
