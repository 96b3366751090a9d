/** Files that a weight file names beside itself, as model.json its shards. Loaded only where there are some. */
import { elsewhere } from "./refused-part.ts";

/** The folders and the name of a plain relative path inside the folder; any other is refused: such names come from the file itself. */
export function segmentsOf(file: string, name: string): string[] {
  const segments = name.split("/");
  if (segments.every((segment) => !/^\.{0,2}$|[\\:%\0]/.test(segment))) return segments;
  throw elsewhere(file, name);
}

/** The address of a sibling of a file at `url`. */
export function siblingUrl(url: URL, file: string, name: string): URL {
  const address = new URL(segmentsOf(file, name).map(encodeURIComponent).join("/"), url);
  address.search = url.search; // signed addresses carry their permission there
  return address;
}
