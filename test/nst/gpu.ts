/** A device of the caller's own, for the tests of styleTransfer: shared by runs, so that shaders are compiled once. */
import { requestAdapter } from "#gpu";
import type { StyleTransferOptions } from "../../src/nst/options.ts";
import { scene, stripes } from "./pictures.ts";

/** A device with WebGPU's default limits, and what became of the buffers made on it. */
export interface OwnDevice {
  device: GPUDevice;
  /** Labels of the buffers that were made and not destroyed. */
  live(): string[];
  /** How many buffers were ever made. */
  made(): number;
}

/** Opens a device and watches its buffers. */
export async function openOwnDevice(): Promise<OwnDevice> {
  const device = await (await requestAdapter()).requestDevice();
  const live = new Set<GPUBuffer>();
  let made = 0;
  const createBuffer = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    const buffer = createBuffer(descriptor);
    const destroy = buffer.destroy.bind(buffer);
    buffer.destroy = () => {
      live.delete(buffer);
      return destroy();
    };
    live.add(buffer);
    made++;
    return buffer;
  };
  return { device, live: () => [...live].map(({ label }) => label), made: () => made };
}

/** The device as one with other limits would look, smaller than any that can be asked for. */
export function withLimits(device: GPUDevice, limits: Partial<Record<keyof GPUSupportedLimits, number>>): GPUDevice {
  const all = new Proxy(device.limits, {
    get: (target, name) => Reflect.get(limits, name) ?? Reflect.get(target, name, target),
  });
  return new Proxy(device, {
    get(target, name) {
      if (name === "limits") return all;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** The device as one on a GPU, or on the CPU, would look: with the kernels for the one or the other. */
export function withKind(device: GPUDevice, kind: "gpu" | "software"): GPUDevice {
  return new Proxy(device, {
    get(target, name) {
      if (name === "adapterInfo") return { ...target.adapterInfo, isFallbackAdapter: kind === "software" };
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** A run that takes a fraction of a second: two shallow layers, one small size, a few steps. */
export const SMALL = {
  content: scene(48, 32),
  style: stripes(40, 40),
  contentLayers: ["relu2_1"],
  styleLayers: ["relu1_1"],
  contentWeight: 1e5,
  styleWeight: 1e6,
  tvWeight: 5,
  scales: [32],
  steps: 3,
  views: 1,
  optimizer: { kind: "lbfgs", history: 2 },
} as const satisfies StyleTransferOptions;
