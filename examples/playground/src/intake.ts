/** The ways in which pictures come to the page: chosen, dropped, pasted, photographed. */
import type { Camera } from "./camera.ts";
import { button, onFiles, part } from "./dom.ts";
import { showNotice } from "./errors.ts";

/** Where pictures go. */
export interface Intake {
  /** `"content"` or `"style"`: the first part of the ids of the section's elements. */
  name: "content" | "style";
  /** Whether pictures are taken now. */
  isOpen: () => boolean;
  onFiles: (files: File[]) => void;
}

/** Connects one section of the page. */
export function connectIntake(intake: Intake, camera: Camera): void {
  const { name } = intake;
  const section = part(`${name}-panel`);
  onFiles(`${name}-file`, intake.onFiles);
  onFiles(`${name}-photo`, intake.onFiles);
  button(`${name}-camera`).addEventListener("click", async () => {
    const photo = await camera.take();
    if (photo) intake.onFiles([photo]);
  });
  section.addEventListener("dragover", () => section.classList.toggle("over", intake.isOpen()));
  section.addEventListener("dragleave", () => section.classList.remove("over"));
}

/** Drops and pastes anywhere on the page: to the section they are in, else to the first. */
export function connectPage(intakes: readonly Intake[]): void {
  const intakeAt = (target: EventTarget | null) =>
    intakes.find(({ name }) => target instanceof Node && part(`${name}-panel`).contains(target)) ?? intakes[0];
  const take = (target: EventTarget | null, files: FileList | undefined) => {
    const intake = intakeAt(target);
    if (!files?.length) return;
    if (intake.isOpen()) intake.onFiles([...files]);
    else showNotice("Pictures cannot be changed while a run uses them. Stop it first.");
  };
  // Without this the browser would leave the page for the file.
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    for (const section of document.querySelectorAll(".over")) section.classList.remove("over");
    take(event.target, event.dataTransfer?.files);
  });
  document.addEventListener("paste", (event) => {
    if (!document.querySelector("dialog[open]")) take(document.activeElement, event.clipboardData?.files);
  });
}
