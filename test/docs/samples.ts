/** The TypeScript samples of all documents and of the doc comments of the public API. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { publicApi } from "./public-api.ts";

const root = new URL("../..", import.meta.url).pathname;

/** A fenced sample. */
export interface Sample {
  /** Where it begins. */
  name: string;
  code: string;
  /** What it says that it prints: the comments behind the calls of console.log in a doc comment. */
  prints: string[];
}

/** What the README's shorter samples take as given. */
const GIVEN = `
import { styleTransfer } from "nst-gpu";
const [content, style, enough] = ["photo.jpg", "painting.jpg", Infinity];
const show = (picture: import("nst-gpu").Picture) => console.log(picture.width);
`;

/** Those of every document. */
export function samplesOfDocuments(): Sample[] {
  const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.md"], { cwd: root, encoding: "utf8" });
  return files
    .split("\n")
    .filter((name) => name !== "" && existsSync(root + name))
    .flatMap((name) => fencedIn(readFileSync(root + name, "utf8"), name, 1))
    .map(({ name, code }) => ({ name, code: /^import /m.test(code) ? small(code) : GIVEN + small(code), prints: [] }));
}

/** Those of the doc comments of all that src/index.ts exports, and of its members. They are complete as they stand. */
export function samplesOfComments(): Sample[] {
  return publicApi()
    .flatMap(({ comments }) => comments)
    .flatMap(({ file, line, text }) => fencedIn(text, file, line))
    .map(({ name, code }) => {
      const prints = [...code.matchAll(/^console\.log\(.*\); \/\/ (.*)$/gm)].map(([, expected]) => expected);
      return { name, code: small(code), prints };
    });
}

/** Sizes and steps are made small, which is all that is changed. */
function small(code: string): string {
  return code
    .replace(/size: \d+/g, "size: 32, scales: [32], steps: 2")
    .replace("paint(512)", "paint(32)")
    .replace('style: "painting.jpg", size }', 'style: "painting.jpg", size, scales: [size], steps: 2 }');
}

function fencedIn(text: string, file: string, firstLine: number): { name: string; code: string }[] {
  return [...text.matchAll(/^```ts\n(.*?)^```/gms)].map((match) => {
    const line = firstLine + text.slice(0, match.index).split("\n").length;
    return { name: `${file}, line ${line}`, code: match[1] };
  });
}
