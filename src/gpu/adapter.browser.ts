/**
 * Adapters in browsers, in windows and in workers, through `navigator.gpu`. The twin for Node is adapter.node.ts;
 * adapter.ts has the contract of both.
 */
import type * as contract from "./adapter.ts";
import { MAP_MODE_READ } from "./adapter.ts";

export * from "./adapter.ts";

/** See {@link contract.requestAdapter}. */
export const requestAdapter: typeof contract.requestAdapter = async ({
  choice,
  onWarning,
  powerPreference = "high-performance",
} = {}) => {
  const gpu = await webgpu();
  // Loaded only where it is used, as what follows: pages download less.
  if (choice) return (await import("./adapters.browser.ts")).chooseAdapter(gpu, choice);
  const adapter = await gpu.requestAdapter({ powerPreference });
  if (adapter === null) throw (await import("./no-adapter.browser.ts")).noAdapter();
  // Chrome says so from version 136 on.
  if (adapter.info?.isFallbackAdapter) (await import("./software-warning.ts")).warnIfSoftware(adapter, onWarning);
  return adapter;
};

/** See {@link contract.listAdapters}. */
export const listAdapters: typeof contract.listAdapters = async () => {
  const { reportAdapters } = await import("./adapters.browser.ts");
  return reportAdapters(await webgpu());
};

/** See {@link contract.availableMemory}. */
export const availableMemory: typeof contract.availableMemory = () => undefined;

/**
 * See {@link contract.patiently}. Firefox looks for finished work whenever work is submitted, and else ten times a second
 * (bugzilla.mozilla.org, bug 1870699): a step would take at least 100 ms.
 */
export const patiently: typeof contract.patiently = (promise, { queue }) => {
  if (!navigator.userAgent.includes("Firefox")) return promise;
  const timer = setInterval(() => queue.submit([]), LOOK_MILLISECONDS);
  return promise.finally(() => clearInterval(timer));
};

/** See {@link contract.mapForReading}. */
export const mapForReading: typeof contract.mapForReading = (buffer) => buffer.mapAsync(MAP_MODE_READ) as Promise<void>;

/** See {@link contract.MAY_LEAVE_PROMISES}. */
export const MAY_LEAVE_PROMISES = true;

/** Shorter ones are not to be had of a browser. */
const LOOK_MILLISECONDS = 4;

async function webgpu(): Promise<GPU> {
  const gpu: GPU | undefined = globalThis.navigator?.gpu;
  if (gpu) return gpu;
  throw (await import("./no-adapter.browser.ts")).noWebgpu();
}
