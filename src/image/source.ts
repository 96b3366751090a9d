/** Fetching images by URL, and how messages quote where an image comes from. The same in Node and browsers. */
import { ImageError } from "../errors.ts";
import { reasonOf } from "../url.ts";

const LONGEST_QUOTE = 120;

/** A source between quotation marks for a message; long ones, such as data URLs, are cut. */
export function quote(source: string | URL): string {
  const text = String(source);
  return text.length > LONGEST_QUOTE ? `"${text.slice(0, LONGEST_QUOTE)}..."` : `"${text}"`;
}

/**
 * The body of a URL.
 *
 * @throws ImageError with the HTTP status, or the reason why there was no answer; `signal.reason` when that aborts.
 */
export async function fetchBytes(url: string | URL, signal?: AbortSignal): Promise<Uint8Array> {
  const failed = (error: unknown) => {
    signal?.throwIfAborted();
    throw noAnswer(url, error);
  };
  const response = await fetch(url, { signal }).catch(failed);
  // Loaded only then: pages download less.
  if (!response.ok) throw (await import("./refused-picture.ts")).refusedBy(response, quote(url));
  return new Uint8Array(await response.arrayBuffer().catch(failed));
}

function noAnswer(url: string | URL, error: unknown): ImageError {
  return new ImageError(
    `Cannot fetch ${quote(url)}: ${reasonOf(error)}. Check the address and the connection, and in a browser ` +
      "that the server allows this page to read it (CORS).",
    { cause: error },
  );
}
