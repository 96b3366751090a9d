/** Weight files in browsers and their workers: everything is a URL, a path one relative to the page. */
import { isArrayBuffer, isBytes } from "../bytes.ts";
import type * as files from "./files.ts";
import { openMemory, openUrl, parseUrl } from "./files.ts";

/** See {@link files.openBytes}. */
export const openBytes: typeof files.openBytes = async (source, options) => {
  if (isBytes(source)) return openMemory(source);
  if (isArrayBuffer(source)) return openMemory(new Uint8Array(source));
  return openUrl(parseUrl(source, globalThis.location?.href), options);
};

/** See {@link files.embeddedWeights}. Written so that bundlers see the address and copy the file. */
export const embeddedWeights: typeof files.embeddedWeights = () =>
  new URL("../../weights/vgg19-slim-conv4_2-f16.safetensors", import.meta.url);
