/** Every export is documented: it has a comment and a category of the site, and a function a complete example. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { publicApi } from "./public-api.ts";

const exported = publicApi();
const { categoryOrder } = JSON.parse(readFileSync(new URL("../../typedoc.json", import.meta.url), "utf8"));

it("finds the exports", () => {
  expect(exported.map(({ name }) => name)).toEqual(expect.arrayContaining(["styleTransfer", "Tensor", "listAdapters"]));
});

describe.each(exported.map((each) => [each.name, each] as const))("%s", (_, { isFunction, comment, comments }) => {
  it("says what it is, in a category of the reference", () => {
    expect(comment.trim()).toMatch(/^[^@\s]/);
    expect(categoryOrder).toContain(/^@category (.*)$/m.exec(comment)?.[1]);
  });

  if (isFunction) {
    it("has an example", () => expect(comment).toContain("@example\n```ts\n"));
  }

  it("has complete examples alone, which samples.test.ts runs", () => {
    for (const { text } of comments) {
      for (const [, example] of text.matchAll(/@example\n(.*?)(?=^@|(?![\s\S]))/gms)) {
        expect(example).toMatch(/^```ts\nimport .*? from "nst-gpu";\n.*^```\n/ms);
      }
    }
  });
});
