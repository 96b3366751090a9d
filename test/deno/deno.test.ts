/**
 * The same run in Node on Dawn and in Deno on wgpu, on the same adapter. Two compilers of WGSL round differently, and 20 steps
 * of an optimiser amplify it; the pictures must still be the same to the eye, and the first loss nearly the same number.
 */
import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { text } from "node:stream/consumers";
import { beforeAll, describe, expect, it } from "vitest";
import { softwareDriver } from "../../src/gpu/software-adapter.node.ts";
import { type Losses, loadImage, type Picture, resize, styleTransfer, toPicture, toPlanes } from "../../src/index.ts";
import { bundleLibrary } from "../browser/bundle.ts";

const ROOT = new URL("../../", import.meta.url);
/** As deep as in the package, so that the library finds its weights. */
const LIBRARY = new URL(".cache/deno/index.js", ROOT);

/** Decibels; above 45 no eye sees a difference. */
const LEAST_PSNR = 45;

const OPTIONS = { size: 64, scales: [64], steps: 20, seed: 5 };

/** A bundled picture at half the size that the run needs, as pixels. */
async function picture(name: string): Promise<Picture> {
  return toPicture(resize(toPlanes(await loadImage(new URL(`examples/images/${name}`, ROOT), name)), 96, 64));
}

/** Both on SwiftShader, or both on what the environment names. */
async function environment(): Promise<NodeJS.ProcessEnv> {
  const driver = process.env.NST_ADAPTER === "swiftshader" ? await softwareDriver() : undefined;
  if (!driver) return process.env;
  return { ...process.env, VK_ICD_FILENAMES: driver, VK_DRIVER_FILES: driver, LD_LIBRARY_PATH: dirname(driver) };
}

async function inDeno(options: object): Promise<{ adapter: string; losses: Losses[]; data: number[] }> {
  const child = spawn("npx", ["deno", "run", "--no-config", "--allow-all", "test/deno/run.ts"], {
    cwd: ROOT,
    env: await environment(),
  });
  child.stdin.end(JSON.stringify({ address: LIBRARY.href, options }));
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (!output) throw new Error(`Deno failed: ${errors}`);
  return JSON.parse(output);
}

/** Peak signal-to-noise ratio of 8-bit values, in decibels. */
function psnr(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let squares = 0;
  for (let i = 0; i < a.length; i++) squares += (a[i] - b[i]) ** 2;
  return 10 * Math.log10(255 ** 2 / (squares / a.length));
}

beforeAll(async () => {
  await mkdir(dirname(LIBRARY.pathname), { recursive: true });
  await writeFile(LIBRARY, await bundleLibrary());
});

describe.each(["lbfgs", "adam"] as const)("20 steps by %s on Dawn and on wgpu", (optimizer) => {
  it("start with the same loss and end in the same picture", async () => {
    const options = { ...OPTIONS, optimizer, content: await picture("harbor.png"), style: await picture("swirls.png") };
    const node = await styleTransfer({ ...options, onWarning() {} });
    const plain = ({ width, height, data }: Picture) => ({ width, height, data: [...data] });
    const deno = await inDeno({ ...options, content: plain(options.content), style: plain(options.style) });
    // "llvmpipe" or "SwiftShader": what comes after it is a version, which they tell in different words.
    expect(deno.adapter).toContain(node.adapter.split(/[ :]/)[0]);
    expect(deno.losses.length).toBe(20);
    expect(Math.abs(deno.losses[0].total / node.losses[0].total - 1)).toBeLessThan(1e-5);
    const ratio = psnr(deno.data, node.image.data);
    console.info(`${node.adapter}, ${optimizer}: PSNR of Deno's picture against Node's ${ratio} dB`);
    expect(ratio).toBeGreaterThan(LEAST_PSNR);
  });
});
