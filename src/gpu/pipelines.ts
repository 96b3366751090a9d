/**
 * Compute pipelines by shader text: each unique text is compiled once per device, many at a time, before a loop starts. Runs on a caller's own
 * device find those of the runs before.
 */
import type { Kernel } from "../kernels/kernel.ts";
import { memoized, oncePer } from "../once-per.ts";

/** COMPUTE of GPUShaderStage, which Node does not have as a global. */
const COMPUTE_STAGE = 4;

/** Pipelines that are kept for later runs: those of several sizes. A device that lives long must not keep those of all it ever saw. */
const KEPT = 500;

/** The pipelines of one device, made by {@link pipelinesOf}. */
export class PipelineCache {
  readonly #ready = new Map<string, GPUComputePipeline>();
  readonly #pending = new Map<string, Promise<GPUComputePipeline>>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();

  constructor(private readonly gpu: GPUDevice) {}

  /** The layout of a kernel's buffers: those read, the one written, and its uniforms if it has any. */
  layout({ inputs, uniforms }: Kernel): GPUBindGroupLayout {
    const label = `${inputs} inputs${uniforms ? " and uniforms" : ""}`;
    return memoized(this.#layouts, label, () => {
      const types: GPUBufferBindingType[] = [
        ...Array<GPUBufferBindingType>(inputs).fill("read-only-storage"),
        "storage",
      ];
      if (uniforms) types.push("uniform");
      const entries = types.map((type, binding) => ({ binding, visibility: COMPUTE_STAGE, buffer: { type } }));
      return this.gpu.createBindGroupLayout({ label, entries });
    });
  }

  /** What is being compiled. */
  get pending(): readonly Promise<unknown>[] {
    return [...this.#pending.values()];
  }

  /** Compiles all kernels that are not compiled yet, in parallel. */
  async prepare(kernels: readonly Kernel[]): Promise<void> {
    await Promise.all(kernels.map((kernel) => this.#prepareOne(kernel)));
  }

  /** The pipeline of a kernel; compiles it on the spot unless it was prepared. */
  get(kernel: Kernel): GPUComputePipeline {
    let pipeline = this.#ready.get(kernel.wgsl);
    pipeline ??= this.gpu.createComputePipeline(this.#describe(kernel));
    // Behind those that were used before.
    this.#ready.delete(kernel.wgsl);
    this.#ready.set(kernel.wgsl, pipeline);
    return pipeline;
  }

  /** Lets go of those that have not been used for longest, at the end of a run. */
  trim(): void {
    for (const wgsl of [...this.#ready.keys()].slice(0, -KEPT)) this.#ready.delete(wgsl);
  }

  async #prepareOne(kernel: Kernel): Promise<void> {
    if (this.#ready.has(kernel.wgsl)) return;
    let pending = this.#pending.get(kernel.wgsl);
    if (!pending) {
      // A module that does not compile is also an error of the device, unless a scope catches it: it is thrown below.
      this.gpu.pushErrorScope("validation");
      const descriptor = this.#describe(kernel);
      this.gpu.popErrorScope().catch(() => {});
      pending = this.gpu.createComputePipelineAsync(descriptor).catch(async (error: Error) => {
        // Loaded only where it is used: pages download less.
        const { compilationError } = await import("./compilation-error.ts");
        throw await compilationError(kernel, descriptor.compute.module, error);
      });
      this.#pending.set(kernel.wgsl, pending);
    }
    try {
      this.#ready.set(kernel.wgsl, await pending);
    } finally {
      this.#pending.delete(kernel.wgsl);
    }
  }

  #describe(kernel: Kernel): GPUComputePipelineDescriptor {
    return {
      label: kernel.label,
      layout: this.gpu.createPipelineLayout({ bindGroupLayouts: [this.layout(kernel)] }),
      compute: { module: this.gpu.createShaderModule({ label: kernel.label, code: kernel.wgsl }), entryPoint: "main" },
    };
  }
}

/** Those of a device, the same at every call. */
export const pipelinesOf = oncePer((gpu: GPUDevice) => new PipelineCache(gpu));
