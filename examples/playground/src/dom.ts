/** The few functions for the page's elements. Text is only ever set as text, never as HTML. */

/** The element of an id, checked to be of its kind. */
export function byId<Kind extends Element>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`There is no ${kind.name} "${id}" in the page.`);
}

/** A button. */
export const button = (id: string) => byId(id, HTMLButtonElement);

/** An input. */
export const input = (id: string) => byId(id, HTMLInputElement);

/** Any element of the page. */
export const part = (id: string) => byId(id, HTMLElement);

/** Makes an element with its properties and children. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Partial<HTMLElementTagNameMap[Tag]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Calls `body` at the next frame, once however often it is asked to. */
export function oncePerFrame(body: () => void): () => void {
  let isWaiting = false;
  return () => {
    if (isWaiting) return;
    isWaiting = true;
    requestAnimationFrame(() => {
      isWaiting = false;
      body();
    });
  };
}

/** Calls `onFiles` with what the user chooses; the same file may be chosen again. */
export function onFiles(id: string, body: (files: File[]) => void): void {
  const chooser = input(id);
  chooser.addEventListener("change", () => {
    const files = [...(chooser.files ?? [])];
    chooser.value = "";
    if (files.length > 0) body(files);
  });
}

/** Offers bytes as a file. */
export function offer(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  make("a", { href: address, download: name }).click();
  // The browser needs the address until it has begun to read.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
