/** The dialog to crop and rotate: a rectangle that is dragged, or given in numbers. */
import { button, byId, input, offer, oncePerFrame } from "./dom.ts";
import { type Edit, fitted, type Rectangle, turnedOnce, turnedSize } from "./edit.ts";
import type { Chosen, Pictures } from "./pictures.ts";

/** Longest side of the preview, in pixels. */
const PREVIEW = 720;

const SIDES = ["x", "y", "width", "height"] as const;

export class Editor {
  private readonly dialog = byId("editor", HTMLDialogElement);
  private readonly canvas = byId("editor-canvas", HTMLCanvasElement);
  private readonly preview = document.createElement("canvas");
  private chosen!: Chosen;
  private edit: Edit = { turns: 0 };
  private anchor: { x: number; y: number } | undefined;
  private readonly paint = oncePerFrame(() => this.draw());

  constructor(private readonly pictures: Pictures) {
    button("editor-turn").addEventListener("click", () => {
      this.edit = turnedOnce(this.chosen.source, this.edit);
      this.refresh();
    });
    button("editor-reset").addEventListener("click", () => this.crop(undefined));
    button("editor-square").addEventListener("click", () => this.square());
    button("editor-save").addEventListener("click", () => offer(this.chosen.source.file, this.chosen.source.name));
    for (const side of SIDES) input(`crop-${side}`).addEventListener("change", () => this.readNumbers());
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      this.anchor = this.pixelAt(event);
    });
    this.canvas.addEventListener("pointermove", (event) => this.drag(event));
    this.canvas.addEventListener("pointerup", () => {
      this.anchor = undefined;
    });
  }

  /** Opens the dialog; resolves with the new edit, or undefined when it is cancelled. */
  async open(chosen: Chosen): Promise<Edit | undefined> {
    this.chosen = chosen;
    this.edit = { ...chosen.edit };
    this.dialog.returnValue = "";
    this.dialog.showModal();
    const closed = new Promise((resolve) => this.dialog.addEventListener("close", resolve, { once: true }));
    await this.refresh();
    await closed;
    return this.dialog.returnValue === "apply" ? this.edit : undefined;
  }

  private get size() {
    return turnedSize(this.chosen.source, this.edit);
  }

  private get rectangle(): Rectangle {
    return this.edit.crop ?? { x: 0, y: 0, ...this.size };
  }

  private crop(rectangle: Rectangle | undefined): void {
    const crop = rectangle && fitted(rectangle, this.size);
    const isAll = crop && crop.width === this.size.width && crop.height === this.size.height;
    this.edit = crop && !isAll ? { turns: this.edit.turns, crop } : { turns: this.edit.turns };
    this.showNumbers();
    this.paint();
  }

  /** The largest square around the middle of what is kept. */
  private square(): void {
    const { x, y, width, height } = this.rectangle;
    const side = Math.min(width, height);
    this.crop({
      x: x + Math.floor((width - side) / 2),
      y: y + Math.floor((height - side) / 2),
      width: side,
      height: side,
    });
  }

  private readNumbers(): void {
    const [x, y, width, height] = SIDES.map((side) => input(`crop-${side}`).valueAsNumber || 0);
    this.crop({ x, y, width, height });
  }

  private showNumbers(): void {
    for (const side of SIDES) input(`crop-${side}`).value = String(this.rectangle[side]);
  }

  private pixelAt(event: PointerEvent): { x: number; y: number } {
    const box = this.canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * this.size.width,
      y: ((event.clientY - box.top) / box.height) * this.size.height,
    };
  }

  private drag(event: PointerEvent): void {
    if (!this.anchor) return;
    const { x, y } = this.pixelAt(event);
    const [left, top] = [Math.max(0, Math.min(x, this.anchor.x)), Math.max(0, Math.min(y, this.anchor.y))];
    const [right, bottom] = [Math.max(x, this.anchor.x), Math.max(y, this.anchor.y)];
    this.crop({ x: left, y: top, width: right - left, height: bottom - top });
  }

  private async refresh(): Promise<void> {
    this.showNumbers();
    await this.pictures.show(this.preview, { source: this.chosen.source, edit: { turns: this.edit.turns } }, PREVIEW);
    this.paint();
  }

  /** The picture, darkened outside of what is kept. */
  private draw(): void {
    const { width, height } = this.preview;
    this.canvas.width = width;
    this.canvas.height = height;
    const context = this.canvas.getContext("2d")!;
    const scale = width / this.size.width;
    const kept = this.rectangle;
    const [x, y] = [kept.x * scale, kept.y * scale];
    const [keptWidth, keptHeight] = [kept.width * scale, kept.height * scale];
    context.drawImage(this.preview, 0, 0);
    context.fillStyle = "rgb(0 0 0 / 60%)";
    context.beginPath();
    context.rect(0, 0, width, height);
    context.rect(x, y, keptWidth, keptHeight);
    context.fill("evenodd");
    context.strokeStyle = "#fff";
    context.lineWidth = 2;
    context.strokeRect(x + 1, y + 1, Math.max(0, keptWidth - 2), Math.max(0, keptHeight - 2));
  }
}
