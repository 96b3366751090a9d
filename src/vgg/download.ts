/**
 * Downloads one file from one address into a part, with all that goes wrong on the way: a connection that breaks off is taken up
 * where it ended (Range and If-Range, RFC 9110, section 13.1.5), a server that is overloaded is asked again later, one that
 * falls silent is given up.
 */
import { fetchFile, type Part } from "#store";
import { DownloadError } from "../errors.ts";
import { reasonOf } from "../url.ts";

/**
 * How a download is going.
 *
 * @category Networks
 */
export interface DownloadProgress {
  /** Of the network, such as `"vgg19"`. */
  name: string;
  /** Bytes that are there, those of an earlier attempt among them, and bytes of the whole file. */
  bytes: number;
  total: number;
  /** Since this attempt began; 0 while another process downloads the file. */
  bytesPerSecond: number;
  /** Infinite as long as nothing has come. */
  secondsLeft: number;
}

/** When to try again, and when to give up. */
export interface Patience {
  /** Attempts at one address. */
  attempts: number;
  /** Milliseconds before the second attempt; they double from there on. */
  pause: number;
  /** Milliseconds without a byte after which a connection has stalled. */
  stall: number;
}

/** For servers far away: half a minute of pauses in all, and as long again for one that has fallen silent. */
export const PATIENCE: Patience = { attempts: 6, pause: 1000, stall: 30_000 };

/** What is to be downloaded. */
export interface Wanted {
  name: string;
  url: string;
  /** Size of the whole file. */
  bytes: number;
  signal?: AbortSignal;
  onDownload?: (progress: DownloadProgress) => void;
}

/** Statuses by which a server says that it may succeed another time. */
const TRANSIENT = [408, 425, 429, 500, 502, 503, 504];

/** Milliseconds between two reports. */
const REPORT_EVERY = 100;

/**
 * Brings `part` to its full size.
 *
 * @throws DownloadError with the reason; what has come by then stays in the part.
 * @throws the signal's reason when it is aborted.
 */
export async function download(wanted: Wanted, part: Part, patience: Patience = PATIENCE): Promise<void> {
  for (let attempt = 1; part.size !== wanted.bytes; attempt++) {
    try {
      await attemptDownload(wanted, part, patience.stall);
    } catch (error) {
      wanted.signal?.throwIfAborted();
      if (!(error instanceof DownloadError && mayRetry(error)) || attempt === patience.attempts) throw error;
      await sleep(patience.pause * 2 ** (attempt - 1), wanted.signal);
    }
  }
}

function mayRetry({ reason, status }: DownloadError): boolean {
  return reason === "connection" || reason === "stalled" || (reason === "refused" && TRANSIENT.includes(status ?? 0));
}

/** One request, read to its end. */
async function attemptDownload(wanted: Wanted, part: Part, stall: number): Promise<void> {
  const { url, bytes: total, signal } = wanted;
  const watch = new Watch(stall, signal);
  const connected: Connected = (work) =>
    work.catch((cause) => {
      signal?.throwIfAborted();
      throw watch.stalled ? stalled(url, stall, cause) : broken(url, reasonOf(cause), cause);
    });
  try {
    const validator = validatorFor(part, url);
    if (validator === undefined && part.size > 0) await part.restart();
    const headers: Record<string, string> = { "Accept-Encoding": "identity" };
    if (validator !== undefined) Object.assign(headers, { Range: `bytes=${part.size}-`, "If-Range": validator });
    const response = await connected(fetchFile(url, { headers, signal: watch.signal }));
    await begin(response, wanted, part);
    const report = reporter(wanted, part.size);
    for await (const chunk of chunksOf(response, connected)) {
      watch.reset();
      if (part.size + chunk.length > total) throw wrongSize(url, `more than ${total}`, total);
      await part.append(chunk);
      report(part.size);
    }
    if (part.size < total) throw broken(url, `it ended after ${part.size} of ${total} bytes`);
  } finally {
    watch.stop();
  }
}

/** Checks what the server answers, and sets the part to where its bytes begin. */
async function begin(response: Response, { url, bytes: total }: Wanted, part: Part): Promise<void> {
  const { status, statusText, headers } = response;
  if (status === 416) {
    await part.restart();
    throw broken(url, "the server does not have the rest of the file");
  }
  if (!response.ok) throw refused(url, status, statusText);
  const [, first, size] = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get("Content-Range") ?? "") ?? [];
  const tag = headers.get("ETag") ?? "";
  const validator = /^"/.test(tag) ? tag : headers.get("Last-Modified");
  if (status === 206 && (Number(first) !== part.size || validator !== validatorFor(part, url))) {
    await part.restart();
    throw broken(url, `bytes from ${first} on came of version ${validator}, not what was asked for`);
  }
  // The whole file: the server knows no ranges, or has another version by now.
  if (status !== 206 && part.size > 0) await part.restart();
  const length = status === 206 ? size : headers.get("Content-Length");
  if (length != null && Number(length) !== total) throw wrongSize(url, length, total);
  if (part.size === 0) await part.remember(JSON.stringify({ url, validator }));
}

/** By what the server can tell whether the part is of the file that it has; undefined if there is nothing to go on with. */
function validatorFor(part: Part, url: string): string | undefined {
  try {
    const note = JSON.parse(part.note ?? "null");
    return part.size > 0 && note.url === url && typeof note.validator === "string" ? note.validator : undefined;
  } catch {
    return undefined;
  }
}

/** Makes a DownloadError of what goes wrong with the connection. */
type Connected = <Result>(work: Promise<Result>) => Promise<Result>;

async function* chunksOf({ body }: Response, connected: Connected): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await connected(reader.read());
      if (done) return;
      yield value;
    }
  } finally {
    // Closes the connection if the rest is not wanted.
    reader.cancel().catch(() => {});
  }
}

/** Aborts a request when nothing has come for a while, or when the caller does. */
class Watch {
  stalled = false;
  readonly #controller = new AbortController();
  readonly #abort: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly milliseconds: number,
    private readonly caller: AbortSignal | undefined,
  ) {
    this.#abort = () => this.#controller.abort(caller?.reason);
    caller?.addEventListener("abort", this.#abort);
    if (caller?.aborted) this.#abort();
    this.reset();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  reset(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.stalled = true;
      this.#controller.abort();
    }, this.milliseconds);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.caller?.removeEventListener("abort", this.#abort);
    // Closes a connection whose answer is not wanted.
    this.#controller.abort();
  }
}

function reporter({ name, bytes: total, onDownload }: Wanted, before: number): (bytes: number) => void {
  const start = performance.now();
  let last = Number.NEGATIVE_INFINITY;
  return (bytes) => {
    const now = performance.now();
    if (now - last < REPORT_EVERY && bytes !== total) return;
    last = now;
    const bytesPerSecond = now > start ? ((bytes - before) * 1000) / (now - start) : 0;
    onDownload?.({ name, bytes, total, bytesPerSecond, secondsLeft: (total - bytes) / bytesPerSecond });
  };
}

function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, milliseconds);
    const abort = () => done();
    signal?.addEventListener("abort", abort);
    function done() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      if (signal?.aborted) reject(signal.reason);
      else resolve();
    }
  });
}

function refused(url: string, status: number, text: string): DownloadError {
  const said = `${url} cannot be downloaded: HTTP ${status} ${text}`.trimEnd();
  const remedies: Record<number, string> = {
    403: "The server refuses this connection, which may be your proxy's or country's doing: download the file elsewhere and pass its path",
    404: "The file is not there any more: look for a newer version of nst-gpu, or pass the path of a copy",
  };
  const remedy = remedies[status] ?? "Try again later, or download the file elsewhere and pass its path";
  return new DownloadError(`${said}. ${remedy}.`, "refused", status);
}

function broken(url: string, what: string, cause?: unknown): DownloadError {
  const remedy =
    "Check the connection, the proxy (HTTPS_PROXY), and in a browser that the server allows this page to read it (CORS)";
  const message = `The download of ${url} broke off: ${what}. ${remedy}; another attempt goes on where this one ended.`;
  return new DownloadError(message, "connection", undefined, { cause });
}

function stalled(url: string, milliseconds: number, cause: unknown): DownloadError {
  const what = `The download of ${url} stalled: nothing came for ${milliseconds / 1000} s`;
  const message = `${what}. Try again: it goes on where this attempt ended.`;
  return new DownloadError(message, "stalled", undefined, { cause });
}

function wrongSize(url: string, found: string, total: number): DownloadError {
  return new DownloadError(
    `${url} has ${found} bytes instead of ${total}: it is not the file that nst-gpu knows, but perhaps the page of a login. ` +
      "Open the address in a browser to see; or download the file elsewhere and pass its path.",
    "size",
  );
}
