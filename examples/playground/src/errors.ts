/** What the user is told of a failure: a title by its class, and the message, which ends with the remedy. */
import { make, part } from "./dom.ts";

const TITLES: Readonly<Record<string, string>> = {
  NoAdapterError: "No WebGPU",
  DeviceLostError: "The GPU was lost",
  OutOfMemoryError: "Not enough GPU memory",
  LimitExceededError: "Too large for this GPU",
  ImageError: "This picture cannot be used",
  WeightsError: "This network cannot be used",
  MissingLayerError: "This network ends too early",
  InvalidOptionError: "A setting is not possible",
  ShapeError: "The picture is too small for the network",
  NotFiniteError: "The computation failed",
  KernelError: "WebGPU refused a command",
  OutputError: "The picture cannot be saved",
  RecipeError: "This recipe cannot be used",
};

/** What is there still, where a run ended by a failure. */
const KEPT = "Pictures and settings are kept.";
const KEPT_PICTURE = "The last picture is kept too: it can be saved.";

/** Shows a failure, until it is closed or the next one comes. */
export function showFailure(error: { name: string; message: string }, after?: { hasPicture: boolean }): void {
  const box = part("failure");
  const close = make("button", { type: "button", ariaLabel: "Close the message" }, "Close");
  close.addEventListener("click", () => {
    hideFailure();
    // The focus must not be lost with the button.
    part("start").focus();
  });
  const lines = [make("strong", {}, TITLES[error.name] ?? "That did not work"), make("p", {}, error.message)];
  if (after) lines.push(make("p", {}, after.hasPicture ? `${KEPT} ${KEPT_PICTURE}` : KEPT));
  box.replaceChildren(make("div", {}, ...lines), close);
  box.hidden = false;
  box.scrollIntoView({ block: "nearest" });
}

export function hideFailure(): void {
  part("failure").hidden = true;
}

/** Shows something worth knowing that is no failure. */
export function showNotice(message: string): void {
  const box = part("notice");
  box.textContent = message;
  box.hidden = false;
}
