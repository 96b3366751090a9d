/**
 * What `#gpu` is: how a WebGPU adapter is found, in Node (adapter.node.ts) and in browsers (adapter.browser.ts).
 *
 * This file is the contract of the two twins and what they share. Import `#gpu`, not this file: the functions declared
 * here have their bodies in the twins, each of which also passes on everything else below.
 */
/** How {@link requestAdapter} chooses. */
export interface AdapterOptions {
  /**
   * Part of the adapter's name, vendor, architecture, device or description, or one of the words `"swiftshader"`,
   * `"lavapipe"`, `"software"` (any that runs on the CPU) and `"gpu"` (any that does not). Upper and lower case and
   * punctuation do not matter. Default: in Node the environment variable `NST_ADAPTER`, else the system's first.
   */
  choice?: string;
  /** Receives one line, once per process, when the adapter runs on the CPU without having been chosen. */
  onWarning?: (message: string) => void;
  /** Which GPU to prefer where there are several. Without effect together with a choice. */
  powerPreference?: GPUPowerPreference;
}

/**
 * One adapter, as {@link listAdapters} describes it.
 *
 * @category Devices
 */
export interface AdapterReport {
  /** What messages call it; also a valid {@link DeviceOptions.adapter}. */
  name: string;
  vendor: string;
  architecture: string;
  device: string;
  description: string;
  /** What WebGPU says: true for adapters that run on the CPU. */
  isFallback: boolean;
  /** `"software"` runs on the CPU. */
  kind: "gpu" | "software";
  /** Names of `GPUFeatureName`, sorted. */
  features: string[];
  /** Every limit of `GPUSupportedLimits` by name, in the limit's unit. */
  limits: Record<string, number>;
}

/**
 * Finds an adapter: a fresh one at each call, because `requestDevice` consumes it.
 *
 * In Node, where the system has none, it falls back to the SwiftShader inside the npm package `@sparticuz/chromium`
 * (Linux x64), if that is installed; it runs on the CPU and is unpacked once into the cache folder.
 *
 * @throws NoAdapterError if there is none, or none that matches `choice`; the message lists those there are.
 * @example
 * import { bufferUsage, requestAdapter } from "#gpu";
 *
 * const adapter = await requestAdapter({ onWarning: console.warn });
 * const device = await adapter.requestDevice();
 * const buffer = device.createBuffer({ size: 16, usage: bufferUsage.STORAGE | bufferUsage.COPY_SRC });
 */
export declare function requestAdapter(options?: AdapterOptions): Promise<GPUAdapter>;

/**
 * Describes each adapter there is, the system's own order first. A browser shows those alone that it is willing to.
 *
 * @throws {NoAdapterError} if WebGPU itself is missing (the package `webgpu` in Node, `navigator.gpu` in a browser).
 * @example
 * ```ts
 * import { listAdapters } from "nst-gpu";
 *
 * for (const { name, kind } of await listAdapters()) console.log(name, kind);
 * ```
 * @category Devices
 */
export declare function listAdapters(): Promise<AdapterReport[]>;

/**
 * Bytes of main memory that are free, where the environment tells; a browser does not. Software adapters allocate there,
 * and some promise more than there is.
 */
export declare function availableMemory(): number | undefined;

/**
 * Waits for a promise of a device. Every one that may take long goes through here: in Node it would burn a CPU core meanwhile, and in
 * Firefox be late.
 */
export declare function patiently<Value>(promise: Promise<Value>, device: GPUDevice): Promise<Value>;

/** Maps a buffer with the usage MAP_READ. In a worker thread of Node an exit meanwhile would abort the whole process otherwise. */
export declare function mapForReading(buffer: GPUBuffer): Promise<void>;

/** Whether promises of a device may be left pending. In a worker thread of Node its end would abort the whole process then. */
export declare const MAY_LEAVE_PROMISES: boolean;

/** `GPUMapMode.READ` of the WebGPU specification, which Node does not have as a global. */
export const MAP_MODE_READ = 0x0001;

/** `GPUBufferUsage` of the WebGPU specification, which Node does not have as a global. */
export const bufferUsage = {
  MAP_READ: 0x0001,
  COPY_SRC: 0x0004,
  COPY_DST: 0x0008,
  UNIFORM: 0x0040,
  STORAGE: 0x0080,
  QUERY_RESOLVE: 0x0200,
} as const;

/** The browsers that have WebGPU, for error messages. */
export const BROWSERS = "Chrome or Edge 136 or later, Safari 26 or later, or Firefox 141 or later";

/**
 * What to call an adapter in a message. A GPU's description names only its driver, so the device comes first, which
 * browsers hide; a software adapter's description is its name and version.
 */
export function adapterName(info: Partial<GPUAdapterInfo> = {}): string {
  const { description, device } = info;
  const name = info.isFallbackAdapter ? description || device : device || description;
  return name || `${info.vendor ?? ""} ${info.architecture ?? ""}`.trim() || "unnamed adapter";
}
