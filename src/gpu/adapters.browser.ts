/** Every adapter that a browser is willing to show, and choosing one of them by name. */
import { type AdapterReport, adapterName } from "./adapter.ts";
import { matchesChoice, reportAdapter, unknownChoice } from "./adapter-choice.ts";
import { REMEDY } from "./no-adapter.browser.ts";

/** Describes each. */
export async function reportAdapters(gpu: GPU): Promise<AdapterReport[]> {
  return (await distinctAdapters(gpu)).map(reportAdapter);
}

/** The one that `choice` means. Throws NoAdapterError. */
export async function chooseAdapter(gpu: GPU, choice: string): Promise<GPUAdapter> {
  const adapters = await distinctAdapters(gpu);
  const found = adapters.find((adapter) => matchesChoice(adapter, choice));
  if (found === undefined) throw unknownChoice(choice, adapters.map(reportAdapter), REMEDY);
  return found;
}

/** The adapters that differ among those a browser gives for the possible requests; it never lists them. */
async function distinctAdapters(gpu: GPU): Promise<GPUAdapter[]> {
  const requests: GPURequestAdapterOptions[] = [
    {},
    { powerPreference: "high-performance" },
    { powerPreference: "low-power" },
    { forceFallbackAdapter: true },
  ];
  const adapters = new Map<string, GPUAdapter>();
  for (const options of requests) {
    const adapter = await gpu.requestAdapter(options);
    if (adapter !== null && !adapters.has(adapterName(adapter.info))) {
      adapters.set(adapterName(adapter.info), adapter);
    }
  }
  return [...adapters.values()];
}
