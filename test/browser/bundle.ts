/** The library for browsers in one file, straight from its sources: what tests load into a page, a worker or Deno. */
import { build } from "esbuild";

/** An ECMAScript module; it looks for its weights two folders up, in `weights`. */
export async function bundleLibrary(): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [new URL("../../src/index.ts", import.meta.url).pathname],
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
  });
  return outputFiles[0].contents;
}
