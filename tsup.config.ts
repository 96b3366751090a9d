import { defineConfig } from "tsup";

/** One build for all environments: only the twins behind `#gpu`, `#cache`, `#image` and `#files` differ, and stay files of their own. */
export default defineConfig({
  entry: {
    index: "src/index.ts",
    cli: "src/cli/index.ts",
    "gpu/adapter.node": "src/gpu/adapter.node.ts",
    "gpu/adapter.browser": "src/gpu/adapter.browser.ts",
    "gpu/cache.node": "src/gpu/cache.node.ts",
    "gpu/cache.browser": "src/gpu/cache.browser.ts",
    "image/codec.node": "src/image/codec.node.ts",
    "image/codec.browser": "src/image/codec.browser.ts",
    "vgg/files.node": "src/vgg/files.node.ts",
    "vgg/files.browser": "src/vgg/files.browser.ts",
  },
  format: "esm",
  target: "es2022",
  // Shared chunks, so that an error class is the same class in every entry.
  splitting: true,
  clean: true,
  sourcemap: true,
  dts: { entry: { index: "src/index.ts" } },
  external: [/^#/, "webgpu", "@napi-rs/canvas", "@sparticuz/chromium"],
});
