/**
 * Adapters in browsers, in windows and in workers, through `navigator.gpu`. The twin for Node is adapter.node.ts;
 * adapter.ts has the contract of both.
 */
import type * as contract from "./adapter.ts";

export * from "./adapter.ts";

/** See {@link contract.requestAdapter}. */
export const requestAdapter: typeof contract.requestAdapter = async ({ choice, onWarning, powerPreference } = {}) => {
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

/** See {@link contract.patiently}. */
export const patiently: typeof contract.patiently = (promise) => promise;

async function webgpu(): Promise<GPU> {
  const gpu: GPU | undefined = globalThis.navigator?.gpu;
  if (gpu) return gpu;
  throw (await import("./no-adapter.browser.ts")).noWebgpu();
}
