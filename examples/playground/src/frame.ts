/** The picture on the stage: the content, the live canvas that the worker draws, and the result with its before/after slider. */
import type { Picture } from "nst-gpu";
import { byId, input, make, part } from "./dom.ts";
import { editedSize } from "./edit.ts";
import type { Chosen, Pictures } from "./pictures.ts";

/** Longest side at which the content is drawn, in pixels. */
const LONGEST = 1536;

export class Frame {
  private readonly box = part("frame");
  private readonly before = byId("before", HTMLCanvasElement);
  private readonly after = byId("after", HTMLCanvasElement);
  private readonly slider = input("compare");
  private live: HTMLCanvasElement | undefined;

  constructor(private readonly pictures: Pictures) {
    this.slider.addEventListener("input", () => this.compare(this.slider.valueAsNumber));
    this.box.addEventListener("pointerdown", (event) => {
      if (part("compare-row").hidden) return;
      this.box.setPointerCapture(event.pointerId);
      this.compareAt(event);
    });
    this.box.addEventListener("pointermove", (event) => {
      if (this.box.hasPointerCapture(event.pointerId)) this.compareAt(event);
    });
  }

  /** Shows the content alone. */
  async showContent(content: Chosen): Promise<void> {
    const { width, height } = editedSize(content.source, content.edit);
    this.box.style.setProperty("--ratio", `${width} / ${height}`);
    await this.pictures.show(this.before, content, LONGEST);
  }

  /** A fresh canvas for the worker. It is shown at the first step, see {@link showLive}. */
  newLive(): OffscreenCanvas {
    this.live = make("canvas", { className: "live", role: "img", ariaLabel: "The evolving picture" });
    return this.live.transferControlToOffscreen();
  }

  /** Shows the live canvas over the picture of the run before. */
  showLive(): void {
    if (!this.live || this.live.isConnected) return;
    this.after.hidden = true;
    part("compare-row").hidden = true;
    this.box.classList.remove("comparing");
    this.box.append(this.live);
  }

  /** Shows a result, which takes the live canvas's place. */
  showResult(picture: Picture): void {
    this.after.width = picture.width;
    this.after.height = picture.height;
    const pixels = new ImageData(new Uint8ClampedArray(picture.data), picture.width, picture.height);
    this.after.getContext("2d")!.putImageData(pixels, 0, 0);
    this.after.hidden = false;
    this.live?.remove();
    this.live = undefined;
    part("compare-row").hidden = false;
    this.box.classList.add("comparing");
    this.compare(0);
  }

  private compareAt(event: PointerEvent): void {
    const { left, width } = this.box.getBoundingClientRect();
    this.compare(Math.min(Math.max((100 * (event.clientX - left)) / width, 0), 100));
  }

  /** Shows the content in the left part, so many percent wide, and the result in the rest. */
  private compare(percent: number): void {
    this.slider.value = String(percent);
    this.slider.setAttribute("aria-valuetext", `${Math.round(percent)} % before, ${Math.round(100 - percent)} % after`);
    this.box.style.setProperty("--split", `${percent}%`);
    this.box.classList.toggle("split", percent > 0 && percent < 100);
  }
}
