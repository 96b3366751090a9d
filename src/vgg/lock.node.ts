/**
 * A lock among processes: a file that only one of them can create. It names its owner, who touches it while it works, so that one
 * left behind by a process that ended, or by another machine, is known to be stale and taken over.
 */
import { randomUUID } from "node:crypto";
import { link, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

/** How often the owner touches the file, when others take it for stale, and how often they look, in milliseconds. */
const LOCK_TIMES = { touch: 5_000, stale: 60_000, poll: 200 };

/**
 * Waits for the lock, and gives the function that releases it.
 *
 * @param path of the file; its folder exists
 * @param onWait called now and then while somebody else has it
 * @throws the signal's reason when it is aborted while waiting.
 */
export async function lockFile(
  path: string,
  signal?: AbortSignal,
  onWait?: () => Promise<void>,
): Promise<() => Promise<void>> {
  const content = JSON.stringify({ pid: process.pid, host: hostname(), id: randomUUID() });
  for (;;) {
    signal?.throwIfAborted();
    try {
      await writeFile(path, content, { flag: "wx" });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const found = await readFile(path, "utf8").catch(() => undefined);
    if (found !== undefined && (await isStale(path, found))) await takeAway(path, found);
    else await onWait?.();
    await sleep(LOCK_TIMES.poll, undefined, { signal }).catch(() => {});
  }
  const timer = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => {}), LOCK_TIMES.touch);
  timer.unref();
  return async () => {
    clearInterval(timer);
    // Someone else's by now, if this process slept for so long that it was taken for dead.
    if ((await readFile(path, "utf8").catch(() => "")) === content) await rm(path, { force: true });
  };
}

async function isStale(path: string, content: string): Promise<boolean> {
  const touched = await stat(path).catch(() => undefined);
  if (touched === undefined) return false;
  return Date.now() - touched.mtimeMs > LOCK_TIMES.stale || isOfDeadProcess(content);
}

function isOfDeadProcess(content: string): boolean {
  try {
    const { pid, host } = JSON.parse(content);
    if (host !== hostname() || !Number.isSafeInteger(pid)) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** Moves a stale lock aside. Where somebody else did that first, and what was moved is the new owner's, it goes back. */
async function takeAway(path: string, stale: string): Promise<void> {
  const aside = `${path}.${randomUUID()}.lock`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  if ((await readFile(aside, "utf8")) !== stale) await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
}
