/** Downloads through a proxy that the environment names. */
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { proxyFor } from "../../src/vgg/proxy.node.ts";
import { fetchFile } from "../../src/vgg/store.node.ts";
import { type FlakyServer, flakyServer, redirecting, serving } from "./flaky-server.ts";

const PROXY = {
  HTTPS_PROXY: "http://secure:1",
  HTTP_PROXY: "plain:2",
  NO_PROXY: "inside.example, .local:8080,10.0.0.1",
};

it.each([
  ["https://example.com/a", PROXY, "http://secure:1/"],
  ["http://example.com/a", PROXY, "http://plain:2/"],
  ["https://inside.example/a", PROXY, undefined],
  ["https://deep.inside.example/a", PROXY, undefined],
  ["https://outside.example/a", PROXY, "http://secure:1/"],
  ["https://not-inside.example/a", PROXY, "http://secure:1/"],
  ["http://a.local:8080/", PROXY, undefined],
  ["http://a.local/", PROXY, "http://plain:2/"],
  ["http://10.0.0.1:9/", PROXY, undefined],
  ["https://example.com/a", { ...PROXY, NO_PROXY: "*" }, undefined],
  ["https://example.com/a", { ...PROXY, https_proxy: "http://lower:3" }, "http://lower:3/"],
  ["https://example.com/a", { ALL_PROXY: "http://all:4" }, "http://all:4/"],
  ["http://example.com/a", { HTTP_PROXY: "http://evil:5", REQUEST_METHOD: "GET" }, undefined],
  ["https://example.com/a", {}, undefined],
])("the proxy for %s in %j is %s", (url, env, expected) => {
  expect(proxyFor(new URL(url), env)?.href).toBe(expected);
});

const CONTENT = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251);
let server: FlakyServer;
let proxy: ReturnType<typeof createServer>;
/** Hosts and logins of the tunnels that the proxy was asked for. */
let tunnels: [string, string | undefined][];
/** What it answers. */
let answer: string;
const sockets: Socket[] = [];

beforeAll(async () => {
  server = await flakyServer();
  proxy = createServer().on("connect", (request: IncomingMessage, client: Socket) => {
    tunnels.push([request.url!, request.headers["proxy-authorization"]]);
    client.write(`HTTP/1.1 ${answer}\r\n\r\n`);
    if (!answer.startsWith("200")) return client.end();
    // Whatever host is asked for lies here.
    const upstream = connect(Number(new URL(server.url).port), "127.0.0.1");
    sockets.push(client, upstream);
    client.on("error", () => upstream.destroy()).pipe(upstream);
    upstream.on("error", () => client.destroy()).pipe(client);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await server.close();
  proxy.close();
});
afterEach(() => vi.unstubAllEnvs());

/** Lets the proxy be the one of the environment, and answer so. */
function useProxy(variable: string, says = "200 OK", login = ""): void {
  for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"]) {
    vi.stubEnv(name, "");
    vi.stubEnv(name.toLowerCase(), "");
  }
  vi.stubEnv(variable, `http://${login}127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  tunnels = [];
  answer = says;
}

it("fetches through a tunnel, with a login, ranges and redirects", async () => {
  useProxy("HTTP_PROXY", "200 OK", "me:p%40ss@");
  server.requests.length = 0;
  server.answers = [redirecting("http://mirror.invalid/file"), serving(CONTENT)];
  const response = await fetchFile("http://origin.invalid/file", {
    headers: { Range: "bytes=99000-", "If-Range": '"1"' },
  });
  expect(response.status).toBe(206);
  expect(response.headers.get("content-range")).toBe("bytes 99000-99999/100000");
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(CONTENT.slice(99_000));
  const login = `Basic ${Buffer.from("me:p@ss").toString("base64")}`;
  expect(tunnels).toEqual([
    ["origin.invalid:80", login],
    ["mirror.invalid:80", login],
  ]);
  expect(server.requests).toEqual(["/file 99000-", "/file 99000-"]);
});

it("speaks TLS in the tunnel of an https address", async () => {
  useProxy("HTTPS_PROXY");
  // The server answers a handshake with what is none.
  await expect(fetchFile("https://origin.invalid/file", {})).rejects.toThrow(
    /wrong version number|packet length|SSL|EPROTO/,
  );
  expect(tunnels).toEqual([["origin.invalid:443", undefined]]);
});

it("says what a proxy answers that refuses", async () => {
  useProxy("HTTP_PROXY", "407 Proxy Authentication Required");
  await expect(fetchFile("http://origin.invalid/file", {})).rejects.toThrow(
    /^the proxy 127\.0\.0\.1:\d+ answered 407 Proxy Authentication Required$/,
  );
});

it("can be aborted while the tunnel is open", async () => {
  useProxy("HTTP_PROXY");
  server.answers = [serving(CONTENT, { stallAfter: 100 })];
  const controller = new AbortController();
  const response = await fetchFile("http://origin.invalid/file", { signal: controller.signal });
  const body = response.arrayBuffer();
  controller.abort();
  await expect(body).rejects.toThrow(/abort/);
});

it("gives up after ten redirects", async () => {
  useProxy("HTTP_PROXY");
  server.answers = [redirecting("/again")];
  await expect(fetchFile("http://origin.invalid/file", {})).rejects.toThrow("more than 10 redirects");
});
