/** The sections Content and Styles: what is chosen, and the gallery. */

import { Camera } from "./camera.ts";
import { byId, make, part } from "./dom.ts";
import { editedSize, UNEDITED } from "./edit.ts";
import { Editor } from "./editor.ts";
import { connectIntake, connectPage, type Intake } from "./intake.ts";
import { type Chosen, GALLERY, type Pictures } from "./pictures.ts";

/** A style and its weight, relative to those of the others. */
export interface ChosenStyle extends Chosen {
  weight: number;
}

/** Longest side of a thumbnail, in pixels. */
const THUMBNAIL = 192;

export class Panel {
  content: Chosen | undefined;
  styles: ChosenStyle[] = [];
  /** Resolves when all pictures that were chosen are there. */
  taking: Promise<void> = Promise.resolve();
  private readonly fields = byId("setup", HTMLFieldSetElement);
  private readonly editor: Editor;

  constructor(
    private readonly pictures: Pictures,
    /** Called after every change. */
    private readonly onChange: () => void,
    /** Called with what cannot be used. */
    private readonly onError: (error: unknown) => void,
  ) {
    this.editor = new Editor(pictures);
    const isOpen = () => !this.fields.disabled;
    const intakes: Intake[] = [
      { name: "content", isOpen, onFiles: ([file]) => this.take(() => this.addContent(file)) },
      { name: "style", isOpen, onFiles: (files) => this.take(() => this.addStyles(files)) },
    ];
    const camera = new Camera();
    for (const intake of intakes) connectIntake(intake, camera);
    connectPage(intakes);
    for (const { use, name, title, address } of GALLERY) {
      const choose = use === "content" ? () => this.chooseContent(name) : () => this.chooseStyle(name);
      const image = make("img", { src: address, alt: "", width: 64, height: 64, loading: "lazy", decoding: "async" });
      const entry = make("button", { type: "button", onclick: () => this.take(choose) }, image, title);
      part(`${use}-gallery`).append(entry);
    }
  }

  /** Nothing can be chosen while a run uses it. */
  lock(isLocked: boolean): void {
    this.fields.disabled = isLocked;
  }

  /** Takes all pictures at once, as a recipe does. */
  set(content: Chosen, styles: ChosenStyle[]): void {
    this.content = content;
    this.styles = styles;
    this.show();
  }

  /** Takes pictures one after the other, in the order in which they came. */
  private take(body: () => Promise<void>): void {
    this.taking = this.taking.then(() => this.guard(body));
  }

  private async guard(body: () => Promise<void>): Promise<void> {
    try {
      await body();
    } catch (error) {
      this.onError(error);
    }
  }

  private async addContent(file: File): Promise<void> {
    this.content = { source: await this.pictures.add(file, file.name), edit: UNEDITED };
    this.show();
  }

  private async addStyles(files: File[]): Promise<void> {
    for (const file of files) {
      const source = await this.pictures.add(file, file.name);
      this.styles.push({ source, edit: UNEDITED, weight: 1 });
      this.show();
    }
  }

  private async chooseContent(name: string): Promise<void> {
    this.content = { source: await this.pictures.gallery(name), edit: UNEDITED };
    this.show();
  }

  private async chooseStyle(name: string): Promise<void> {
    this.styles.push({ source: await this.pictures.gallery(name), edit: UNEDITED, weight: 1 });
    this.show();
  }

  private show(): void {
    if (this.content) part("content-chosen").replaceChildren(...this.slot(this.content));
    part("style-chosen").replaceChildren(...this.styles.map((style, index) => this.styleItem(style, index)));
    this.showShares();
    this.onChange();
  }

  private slot(chosen: Chosen): HTMLElement[] {
    const { width, height } = editedSize(chosen.source, chosen.edit);
    const { name } = chosen.source;
    const canvas = make("canvas", { className: "thumbnail", width: 96, height: 72, ariaHidden: "true" });
    this.guard(() => this.pictures.show(canvas, chosen, THUMBNAIL));
    const edit = make("button", { type: "button", ariaLabel: `Crop and rotate ${name}` }, "Crop and rotate");
    edit.addEventListener("click", () => this.guard(() => this.editChosen(chosen)));
    const text = make("div", { className: "name" }, make("strong", {}, name), ` ${width} × ${height}`);
    return [canvas, make("div", { className: "about" }, text, make("div", { className: "row" }, edit))];
  }

  private styleItem(style: ChosenStyle, index: number): HTMLElement {
    const { name } = style.source;
    const [canvas, about] = this.slot(style);
    const range = make("input", { type: "range", min: "0.05", max: "1", step: "0.05", ariaLabel: `Weight of ${name}` });
    range.value = String(style.weight);
    range.addEventListener("input", () => {
      style.weight = range.valueAsNumber;
      this.showShares();
      this.onChange();
    });
    const remove = make("button", { type: "button", ariaLabel: `Remove ${name}` }, "Remove");
    remove.addEventListener("click", () => {
      this.styles.splice(index, 1);
      this.show();
      // The button that had the focus is gone.
      part("style-gallery").querySelector("button")?.focus();
    });
    about.querySelector(".row")!.append(remove);
    about.append(make("label", { className: "weight" }, "Weight ", range, make("output")));
    return make("li", {}, canvas, about);
  }

  private showShares(): void {
    const sum = this.styles.reduce((total, { weight }) => total + weight, 0);
    const items = part("style-chosen").children;
    for (const [index, { weight }] of this.styles.entries()) {
      const share = `${Math.round((100 * weight) / sum)} %`;
      items[index].querySelector("output")!.textContent = share;
      items[index].querySelector("input")!.setAttribute("aria-valuetext", share);
    }
  }

  private async editChosen(chosen: Chosen): Promise<void> {
    const edit = await this.editor.open(chosen);
    if (!edit) return;
    chosen.edit = edit;
    const position = [this.content, ...this.styles].indexOf(chosen);
    this.show();
    // The button that had the focus was made anew.
    document.querySelectorAll(".about")[position]?.querySelector("button")?.focus();
  }
}
