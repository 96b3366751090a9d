/** Describing adapters and choosing among them by name: what the twins behind `#gpu` share for it. */
import { NoAdapterError } from "../errors.ts";
import { type AdapterReport, adapterName } from "./adapter.ts";

/** Describes an adapter without consuming it. */
export function reportAdapter({ info, features, limits }: GPUAdapter): AdapterReport {
  const isFallback = info.isFallbackAdapter === true;
  const report: AdapterReport = {
    name: adapterName(info),
    vendor: info.vendor,
    architecture: info.architecture,
    device: info.device,
    description: info.description,
    isFallback,
    kind: isFallback ? "software" : "gpu",
    features: [...features].sort(),
    limits: {},
  };
  // The limits are getters of the prototype, which Object.entries does not see.
  for (const name in limits) {
    const value = limits[name as keyof GPUSupportedLimits];
    if (typeof value === "number") report.limits[name] = value;
  }
  return report;
}

/** Lower case, with runs of punctuation and spaces as one space: `"RTX 4090"` is part of `"nvidia-geforce-rtx-4090"`. */
export function normalizeChoice(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

/** Whether a choice, see {@link AdapterOptions.choice}, means this adapter. */
export function matchesChoice(adapter: GPUAdapter, choice: string): boolean {
  const { name, vendor, architecture, device, description, kind } = reportAdapter(adapter);
  const text = normalizeChoice([name, vendor, architecture, device, description, kind].join(" "));
  // Mesa's lavapipe calls itself llvmpipe, after its rasterizer.
  return `${text} ${text.includes("llvmpipe") ? "lavapipe" : ""}`.includes(normalizeChoice(choice));
}

/** The error for a choice that matches none of the adapters; `remedy` is used where there is nothing to choose from. */
export function unknownChoice(choice: string, available: readonly AdapterReport[], remedy: string): NoAdapterError {
  const names = available.map(({ name }) => `"${name}"`).join(", ");
  const isSoftware = ["swiftshader", "lavapipe", "llvmpipe", "software"].includes(normalizeChoice(choice));
  return new NoAdapterError(
    `No WebGPU adapter matches "${choice}"; available: ${names || "none"}. ` +
      (names && !isSoftware ? "Choose a part of one of these names." : remedy),
  );
}
