/** The dialog with the camera: a preview and a shutter. The camera is on only while the dialog is open. */
import { button, byId, part } from "./dom.ts";

const REASONS: Readonly<Record<string, string>> = {
  NotAllowedError: "The camera is not allowed. Allow it for this page in the browser’s settings, then open this again.",
  NotFoundError: "There is no camera. Connect one, or choose a file.",
  NotReadableError: "The camera is in use by another program. Close that, then open this again.",
};

export class Camera {
  private readonly dialog = byId("camera", HTMLDialogElement);
  private readonly video = byId("camera-video", HTMLVideoElement);
  private readonly shutter = button("shutter");
  private photos = 0;
  private photo: File | undefined;

  constructor() {
    this.shutter.addEventListener("click", () => this.shoot());
  }

  /** Opens the dialog; resolves with the photo, or undefined when it is closed without one. */
  async take(): Promise<File | undefined> {
    this.photo = undefined;
    this.shutter.disabled = true;
    this.say("Starting the camera …");
    this.dialog.showModal();
    const closed = new Promise((resolve) => this.dialog.addEventListener("close", resolve, { once: true }));
    const opening = this.open();
    await closed;
    for (const track of (await opening)?.getTracks() ?? []) track.stop();
    this.video.srcObject = null;
    return this.photo;
  }

  private async open(): Promise<MediaStream | undefined> {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1920 } },
      });
      this.video.srcObject = stream;
      await this.video.play().catch(() => {});
      this.shutter.disabled = false;
      this.shutter.focus();
      this.say("");
      return stream;
    } catch (error) {
      const { name, message } = error as Error;
      this.say(REASONS[name] ?? `The camera cannot be used: ${message}. Choose a file instead.`);
    }
  }

  private async shoot(): Promise<void> {
    const canvas = new OffscreenCanvas(this.video.videoWidth, this.video.videoHeight);
    canvas.getContext("2d")!.drawImage(this.video, 0, 0);
    const file = await canvas.convertToBlob({ type: "image/png" });
    this.photo = new File([file], `photo-${++this.photos}.png`, { type: file.type });
    this.dialog.close();
  }

  private say(message: string): void {
    part("camera-message").textContent = message;
  }
}
