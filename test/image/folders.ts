/** Temporary folders for tests of files, and doing without the powers of root. */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const NOBODY = 65534;

/** A temporary folder, readable by everyone. */
export interface Folder {
  path(name: string): string;
  /** Writes a file and returns its path. */
  write(name: string, text: string): string;
  read(name: string): string;
  setMode(name: string, mode: number): void;
  list(): string[];
}

/** Runs `body` with a fresh folder, which is removed afterwards. */
export async function inFolder(body: (folder: Folder) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "nst-image-"));
  chmodSync(root, 0o755);
  const path = (name: string) => join(root, name);
  try {
    await body({
      path,
      write(name, text) {
        writeFileSync(path(name), text);
        return path(name);
      },
      read: (name) => readFileSync(path(name), "utf8"),
      setMode: (name, mode) => chmodSync(path(name), mode),
      list: () => readdirSync(root).sort(),
    });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Runs `body` as a user to whom permissions apply: root, as in many containers, steps down for so long. */
export async function asOtherUser<T>(body: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return body();
  process.seteuid?.(NOBODY);
  try {
    return await body();
  } finally {
    process.seteuid?.(0);
  }
}
