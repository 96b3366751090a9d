/** The site of `npm run docs` is made without a warning, and every link in it leads to a file, and to a place where it names one. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";

const run = promisify(execFile);
const root = new URL("../..", import.meta.url).pathname;
const site = `${root}.cache/site-${process.pid}/`;

let output: { stdout: string; stderr: string };
const pages = new Map<string, { links: string[]; places: Set<string> }>();

beforeAll(async () => {
  output = await run("npm", ["run", "--silent", "docs", "--", "--out", site], { cwd: root }).catch((error) => error);
  for (const name of await readdir(site, { recursive: true })) {
    if (!name.endsWith(".html")) continue;
    const html = await readFile(site + name, "utf8");
    const links = [...html.matchAll(/<(?:a|link|img|script|source)\b[^>]*?\s(?:href|src|srcset)="([^"]*)"/g)];
    const places = [...html.matchAll(/\sid="([^"]*)"/g)];
    pages.set(name, {
      links: links
        .map(([, link]) => link.replaceAll("&amp;", "&"))
        .filter((link) => !/^(https?|data|mailto):/.test(link)),
      places: new Set(places.map(([, place]) => place)),
    });
  }
});
afterAll(() => rm(site, { recursive: true, force: true }));

it("is made without a warning", () => {
  expect(`${output.stdout}${output.stderr}`).not.toMatch(/warning|error/i);
});

it("has every document of docs", async () => {
  const { projectDocuments } = JSON.parse(await readFile(`${root}typedoc.json`, "utf8"));
  const documents = (await readdir(`${root}docs`)).filter((name) => name.endsWith(".md"));
  expect(projectDocuments).toEqual(expect.arrayContaining(documents.map((name) => `docs/${name}`)));
});

it("has the documents and the reference", () => {
  expect([...pages.keys()]).toEqual(
    expect.arrayContaining(["index.html", "functions/nst-gpu.styleTransfer.html", "documents/Guide.html"]),
  );
  expect([...pages.values()].flatMap(({ links }) => links).length).toBeGreaterThan(1000);
});

it("has no link that leads nowhere", () => {
  const broken: string[] = [];
  for (const [name, { links }] of pages) {
    for (const link of links) {
      const [path, place] = decodeURI(link).split("#");
      const file = path.replace(/\?.*/, "").replace(/\/$/, "/index.html");
      const target = path === "" ? name : relative(site, join(site, dirname(name), file));
      const isThere = existsSync(site + target);
      const hasPlace = !place || pages.get(target)?.places.has(place);
      if (!isThere || !hasPlace) broken.push(`${name}: ${link}`);
    }
  }
  expect(broken).toEqual([]);
});
