/** Where symbolic links lead, for files that are written. */
import fs from "node:fs/promises";
import { dirname, resolve } from "node:path";

/** The file that writing to `path` makes or replaces: a link stays one, also one whose file does not exist yet. */
export async function followLinks(path: string): Promise<string> {
  try {
    return await fs.realpath(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") return path;
    const next = await fs.readlink(path).catch(() => undefined);
    return next === undefined ? path : followLinks(resolve(dirname(path), next));
  }
}
