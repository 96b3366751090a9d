/** Downloads a weight file in pieces, so that its progress can be shown. */
import { WeightsError } from "nst-gpu";

const MILLISECONDS_BETWEEN_REPORTS = 100;

/**
 * The bytes of a file of the site.
 *
 * @param bytes the size that the site's list promises
 * @throws WeightsError when the file is missing, has another size, or the connection ends.
 */
export async function download(
  { url, name, bytes }: { url: string; name: string; bytes: number },
  signal: AbortSignal,
  onProgress: (received: number) => void,
): Promise<Uint8Array> {
  const response = await fetch(url, { signal }).catch((cause) => {
    signal.throwIfAborted();
    throw new WeightsError(`${name} cannot be downloaded: no answer. Check the connection and try again.`, { cause });
  });
  if (!response.ok || !response.body) {
    throw new WeightsError(
      `${name} cannot be downloaded: HTTP ${response.status}. Correct its file in networks.json, or choose another network.`,
    );
  }
  const all = new Uint8Array(bytes);
  let received = 0;
  let reported = -Infinity;
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    if (received + value.length <= bytes) all.set(value, received);
    received += value.length;
    if (performance.now() - reported < MILLISECONDS_BETWEEN_REPORTS && received < bytes) continue;
    reported = performance.now();
    onProgress(received);
  }
  if (received === bytes) return all;
  throw new WeightsError(
    `${name} has ${received} bytes where networks.json says ${bytes}. Try again; if it stays so, correct networks.json.`,
  );
}
