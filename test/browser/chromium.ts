/**
 * A headless Chromium from npm, with SwiftShader as its GPU: the same library that Node's tests run on. The package
 * `@sparticuz/chromium` carries both, and the system libraries that a bare machine lacks, in archives that are unpacked once.
 */
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { brotliDecompress } from "node:zlib";
import { type Browser, chromium } from "playwright-core";
import { cacheFolder } from "../../src/gpu/cache.node.ts";
import { readTar } from "../../src/gpu/software-adapter.node.ts";

const PACKAGE = new URL("../../node_modules/@sparticuz/chromium/", import.meta.url);

/** WebGPU on SwiftShader, also for canvases and screenshots; no look at anything but the page. */
const FLAGS = [
  "--enable-unsafe-webgpu",
  "--enable-features=Vulkan",
  "--use-vulkan=swiftshader",
  "--use-angle=swiftshader",
  "--no-sandbox",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
];

/** Starts it, with flags besides its own. The caller closes it. */
export async function launchChromium(...flags: string[]): Promise<Browser> {
  const folder = await unpacked();
  // Vulkan's variables may name another driver, for Node's tests; Chromium brings its own.
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("VK_"));
  const libraries = [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(":");
  return chromium.launch({
    executablePath: join(folder, "chromium"),
    args: [...FLAGS, ...flags],
    env: { ...Object.fromEntries(inherited), LD_LIBRARY_PATH: libraries, FONTCONFIG_FILE: join(folder, "fonts.conf") },
  });
}

/** The folder with the program, SwiftShader beside it, and the libraries. */
async function unpacked(): Promise<string> {
  const { version } = JSON.parse(await readFile(new URL("package.json", PACKAGE), "utf8")) as { version: string };
  const folder = join(cacheFolder(), `chromium-${version}`);
  if (existsSync(folder)) return folder;
  const temporary = `${folder}.${process.pid}`;
  await mkdir(temporary, { recursive: true });
  await writeFile(join(temporary, "chromium"), await archive("chromium.br"));
  await chmod(join(temporary, "chromium"), 0o755);
  for (const name of ["swiftshader.tar.br", "al2023.tar.br", "fonts.tar.br"]) {
    for (const [file, data] of readTar(await archive(name))) {
      const path = join(temporary, file);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, data, { mode: 0o755 });
    }
  }
  // The archive's own names folders that only its makers' servers have. The same font everywhere makes the same screenshots.
  const fonts = `<fontconfig><dir>${folder}</dir><cachedir>${join(folder, "cache")}</cachedir></fontconfig>\n`;
  await writeFile(join(temporary, "fonts.conf"), fonts);
  await rename(temporary, folder).catch(async (error) => {
    // Another process may have been first: its folder is as good.
    await rm(temporary, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  });
  return folder;
}

async function archive(name: string): Promise<Buffer> {
  return promisify(brotliDecompress)(await readFile(new URL(`bin/${name}`, PACKAGE)));
}
