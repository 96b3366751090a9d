/**
 * HTTP through a proxy, which Node's `fetch` does not do by itself: `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` as curl reads them,
 * and a tunnel by CONNECT (RFC 9110, section 9.3.6), so that the proxy sees nothing of what is sent by TLS.
 */
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { connect as connectTls } from "node:tls";

const MOST_REDIRECTS = 10;

/** The proxy for an address, or undefined where there is none. Lower-case variables win. */
export function proxyFor(url: URL, env: Readonly<Record<string, string | undefined>>): URL | undefined {
  const read = (name: string) => env[name.toLowerCase()] || env[name];
  // HTTP_PROXY in capitals is what a CGI server makes of a header "Proxy" that anyone can send.
  const proxy =
    url.protocol === "https:" ? read("HTTPS_PROXY") : env.http_proxy || (env.REQUEST_METHOD ? "" : env.HTTP_PROXY);
  const address = proxy || read("ALL_PROXY");
  if (!address || isExempt(url, read("NO_PROXY") ?? "")) return undefined;
  return new URL(address.includes("://") ? address : `http://${address}`);
}

/** NO_PROXY is a list of hosts, which stand for their subdomains too, each with or without port; `*` means all. */
function isExempt(url: URL, list: string): boolean {
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  const host = url.hostname.toLowerCase();
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      const [, name, only] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(entry) ?? [];
      if (entry === "*") return true;
      return name !== "" && (only === undefined || only === port) && (host === name || host.endsWith(`.${name}`));
    });
}

/** `fetch` of an address by GET through a proxy. Redirects are followed. */
export async function fetchThrough(proxy: URL, address: string, { headers, signal }: RequestInit): Promise<Response> {
  let url = new URL(address);
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const message = await get(url, await tunnel(proxy, url, signal), Object.fromEntries(new Headers(headers)), signal);
    const status = message.statusCode!;
    if (status < 300 || status > 399 || !message.headers.location) {
      const hasBody = status !== 204 && status !== 304;
      return new Response(hasBody ? (Readable.toWeb(message) as ReadableStream<Uint8Array>) : null, {
        status,
        statusText: message.statusMessage,
        headers: Object.entries(message.headers).map(([name, value]): [string, string] => [name, String(value)]),
      });
    }
    message.destroy();
    url = new URL(message.headers.location, url);
  }
  throw new Error(`more than ${MOST_REDIRECTS} redirects`);
}

function get(url: URL, socket: Socket, headers: Record<string, string>, signal?: AbortSignal | null) {
  const request = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { headers, signal: signal ?? undefined, createConnection: () => socket })
      .on("response", resolve)
      .on("error", reject)
      .end();
  });
}

/** A connection to the host of an address that goes through the proxy; by TLS if the address says so. */
async function tunnel(proxy: URL, { protocol, hostname, port }: URL, signal?: AbortSignal | null): Promise<Socket> {
  const target = `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
  const login = [proxy.username, proxy.password].map(decodeURIComponent).join(":");
  const authorization = `Basic ${Buffer.from(login).toString("base64")}`;
  const headers = { host: target, ...(proxy.username !== "" && { "proxy-authorization": authorization }) };
  const request = proxy.protocol === "https:" ? requestHttps : requestHttp;
  const socket = await new Promise<Socket>((resolve, reject) => {
    request(proxy, { method: "CONNECT", path: target, headers, agent: false, signal: signal ?? undefined })
      .on("connect", (answer: IncomingMessage, opened: Socket) => {
        if (answer.statusCode === 200) return resolve(opened);
        opened.destroy();
        reject(new Error(`the proxy ${proxy.host} answered ${answer.statusCode} ${answer.statusMessage}`));
      })
      .on("error", reject)
      .end();
  });
  return protocol === "https:" ? connectTls({ socket, servername: hostname, ALPNProtocols: ["http/1.1"] }) : socket;
}
