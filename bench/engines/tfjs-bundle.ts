/**
 * TensorFlow.js as one file. Its build for Node registers no gradients, so its modules for browsers are bundled, once per
 * version, together with the one that registers them.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What the benchmark uses of a tensor. */
export interface Tensor {
  shape: number[];
  data(): Promise<Float32Array>;
  dispose(): void;
}

export interface Optimizer {
  minimize(loss: () => Tensor, returnCost: boolean, variables: Tensor[]): Tensor | null;
  dispose(): void;
}

/** What the benchmark uses of the library; its own types would have to be installed to check this project's. */
export interface Tensorflow {
  version_core: string;
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tensor(values: Float32Array, shape: number[]): Tensor;
  variable(initial: Tensor): Tensor;
  tidy<Result>(body: () => Result): Result;
  maxPool(x: Tensor, size: number, stride: number, pad: "valid"): Tensor;
  fused: {
    conv2d(options: {
      x: Tensor;
      filter: Tensor;
      bias: Tensor;
      strides: number;
      pad: "same";
      activation: "relu";
    }): Tensor;
  };
  reshape(x: Tensor, shape: number[]): Tensor;
  matMul(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor;
  add(a: Tensor, b: Tensor): Tensor;
  sub(a: Tensor, b: Tensor): Tensor;
  mul(a: Tensor, b: number): Tensor;
  div(a: Tensor, b: number): Tensor;
  square(x: Tensor): Tensor;
  mean(x: Tensor): Tensor;
  valueAndGrad(loss: (x: Tensor) => Tensor): (x: Tensor) => { value: Tensor; grad: Tensor };
  train: { adam(learningRate: number, beta1: number, beta2: number, epsilon: number): Optimizer };
}

const ENTRY = `
import "@tensorflow/tfjs-core/dist/register_all_gradients";
import "@tensorflow/tfjs-backend-webgpu";
export * from "@tensorflow/tfjs-core";`;

/** What bundled CommonJS modules miss in an ES module. */
const BANNER = `
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
const require = createRequire(import.meta.url);
const __filename = fileURLToPath(import.meta.url);
const __dirname = dirname(__filename);`;

export async function loadTensorflow(): Promise<Tensorflow> {
  const folder = fileURLToPath(new URL("..", import.meta.url));
  const installed = new URL("../node_modules/@tensorflow/tfjs-core/package.json", import.meta.url);
  const { version } = JSON.parse(readFileSync(installed, "utf8"));
  const file = `${folder}.cache/tfjs-${version}.mjs`;
  if (!existsSync(file)) {
    const { build } = await import("esbuild");
    await build({
      stdin: { contents: ENTRY, resolveDir: folder },
      outfile: file,
      bundle: true,
      format: "esm",
      platform: "node",
      mainFields: ["module", "main"],
      banner: { js: BANNER },
      logLevel: "error",
    });
  }
  return import(file);
}
