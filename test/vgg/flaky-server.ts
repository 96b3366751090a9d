/** A local HTTP server that serves one file, well or badly, and remembers what it was asked for. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the server does with a request. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A running server. */
export interface FlakyServer {
  url: string;
  /** Path and range of each request, such as `"/file 100-"`. */
  requests: string[];
  /** Answers of the next requests, one after the other; the last one goes on. */
  answers: Answer[];
  close(): Promise<void>;
}

/** Starts a server on a free port. */
export async function flakyServer(): Promise<FlakyServer> {
  const requests: string[] = [];
  const flaky: Omit<FlakyServer, "url" | "close"> = { requests, answers: [] };
  const server = createServer((request, response) => {
    const range = request.headers.range?.replace("bytes=", "");
    requests.push(range === undefined ? request.url! : `${request.url} ${range}`);
    const answer = flaky.answers.length > 1 ? flaky.answers.shift()! : flaky.answers[0];
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(flaky, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  });
}

/** How {@link serving} differs from a good server. */
export interface Flaw {
  /** Ends the connection after so many bytes of an answer. */
  breakAfter?: number;
  /** Falls silent after so many bytes of an answer. */
  stallAfter?: number;
  ignoreRange?: boolean;
  /** The size that it claims for the whole file. */
  claim?: number;
  etag?: string;
}

/** Serves content by RFC 9110, apart from the flaw. */
export function serving(
  content: Uint8Array,
  { breakAfter, stallAfter, ignoreRange, claim, etag = '"1"' }: Flaw = {},
): Answer {
  return (request, response) => {
    const [, first] = /^bytes=(\d+)-$/.exec(request.headers.range ?? "") ?? [];
    const condition = request.headers["if-range"] ?? etag;
    const isPartial = first !== undefined && !ignoreRange && condition === etag;
    const begin = isPartial ? Number(first) : 0;
    const size = claim ?? content.length;
    response.writeHead(isPartial ? 206 : 200, {
      etag,
      // For pages; preflights are not answered, as by most servers of files.
      "access-control-allow-origin": "*",
      "access-control-expose-headers": "etag, content-range",
      "content-length": size - begin,
      ...(isPartial && { "content-range": `bytes ${begin}-${size - 1}/${size}` }),
    });
    const sent = breakAfter ?? stallAfter;
    if (sent === undefined) return response.end(content.subarray(begin));
    response.write(content.subarray(begin, begin + sent), () => {
      // Leaves what was written time to arrive and be read, on a busy computer too: a browser drops what it has not read by then.
      if (breakAfter !== undefined) setTimeout(() => response.destroy(), 300);
    });
  };
}

/** Refuses with a status. */
export function refusing(status: number): Answer {
  return (_, response) => response.writeHead(status).end("no");
}

/** Sends elsewhere. */
export function redirecting(location: string): Answer {
  return (_, response) => response.writeHead(302, { location }).end();
}
