/** A static server for tests: the files of a folder and nothing else, with their MIME types. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, resolve, sep } from "node:path";

const TYPES: Record<string, string> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".jpg": "image/jpeg",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".webp": "image/webp",
};

/** What {@link serve} gives. */
export interface Server {
  /** The address of the folder, ending in `/`. */
  url: string;
  close(): Promise<void>;
}

/**
 * Serves a folder on a free port of localhost, below a prefix such as `/some/path/`. A path that ends in `/` is its
 * index.html; what is not there is a 404.
 */
export async function serve(folder: string, prefix = "/"): Promise<Server> {
  const root = resolve(folder);
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url!, "http://localhost");
    const content = await contentOf(root, prefix, pathname).catch(() => undefined);
    if (content === undefined) return response.writeHead(404).end("Not found");
    const type = TYPES[extname(content.path)] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type, "content-length": content.bytes.length }).end(content.bytes);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}${prefix}`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

async function contentOf(root: string, prefix: string, pathname: string) {
  if (!pathname.startsWith(prefix)) throw new Error(`${pathname} is not below ${prefix}`);
  const name = decodeURIComponent(pathname.slice(prefix.length));
  const path = resolve(join(root, name === "" || name.endsWith("/") ? `${name}index.html` : name));
  if (!path.startsWith(root + sep)) throw new Error(`${pathname} leaves the folder`);
  return { path, bytes: await readFile(path) };
}
