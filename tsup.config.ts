import { defineConfig } from "tsup";

/** WebGPU's and the browser's types, where the project that uses the package has them; without them nothing here is an error. */
const optional = (names: string[], otherwise: string) =>
  names.map(
    (name) => `type ${name} = typeof globalThis extends { ${name}: { prototype: infer Type } } ? Type : ${otherwise};`,
  );

/**
 * The build for Node, and the types of all. That for browsers is made by scripts/build-browser.ts. Both lie two folders deep, as
 * the sources do: the embedded weights are `../../weights` to any of them.
 */
export default defineConfig([
  {
    entry: { index: "src/index.ts", cli: "src/cli/index.ts" },
    outDir: "dist/node",
    platform: "node",
    format: "esm",
    target: "node20",
    // Shared chunks, so that an error class is the same class in every entry.
    splitting: true,
    clean: true,
    external: ["webgpu", "@napi-rs/canvas", "@sparticuz/chromium"],
  },
  {
    entry: { index: "src/index.ts" },
    outDir: "dist",
    format: "esm",
    dts: {
      only: true,
      banner: [
        '/// <reference lib="esnext.disposable" />', // for projects whose own libraries end before Symbol.dispose
        ...optional(["GPUDevice", "GPUBuffer", "GPUCommandEncoder", "GPUComputePipeline"], "any"),
        ...optional(["GPUBindGroupLayout", "GPUSupportedLimits"], "any"),
        ...optional(["ImageBitmap", "OffscreenCanvas", "HTMLCanvasElement", "HTMLImageElement", "VideoFrame"], "never"),
        ...optional(["ImageData"], "any"),
      ].join("\n"),
    },
  },
]);
