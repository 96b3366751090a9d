/** ONNX Runtime Web on its WebGPU backend: the forward pass, which is all it does. */
import { readFileSync } from "node:fs";
import type { ModelJob } from "../protocol.ts";
import { SEEDS, seededImage, toPlanes } from "../workload.ts";
import type { Engine } from "./engine.ts";
import { seededModel } from "./onnx.ts";

interface OrtTensor {
  getData(): Promise<Float32Array>;
  dispose(): void;
}

/** What the benchmark uses of the library; its own types would have to be installed to check this project's. */
interface Ort {
  env: { wasm: { numThreads: number }; logLevel: string };
  InferenceSession: {
    create(
      model: Uint8Array,
      options: { executionProviders: string[]; graphOptimizationLevel: string; preferredOutputLocation: string },
    ): Promise<{ run(feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>> }>;
  };
  Tensor: new (type: "float32", values: Float32Array, shape: number[]) => OrtTensor;
}

const PACKAGE = "onnxruntime-web";

export async function open(): Promise<Engine> {
  copySharedViews();
  const ort: Ort = await import(`${PACKAGE}/webgpu`);
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  const session = await ort.InferenceSession.create(seededModel(), {
    executionProviders: ["webgpu"],
    graphOptimizationLevel: "all",
    preferredOutputLocation: "gpu-buffer",
  });
  let image: OrtTensor;
  return {
    version: JSON.parse(readFileSync(new URL(`../node_modules/${PACKAGE}/package.json`, import.meta.url), "utf8"))
      .version,
    async prepare({ height, width }: ModelJob) {
      image = new ort.Tensor("float32", toPlanes(seededImage(height, width, SEEDS.start)), [1, 3, height, width]);
      return {};
    },
    start() {
      const done = session.run({ image });
      return async () => {
        const { features } = await done;
        const values = await features.getData();
        features.dispose();
        return values.reduce((sum, value) => sum + value, 0) / values.length;
      };
    },
  };
}

/** Dawn in Node refuses views of a SharedArrayBuffer, which the heap of this library's WebAssembly is. */
function copySharedViews(): void {
  const { writeBuffer } = GPUQueue.prototype;
  GPUQueue.prototype.writeBuffer = function (buffer, offset, data, start, size) {
    const isView = ArrayBuffer.isView(data);
    if (!((isView ? data.buffer : data) instanceof SharedArrayBuffer)) {
      return writeBuffer.call(this, buffer, offset, data, start, size);
    }
    // Positions count elements of typed arrays, and bytes of everything else.
    const bytes = isView && "BYTES_PER_ELEMENT" in data ? Number(data.BYTES_PER_ELEMENT) : 1;
    const from = (isView ? data.byteOffset : 0) + (start ?? 0) * bytes;
    const length = size === undefined ? data.byteLength - (start ?? 0) * bytes : size * bytes;
    const copy = new Uint8Array(isView ? data.buffer : data, from, length).slice();
    return writeBuffer.call(this, buffer, offset, copy);
  };
}
