/**
 * Adapters in browsers, in windows and in workers, through `navigator.gpu`. The twin for Node is adapter.node.ts;
 * adapter.ts has the contract of both.
 */
import { NoAdapterError } from "../errors.ts";
import type * as contract from "./adapter.ts";
import { BROWSERS } from "./adapter.ts";

export * from "./adapter.ts";

const REMEDY =
  `WebGPU is in ${BROWSERS}; it may be switched off in the settings or blocked ` +
  "for this GPU and driver: see chrome://gpu or about:support, and update the driver.";

/** See {@link contract.requestAdapter}. */
export const requestAdapter: typeof contract.requestAdapter = async ({ choice, onWarning, powerPreference } = {}) => {
  if (choice) {
    // Loaded only where it is used: pages download less.
    const { chooseAdapter } = await import("./adapters.browser.ts");
    return chooseAdapter(webgpu(), choice, REMEDY);
  }
  const adapter = await webgpu().requestAdapter({ powerPreference });
  if (adapter === null) throw new NoAdapterError(`This browser gives no WebGPU adapter. ${REMEDY}`);
  if (adapter.info.isFallbackAdapter) (await import("./software-warning.ts")).warnIfSoftware(adapter, onWarning);
  return adapter;
};

/** See {@link contract.listAdapters}. */
export const listAdapters: typeof contract.listAdapters = async () => {
  const { reportAdapters } = await import("./adapters.browser.ts");
  return reportAdapters(webgpu());
};

/** See {@link contract.availableMemory}. */
export const availableMemory: typeof contract.availableMemory = () => undefined;

/** See {@link contract.patiently}. */
export const patiently: typeof contract.patiently = (promise) => promise;

function webgpu(): GPU {
  // Absent in old browsers, and in all where the page does not come over HTTPS.
  const gpu: GPU | undefined = globalThis.navigator?.gpu;
  if (gpu !== undefined) return gpu;
  throw new NoAdapterError(
    globalThis.isSecureContext === false
      ? "WebGPU is available to secure pages alone. Serve this page over https:// or from http://localhost."
      : `This browser has no WebGPU. ${REMEDY}`,
  );
}
