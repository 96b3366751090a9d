/** Why a page has no adapter. Loaded only then. */
import { NoAdapterError } from "../errors.ts";
import { BROWSERS } from "./adapter.ts";

/** What to do about it. */
export const REMEDY =
  `WebGPU is in ${BROWSERS}; it may be switched off in the settings or blocked ` +
  "for this GPU and driver: see chrome://gpu or about:support, and update the driver.";

/** The error for a browser that gives none. */
export function noAdapter(): NoAdapterError {
  return new NoAdapterError(`This browser gives no WebGPU adapter. ${REMEDY}`);
}

/** The error for a page without `navigator.gpu`: in old browsers, and in all where the page does not come over HTTPS. */
export function noWebgpu(): NoAdapterError {
  return new NoAdapterError(
    globalThis.isSecureContext === false
      ? "WebGPU is available to secure pages alone. Serve this page over https:// or from http://localhost."
      : `This browser has no WebGPU. ${REMEDY}`,
  );
}
