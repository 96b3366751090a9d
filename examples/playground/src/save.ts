/** Saving and copying the last picture. The worker encodes it, so that the page never waits. */
import type { Picture } from "nst-gpu";
import { button, offer } from "./dom.ts";
import type { Engine } from "./engine.ts";
import type { Format } from "./protocol.ts";

const ENDINGS: Readonly<Record<Format, string>> = { png: "png", jpeg: "jpg", webp: "webp" };

/** Connects the buttons. `last` gives the last picture, if there is one. */
export function connectSaving(
  engine: Engine,
  last: () => Picture | undefined,
  onSaid: (sentence: string) => void,
  onError: (error: unknown) => void,
): void {
  const encoded = (format: Format) => engine.ask({ type: "encode", picture: last()!, format });
  for (const saver of document.querySelectorAll<HTMLButtonElement>(".save")) {
    const format = saver.dataset.format as Format;
    saver.addEventListener("click", async () => {
      try {
        offer(await encoded(format), `style-transfer.${ENDINGS[format]}`);
        onSaid("Saved.");
      } catch (error) {
        onError(error);
      }
    });
  }
  button("copy").addEventListener("click", async () => {
    try {
      // The promise goes in as it is: Safari forgets the click while one waits.
      await navigator.clipboard.write([new ClipboardItem({ "image/png": encoded("png") })]);
      onSaid("Copied.");
    } catch (error) {
      onError(new Error(`The picture cannot be copied: ${(error as Error).message}. Save it as a file instead.`));
    }
  });
}

/** There is something to save from now on. */
export function allowSaving(): void {
  for (const saver of document.querySelectorAll<HTMLButtonElement>(".save, #copy")) saver.disabled = false;
}
