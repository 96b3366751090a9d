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

/** The pipelines of one device. */
export type PipelineCache = ReturnType<typeof pipelinesOf>;

/** Those of a device, the same at every call. */
export const pipelinesOf = oncePer((gpu: GPUDevice) => {
  const ready = new Map<string, GPUComputePipeline>();
  const pending = new Map<string, Promise<GPUComputePipeline>>();
  const layouts = new Map<string, GPUBindGroupLayout>();

  /** The layout of a kernel's buffers: those read, the one written, and its uniforms if it has any. */
  function layout({ inputs, uniforms }: Kernel): GPUBindGroupLayout {
    const label = `${inputs} inputs${uniforms ? " and uniforms" : ""}`;
    return memoized(layouts, label, () => {
      const types: GPUBufferBindingType[] = [
        ...Array<GPUBufferBindingType>(inputs).fill("read-only-storage"),
        "storage",
      ];
      if (uniforms) types.push("uniform");
      const entries = types.map((type, binding) => ({ binding, visibility: COMPUTE_STAGE, buffer: { type } }));
      return gpu.createBindGroupLayout({ label, entries });
    });
  }

  function describe(kernel: Kernel): GPUComputePipelineDescriptor {
    return {
      label: kernel.label,
      layout: gpu.createPipelineLayout({ bindGroupLayouts: [layout(kernel)] }),
      compute: { module: gpu.createShaderModule({ label: kernel.label, code: kernel.wgsl }), entryPoint: "main" },
    };
  }

  async function prepareOne(kernel: Kernel): Promise<void> {
    if (ready.has(kernel.wgsl)) return;
    const compiled = memoized(pending, kernel.wgsl, () => {
      // A module that does not compile is also an error of the device, unless a scope catches it: it is thrown below.
      gpu.pushErrorScope("validation");
      const descriptor = describe(kernel);
      gpu.popErrorScope().catch(() => {});
      return gpu.createComputePipelineAsync(descriptor).catch(async (error: Error) => {
        // Loaded only where it is used: pages download less.
        const { compilationError } = await import("./compilation-error.ts");
        throw await compilationError(kernel, descriptor.compute.module, error);
      });
    });
    try {
      ready.set(kernel.wgsl, await compiled);
    } finally {
      pending.delete(kernel.wgsl);
    }
  }

  return {
    layout,
    /** What is being compiled, by text. */
    pending,
    /** Compiles all kernels that are not compiled yet, in parallel. */
    async prepare(kernels: readonly Kernel[]): Promise<void> {
      await Promise.all(kernels.map(prepareOne));
    },
    /** The pipeline of a kernel; compiles it on the spot unless it was prepared. */
    get(kernel: Kernel): GPUComputePipeline {
      const pipeline = ready.get(kernel.wgsl) ?? gpu.createComputePipeline(describe(kernel));
      // Behind those that were used before.
      ready.delete(kernel.wgsl);
      ready.set(kernel.wgsl, pipeline);
      return pipeline;
    },
    /** Lets go of those that have not been used for longest, at the end of a run. */
    trim(): void {
      for (const wgsl of [...ready.keys()].slice(0, -KEPT)) ready.delete(wgsl);
    },
  };
});
