/**
 * Weight files as bytes that are read in pieces: a network of 80 MB is never held in memory as a whole, and layers that
 * are not needed are not downloaded. This file has what Node and browsers share, memory and HTTP; `openBytes` and
 * `embeddedWeights` are in files.node.ts and files.browser.ts, which the import `#files` chooses between.
 */
import { WeightsError } from "../errors.ts";
import { reasonOf } from "../url.ts";
import type { DownloadProgress } from "./download.ts";

/**
 * A path (Node) or URL, or the bytes themselves. A string with a scheme, such as `https:`, is a URL, any other a path.
 *
 * @category Networks
 */
export type BytesSource = string | URL | ArrayBuffer | Uint8Array;

/**
 * Options of {@link openNetworkWeights}.
 *
 * @category Networks
 */
export interface OpenOptions {
  /** Aborts downloads; they reject with `signal.reason`. */
  signal?: AbortSignal;
  /** Whether networks that are asked for by name must be installed already. Default false; `NST_OFFLINE=1` says the same. */
  offline?: boolean;
  /** Told ten times a second how the download of a network goes that was asked for by name. */
  onDownload?: (progress: DownloadProgress) => void;
}

/** A file of known size, read in ranges. */
export interface RandomAccess {
  /** Path or address, for messages. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Exactly `length` bytes from `offset` on. Not to be written to: they may be a view. Throws WeightsError if the file is shorter. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Opens a file of the same folder by its relative name. Names that lead elsewhere are refused with a WeightsError. */
  sibling(name: string): Promise<RandomAccess>;
  /** Releases the file. Nothing can be read afterwards. */
  close(): Promise<void>;
}

/**
 * Opens a weight file. The network is used only for a URL that asks for it.
 *
 * @throws WeightsError if it is missing or unreadable.
 */
export declare function openBytes(source: BytesSource, options?: OpenOptions): Promise<RandomAccess>;

/** Where the network that comes with this package lies: a `file:` URL in Node, in a browser one next to the script. */
export declare function embeddedWeights(): URL;

/** Refuses a range outside of the file, before memory is allocated for it. */
export async function checkRange(
  file: Pick<RandomAccess, "name" | "size">,
  offset: number,
  length: number,
): Promise<void> {
  if (Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0) {
    if (offset + length <= file.size) return;
  }
  // Loaded only then: pages download less.
  throw (await import("./refused-part.ts")).tooShort(file, offset, length);
}

/** The address that a source names. Throws WeightsError if it is none. */
export function parseUrl(source: string | URL, base?: string): URL {
  try {
    return new URL(source, base);
  } catch (cause) {
    throw new WeightsError(`${source} is not an address. Correct the URL.`, { cause });
  }
}

/** Bytes that are in memory already. */
export function openMemory(source: Uint8Array, name = "The weight file in memory"): RandomAccess {
  const bytes = new Uint8Array(source.buffer, source.byteOffset, source.byteLength); // no Buffer: its slice() differs
  const file = { name, size: bytes.byteLength };
  return {
    ...file,
    async read(offset, length) {
      await checkRange(file, offset, length);
      return bytes.subarray(offset, offset + length);
    },
    async sibling(wanted) {
      throw (await import("./refused-part.ts")).alone(name, wanted);
    },
    async close() {},
  };
}

/** Length of the first request: all of a small file, and the header of a large one. */
const FIRST_READ = 2 ** 20;

/**
 * A file behind a URL (`http:`, `https:`, `data:`, `blob:`), read by Range requests (RFC 9110, section 14). A server
 * that answers with the whole file is taken at its word: the file is kept and no further request is made.
 */
export async function openUrl(url: URL, options: OpenOptions = {}): Promise<RandomAccess> {
  let kept = await fetchPart(url, 0, FIRST_READ, options);
  const file = { name: nameOf(url), size: kept.size };
  return {
    ...file,
    async read(offset, length) {
      await checkRange(file, offset, length);
      if (length > 0 && offset + length > kept.bytes.length) {
        const part = await fetchPart(url, offset, length, options);
        if (part.size !== file.size) {
          throw (await import("./refused-part.ts")).otherSize(file, part.size);
        }
        if (part.bytes.length < file.size) return part.bytes;
        kept = part;
      }
      return kept.bytes.subarray(offset, offset + length);
    },
    async sibling(name) {
      return openUrl((await import("./siblings.ts")).siblingUrl(url, file.name, name), options);
    },
    async close() {},
  };
}

/** Bytes of a file of `size` bytes; all of them, or those that were asked for. */
interface Part {
  bytes: Uint8Array;
  size: number;
}

async function fetchPart(url: URL, offset: number, length: number, options: OpenOptions): Promise<Part> {
  // Only HTTP knows ranges; data: and blob: are in memory anyway.
  const range = url.protocol.startsWith("http") ? { Range: `bytes=${offset}-${offset + length - 1}` } : undefined;
  let { response, bytes } = await request(url, range, options);
  const told = response.headers.get("Content-Range")?.match(/^bytes (\d+)-(\d+)\/(\d+)$/);
  // No such range (an empty file, for example), or its place is hidden, as CORS does unless the server exposes the header.
  if (response.status === 416 || (response.status === 206 && !told)) {
    ({ response, bytes } = await request(url, undefined, options));
  }
  // Loaded only then, from a server that answers: pages download less.
  if (!response.ok) throw (await import("./refused-part.ts")).refused(nameOf(url), response);
  if (response.status !== 206 || !told) return { bytes, size: bytes.length };
  const [start, end, size] = told.slice(1).map(Number);
  if (start !== offset || end + 1 !== Math.min(offset + length, size) || bytes.length !== end + 1 - start) {
    const came = `${bytes.length} bytes marked ${start}-${end}/${size}`;
    throw (await import("./refused-part.ts")).otherRange(nameOf(url), came, `${length} from ${offset}`);
  }
  return { bytes, size };
}

/** One request with its whole body. Failures of the connection become a WeightsError, an abort keeps its reason. */
async function request(url: URL, headers: HeadersInit | undefined, { signal }: OpenOptions) {
  try {
    const response = await fetch(url, { headers, signal });
    return { response, bytes: new Uint8Array(await response.arrayBuffer()) };
  } catch (cause) {
    signal?.throwIfAborted();
    throw new WeightsError(
      `${nameOf(url)} cannot be downloaded: ${reasonOf(cause)}. Check the address and the connection, and in a browser ` +
        "that the server allows this page to read it (CORS).",
      { cause },
    );
  }
}

/** The address without what may be secret or endless: credentials, query, the content of a data: URL. */
function nameOf(url: URL): string {
  return url.protocol.startsWith("http") ? url.origin + url.pathname : url.href.slice(0, 60);
}
