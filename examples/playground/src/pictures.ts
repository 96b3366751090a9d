/** The pictures that the page knows: those of the gallery, and files of the user, each by its SHA-256. */

import type { Edit, Size } from "./edit.ts";
import type { Engine } from "./engine.ts";
import type { OwnFile, PictureOrigin } from "./recipe.ts";

/** A picture that can be content or style. */
export interface Source extends Size {
  name: string;
  file: Blob;
  origin: PictureOrigin;
}

/** A source and what is done to it. */
export interface Chosen {
  source: Source;
  edit: Edit;
}

/** A picture of the gallery. */
export interface Bundled {
  name: string;
  title: string;
  address: string;
  use: "content" | "style";
}

/** Written so that Vite sees the addresses and copies the files. */
export const GALLERY: readonly Bundled[] = [
  {
    name: "harbor",
    title: "Harbor",
    address: new URL("../../images/harbor.png", import.meta.url).href,
    use: "content",
  },
  { name: "swirls", title: "Swirls", address: new URL("../../images/swirls.png", import.meta.url).href, use: "style" },
  { name: "embers", title: "Embers", address: new URL("../../images/embers.png", import.meta.url).href, use: "style" },
  { name: "mosaic", title: "Mosaic", address: new URL("../../images/mosaic.png", import.meta.url).href, use: "style" },
];

export class Pictures {
  private readonly bundled = new Map<string, Promise<Source>>();
  private readonly own = new Map<string, Source>();
  /** How often each canvas was asked for. */
  private readonly orders = new WeakMap<HTMLCanvasElement, number>();

  constructor(private readonly engine: Engine) {}

  /** A picture of the gallery by its name. */
  gallery(name: string): Promise<Source> {
    const known = this.bundled.get(name);
    if (known) return known;
    const loading = this.load(name);
    this.bundled.set(name, loading);
    loading.catch(() => this.bundled.delete(name));
    return loading;
  }

  /** A file of the user. Rejects with the library's ImageError when it cannot be used. */
  async add(file: Blob, name: string): Promise<Source> {
    const { width, height } = await this.engine.ask({ type: "inspect", file, name: `The picture "${name}"` });
    const origin = await describe(file, name);
    const source = { name, file, width, height, origin };
    this.own.set(origin.sha256, source);
    return source;
  }

  /** What a recipe names, if it is known. */
  async find(origin: PictureOrigin): Promise<Source | undefined> {
    return "bundled" in origin ? this.gallery(origin.bundled) : this.own.get(origin.sha256);
  }

  /** Shows a picture as it is edited, at most `longest` pixels wide or high. The worker makes it, so that the page never waits. */
  async show(canvas: HTMLCanvasElement, { source, edit }: Chosen, longest: number): Promise<void> {
    const order = (this.orders.get(canvas) ?? 0) + 1;
    this.orders.set(canvas, order);
    const bitmap = await this.engine.ask({ type: "preview", file: source.file, edit, longest });
    // An earlier one that took longer must not come last.
    if (this.orders.get(canvas) !== order) return;
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    canvas.getContext("bitmaprenderer")!.transferFromImageBitmap(bitmap);
  }

  private async load(name: string): Promise<Source> {
    const entry = GALLERY.find((each) => each.name === name);
    if (!entry) throw new Error(`There is no bundled picture "${name}". Choose another one.`);
    const response = await fetch(entry.address).catch(() => undefined);
    if (!response?.ok) throw new Error(`The bundled picture "${entry.title}" cannot be loaded. Reload the page.`);
    const file = await response.blob();
    const size = await this.engine.ask({ type: "inspect", file, name: `The picture "${entry.title}"` });
    return { ...size, name: entry.title, file, origin: { bundled: name } };
  }
}

/** Name, size and SHA-256 of a file. */
export async function describe(file: Blob, name: string): Promise<OwnFile> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return { name, bytes: file.size, sha256 };
}
