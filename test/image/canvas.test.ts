/** Reading what a browser has drawn, with stand-ins for its classes; the real ones are in test/browser. */
import { afterEach, expect, it, vi } from "vitest";
import { ImageError } from "../../src/errors.ts";
import { drawn } from "../../src/image/canvas.browser.ts";
import { patterned } from "./fixtures.ts";

const picture = patterned(3, 2);

/** An `<img>` that has loaded when `decode` says so. */
function imageThat(decode: () => Promise<void>): HTMLImageElement {
  vi.stubGlobal(
    "OffscreenCanvas",
    class {
      getContext = () => ({ drawImage() {}, getImageData: () => picture });
    },
  );
  return { naturalWidth: 3, naturalHeight: 2, decode } as HTMLImageElement;
}

afterEach(() => {
  vi.unstubAllGlobals();
});

it("an <img> is read when it has loaded", async () => {
  expect(
    await drawn(
      imageThat(async () => {}),
      "HTMLImageElement",
      "image",
    ),
  ).toBe(picture);
  const signal = new AbortController().signal;
  expect(
    await drawn(
      imageThat(async () => {}),
      "HTMLImageElement",
      "image",
      signal,
    ),
  ).toBe(picture);
});

it("an <img> is not waited for once the signal has aborted", async () => {
  const decode = vi.fn(async () => {});
  const failure = drawn(imageThat(decode), "HTMLImageElement", "image", AbortSignal.abort("enough"));
  await expect(failure).rejects.toBe("enough");
  expect(decode).not.toHaveBeenCalled();
});

it("a signal that aborts while an <img> loads ends the call, whether it ever comes or not", async () => {
  for (const comes of [true, false]) {
    const controller = new AbortController();
    const decode = () =>
      new Promise<void>((resolve) => {
        if (comes) resolve();
        // Later than whoever listens for the load hears of it, and earlier than who waits for them.
        queueMicrotask(() => queueMicrotask(() => controller.abort("enough")));
      });
    await expect(drawn(imageThat(decode), "HTMLImageElement", "image", controller.signal)).rejects.toBe("enough");
  }
});

it("an <img> that cannot load is an ImageError", async () => {
  const failure = drawn(
    imageThat(() => Promise.reject(new Error("no such image."))),
    "HTMLImageElement",
    "photo",
  );
  await expect(failure).rejects.toThrow(ImageError);
  await expect(failure).rejects.toThrow("The pixels of photo (HTMLImageElement) cannot be read: no such image. Pass");
});
