/** Imported before a program: every adapter says that it does not run on the CPU, so that the kernels for GPUs compute. */
import { globals } from "webgpu";

const { prototype } = (globals as Record<string, { prototype: object }>).GPUAdapterInfo;
Object.defineProperty(prototype, "isFallbackAdapter", { get: () => false });
