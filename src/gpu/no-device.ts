/** What to say of an adapter that gives no device. Loaded only then. */
import { NoAdapterError } from "../errors.ts";

/** The error for the adapter of this name. */
export function noDevice(name: string, cause: Error): NoAdapterError {
  const remedy = "Close other programs that use it, or update its driver.";
  return new NoAdapterError(`${name} gives no device: ${cause.message}. ${remedy}`, { cause });
}
