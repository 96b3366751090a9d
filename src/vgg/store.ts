/**
 * Where downloaded weight files are kept: in Node the folder `weights` of the cache (store.node.ts), in browsers the origin's
 * private file system (store.browser.ts). The import `#store` chooses. A file appears under its name only when it is complete;
 * until then it is a part, which a later attempt goes on with.
 */
import type { RandomAccess } from "./files.ts";

/** Hashes that files are checked by. */
export type HashAlgorithm = "sha256" | "md5";

/** What has come of a file so far. */
export interface Part {
  /** Bytes so far. */
  readonly size: number;
  /** What `remember` was told last, also by an earlier process: which version of the file this is the beginning of. */
  readonly note: string | undefined;
  remember(note: string): Promise<void>;
  /** Writes further bytes. Throws DownloadError if there is no space. */
  append(bytes: Uint8Array): Promise<void>;
  /** Forgets all bytes. */
  restart(): Promise<void>;
  /** The hash of all bytes in hexadecimal digits. */
  digest(): Promise<string>;
  /** Gives the file its name: it is complete. */
  commit(): Promise<void>;
  /** Closes it, and keeps it unless it was committed. */
  close(): Promise<void>;
}

/** A file or part that is kept. */
export interface Kept {
  name: string;
  bytes: number;
}

/** Where a file lies or would lie, for messages. */
export declare function placeOf(name: string): string;

/** Opens a complete file, or gives undefined if there is none. */
export declare function openKept(name: string): Promise<RandomAccess | undefined>;

/** All complete files and parts; a part's name ends in `.part`. */
export declare function listKept(): Promise<Kept[]>;

/** Deletes a file or part, and whatever belongs to it. Nothing happens if there is none. */
export declare function removeKept(name: string): Promise<void>;

/** The hash of a complete file, which has to be there, as {@link Part.digest} gives it. */
export declare function digestOf(name: string, algorithm: HashAlgorithm): Promise<string>;

/**
 * Opens the part of a file, from an earlier attempt or empty, with space for `bytes` bytes in all.
 *
 * @throws DownloadError if there is not enough space, or nothing can be written.
 */
export declare function openPart(name: string, bytes: number, algorithm: HashAlgorithm): Promise<Part>;

/**
 * Waits until nobody else downloads a file, neither another process nor another page, and keeps others waiting until the
 * function that it gives is called. Rejects with `signal.reason` when aborted. In Node `onWait` is called now and then meanwhile.
 */
export declare function lock(
  name: string,
  signal?: AbortSignal,
  onWait?: () => Promise<void>,
): Promise<() => Promise<void>>;

/** `fetch`, in Node through the proxy that the environment names. */
export declare function fetchFile(url: string, init: RequestInit): Promise<Response>;

/** What the environment says: whether downloads are forbidden, and a folder to take files from instead of their own addresses. */
export declare function environment(): { offline: boolean; mirror: string | undefined };
