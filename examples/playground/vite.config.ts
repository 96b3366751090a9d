import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** A static site that works under any path, and without a network. */
export default defineConfig({
  root: here("."),
  base: "./",
  resolve: { alias: { "nst-gpu": here("../../src/index.ts") } },
  worker: { format: "es" },
  // The library and the example pictures lie outside of the root.
  server: { fs: { allow: [here("../..")] } },
  build: {
    outDir: here("dist"),
    emptyOutDir: true,
    target: "es2022",
    // The Content-Security-Policy allows no data: addresses, and every browser with WebGPU preloads modules.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
