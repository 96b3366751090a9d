/**
 * The page: asks the worker for a run, and shows what it reports.
 *
 * To the worker: `{ type: "canvas", canvas }` once, `{ type: "start", content, style, size }`, `{ type: "cancel" }`.
 * From it: `{ type: "step", step, steps, loss, secondsLeft }`, and at the end `{ type: "done", picture }` with a PNG,
 * `{ type: "cancelled", step, steps }` or `{ type: "failed", message }`.
 */
const byId = (id) => document.getElementById(id);
const form = document.querySelector("form");
const [start, cancel, status, numbers] = ["start", "cancel", "status", "numbers"].map(byId);
const [progress, preview, result] = ["progress", "preview", "result"].map(byId);

const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });

// The worker draws into the canvas itself: no pixel passes through this page.
const canvas = preview.transferControlToOffscreen();
worker.postMessage({ type: "canvas", canvas }, [canvas]);

form.addEventListener("change", ({ target }) => {
  const file = target.files?.[0];
  if (file) byId(`${target.name}-preview`).src = URL.createObjectURL(file);
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  // The file chosen, or the address of the picture that is there from the start.
  const [content, style] = ["content", "style"].map(
    (name) => form.elements[name].files[0] ?? byId(`${name}-preview`).src,
  );
  worker.postMessage({ type: "start", content, style, size: form.elements.size.valueAsNumber });
  setRunning(true);
  result.replaceChildren();
  progress.value = 0;
  numbers.textContent = "";
  status.textContent = "Running.";
});

cancel.addEventListener("click", () => worker.postMessage({ type: "cancel" }));

worker.addEventListener("message", ({ data: message }) => {
  if (message.type === "step") {
    const { step, steps, loss, secondsLeft } = message;
    progress.max = steps;
    progress.value = step;
    numbers.textContent = `Step ${step} of ${steps}, loss ${loss.toPrecision(4)}, ${Math.ceil(secondsLeft)} s left`;
    return;
  }
  setRunning(false);
  if (message.type === "done") {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(message.picture);
    link.download = "stylised.png";
    link.textContent = "Save the picture";
    result.replaceChildren(link);
    status.textContent = "Done.";
  } else if (message.type === "cancelled") {
    status.textContent = `Cancelled after step ${message.step} of ${message.steps}.`;
  } else {
    status.textContent = message.message;
  }
});

worker.addEventListener("error", () => {
  status.textContent = "The worker cannot be loaded. Build the library first: npm run build";
});

function setRunning(isRunning) {
  start.disabled = isRunning;
  cancel.disabled = !isRunning;
}
