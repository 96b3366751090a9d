/**
 * Adapters in browsers, in windows and in workers, through `navigator.gpu`. The twin for Node is adapter.node.ts;
 * adapter.ts has the contract of both.
 */
import { NoAdapterError } from "../errors.ts";
import type * as contract from "./adapter.ts";
import { adapterName, BROWSERS, matchesChoice, reportAdapter, unknownChoice, warnIfSoftware } from "./adapter.ts";

export * from "./adapter.ts";

const REMEDY =
  `WebGPU is in ${BROWSERS}; it may be switched off in the settings, together with hardware acceleration, or blocked ` +
  "for this GPU and driver: see chrome://gpu or about:support, and update the driver.";

/** See {@link contract.requestAdapter}. */
export const requestAdapter: typeof contract.requestAdapter = async ({ choice, onWarning, powerPreference } = {}) => {
  if (choice) {
    const adapters = await distinctAdapters();
    const found = adapters.find((adapter) => matchesChoice(adapter, choice));
    if (found === undefined) throw unknownChoice(choice, adapters.map(reportAdapter), REMEDY);
    return found;
  }
  const adapter = await webgpu().requestAdapter({ powerPreference });
  if (adapter === null) throw new NoAdapterError(`This browser gives no WebGPU adapter. ${REMEDY}`);
  warnIfSoftware(adapter, onWarning);
  return adapter;
};

/** See {@link contract.listAdapters}. */
export const listAdapters: typeof contract.listAdapters = async () => (await distinctAdapters()).map(reportAdapter);

/** See {@link contract.availableMemory}. */
export const availableMemory: typeof contract.availableMemory = () => undefined;

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

/** The adapters that differ among those a browser gives for the possible requests; it never lists them. */
async function distinctAdapters(): Promise<GPUAdapter[]> {
  const requests: GPURequestAdapterOptions[] = [
    {},
    { powerPreference: "high-performance" },
    { powerPreference: "low-power" },
    { forceFallbackAdapter: true },
  ];
  const gpu = webgpu();
  const adapters = new Map<string, GPUAdapter>();
  for (const options of requests) {
    const adapter = await gpu.requestAdapter(options);
    if (adapter !== null && !adapters.has(adapterName(adapter.info))) {
      adapters.set(adapterName(adapter.info), adapter);
    }
  }
  return [...adapters.values()];
}
