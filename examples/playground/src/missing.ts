/** The dialog that asks for the user's own files which a recipe names, and tells them by their SHA-256. */
import { byId, make, onFiles, part } from "./dom.ts";
import { describe } from "./pictures.ts";
import type { OwnFile } from "./recipe.ts";

export class MissingFiles {
  private readonly dialog = byId("missing", HTMLDialogElement);
  private wanted: OwnFile[] = [];
  private take: (file: File, sha256: string) => Promise<void> = async () => {};

  constructor() {
    onFiles("missing-files", (files) => this.receive(files));
  }

  /** Asks for files, hands each to `take`, and resolves with whether all were given. */
  async ask(wanted: readonly OwnFile[], take: (file: File, sha256: string) => Promise<void>): Promise<boolean> {
    this.wanted = [...wanted];
    this.take = take;
    this.show();
    part("missing-message").textContent = "";
    this.dialog.showModal();
    await new Promise((resolve) => this.dialog.addEventListener("close", resolve, { once: true }));
    return this.wanted.length === 0;
  }

  private async receive(files: readonly File[]): Promise<void> {
    const others: string[] = [];
    try {
      for (const file of files) {
        const { sha256 } = await describe(file, file.name);
        if (this.wanted.some((each) => each.sha256 === sha256)) await this.take(file, sha256);
        else others.push(file.name);
        this.wanted = this.wanted.filter((each) => each.sha256 !== sha256);
      }
      const message = others.length > 0 ? `${others.join(", ")}: not a file of this recipe. Choose another one.` : "";
      part("missing-message").textContent = message;
    } catch (error) {
      part("missing-message").textContent = (error as Error).message;
    }
    this.show();
    if (this.wanted.length === 0) this.dialog.close();
  }

  private show(): void {
    const items = this.wanted.map(({ name, bytes, sha256 }) =>
      make("li", {}, make("strong", {}, name), ` ${bytes} bytes, SHA-256 ${sha256.slice(0, 16)}…`),
    );
    part("missing-list").replaceChildren(...items);
  }
}
