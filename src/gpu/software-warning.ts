/** The warning that all will be slow. */
import { adapterName } from "./adapter.ts";

let warned = false;

/** Warns, once per process, that an adapter which nobody chose runs on the CPU. */
export function warnIfSoftware(adapter: GPUAdapter, onWarning?: (message: string) => void): void {
  if (warned || onWarning === undefined || !adapter.info.isFallbackAdapter) return;
  warned = true;
  const speed = adapter.info.architecture === "swiftshader" ? "10" : "40";
  onWarning(
    `No GPU was found: ${adapterName(adapter.info)} runs on the CPU at about ${speed} GFLOP/s. ` +
      "A GPU is much faster.",
  );
}
