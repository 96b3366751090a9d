/** A program for Node in one file with the package, which is then where its files are not. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { build as bundle } from "esbuild";
import { expect, it } from "vitest";
import { build, ROOT, run } from "./package.ts";

const PROGRAM = `
import { styleTransfer } from "nst-gpu";
const picture = (seed) => ({ width: 24, height: 16, data: Uint8Array.from({ length: 1536 }, (_, i) => (i * seed) % 256) });
const network = process.argv[2];
styleTransfer({ content: picture(7), style: picture(13), size: 24, steps: 1, network, onWarning() {} }).then(
  ({ image }) => console.log(image.width, image.height),
  (error) => console.log(error.name, error.message),
);`;

it("as CommonJS says that it lost the embedded network, and takes its path", async () => {
  await build();
  const folder = join(ROOT, ".cache/consumers/node-bundle");
  await mkdir(folder, { recursive: true });
  const outfile = join(folder, "program.cjs");
  await bundle({
    stdin: { contents: PROGRAM, resolveDir: ROOT },
    bundle: true,
    platform: "node",
    format: "cjs",
    external: ["webgpu", "@napi-rs/canvas"],
    outfile,
    logLevel: "silent",
  });
  const { stdout } = await run(process.execPath, [outfile], { cwd: ROOT });
  expect(stdout).toMatch(/^WeightsError The embedded network is not to be found from this bundle\. Leave nst-gpu out/);
  const weights = join(ROOT, "weights/vgg19-slim-conv4_2-f16.safetensors");
  expect((await run(process.execPath, [outfile, weights], { cwd: ROOT })).stdout).toBe("24 16\n");
});
