/** What users download, and what those who check packages for a living say of it. */
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { beforeAll, describe, expect, it } from "vitest";
import { makeProject, pack, ROOT, run, type Tarball } from "./package.ts";

let tarball: Tarball;

beforeAll(async () => {
  tarball = await pack();
});

describe("the tarball", () => {
  it("has the built files and their maps, the embedded network and the documents, and nothing else", () => {
    const built = tarball.files.filter((path) => /^dist\/(browser|node)\/[\w.-]+\.js(\.map)?$/.test(path));
    expect(built).toEqual(expect.arrayContaining(["dist/browser/index.js", "dist/node/index.js", "dist/node/cli.js"]));
    expect(tarball.files.filter((path) => !built.includes(path)).sort()).toEqual([
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "THIRD-PARTY-LICENSES",
      "dist/index.d.ts",
      "package.json",
      "weights/README.md",
      "weights/vgg19-slim-conv4_2-f16.safetensors",
    ]);
  });

  it("has at most 1.5 MB", () => {
    expect(tarball.size).toBeLessThanOrEqual(1.5e6);
  });

  it("is all right by publint", async () => {
    const pkgDir = join(await makeProject("publint", tarball), "node_modules/nst-gpu");
    const { messages, pkg } = await publint({ pkgDir, pack: false, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg!, { color: false }))).toEqual([]);
  });

  it("has types for all who import modules, by Are The Types Wrong", async () => {
    const attw = join(ROOT, "node_modules/.bin/attw");
    // It fails with what it finds.
    await run(attw, [tarball.path, "--profile", "esm-only"]);
  });
});
