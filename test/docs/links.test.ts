/** Every link of every document that stays within the repository leads to a file, and to a heading where it names one. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";

const root = new URL("../..", import.meta.url).pathname;
const documents = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.md"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\n")
  .filter((name) => name !== "" && existsSync(join(root, name)));

const contents = (name: string) => readFileSync(join(root, name), "utf8").replace(/^```.*?^```/gms, "");

/** The anchors that code-hosting pages give to headings. */
function anchorsOf(name: string): string[] {
  return [...contents(name).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

function linksOf(name: string): string[] {
  const text = contents(name);
  const inline = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target);
  const html = [...text.matchAll(/\b(?:src|srcset|href)="([^"]+)"/g)].map(([, target]) => target);
  return [...inline, ...html].filter((target) => !/^(https?|mailto):/.test(target));
}

it("finds documents and links", () => {
  expect(documents).toContain("README.md");
  expect(linksOf("README.md").length).toBeGreaterThan(10);
});

describe.each(documents)("%s", (name) => {
  it.each([".", ...new Set(linksOf(name))])("leads to %s", (link) => {
    const [path, anchor] = link.split("#");
    const target = path === "" ? name : normalize(join(dirname(name), path));
    expect(existsSync(join(root, target)), target).toBe(true);
    if (anchor) expect(anchorsOf(target)).toContain(anchor);
  });
});
