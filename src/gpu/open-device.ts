/** How a {@link Device} comes to be: on the adapter asked for, or on a GPUDevice of the caller's own. */
import { adapterName, requestAdapter } from "#gpu";
import { loadSoftwareKernels } from "../kernels/software.ts";
import { Device, RAISED_LIMITS } from "./device.ts";
import type { DeviceOptions } from "./device-options.ts";

/**
 * Opens a WebGPU device.
 *
 * @example
 * ```ts
 * import { openDevice } from "nst-gpu";
 *
 * const device = await openDevice();
 * console.log(device.name, device.isSoftware);
 * device.dispose();
 * ```
 * @throws {NoAdapterError} when there is no adapter, none of the name asked for, or it gives no device.
 * @category Devices
 */
export async function openDevice(options: DeviceOptions = {}): Promise<Device> {
  const device = options.device
    ? new Device(options.device, adapterName(options.device.adapterInfo), false, options)
    : await requestDevice(options);
  if (device.isSoftware) await loadSoftwareKernels();
  return device;
}

async function requestDevice(options: DeviceOptions): Promise<Device> {
  const adapter = await requestAdapter({ choice: options.adapter, onWarning: options.onWarning ?? console.warn });
  // Products on software adapters use subgroups (product-subgroup.ts), and kernels of the caller's own may; tuning needs timestamps.
  const wanted: GPUFeatureName[] = options.tune ? ["subgroups", "timestamp-query"] : ["subgroups"];
  const gpu = await adapter
    .requestDevice({
      label: "nst-gpu",
      requiredLimits: Object.fromEntries(RAISED_LIMITS.map((limit) => [limit, adapter.limits[limit]])),
      requiredFeatures: wanted.filter((feature) => adapter.features.has(feature)),
    })
    .catch(async (cause) => {
      // Loaded only then: pages download less.
      throw (await import("./no-device.ts")).noDevice(adapterName(adapter.info), cause);
    });
  return new Device(gpu, adapterName(adapter.info), true, options);
}
