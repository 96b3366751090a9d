/** Finds the folder of large test inputs (photographs, real VGG19 weights, PyTorch's reference values), which is never committed. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = process.env.NST_SHARED;

/**
 * A group of tests that need the folder named by `NST_SHARED`. Where the variable is unset, the group is one test that
 * says why nothing ran; where it is set, a missing file fails.
 */
export function describeShared(name: string, body: (path: (relative: string) => string) => void): void {
  if (root === undefined) {
    describe(name, () =>
      it("not run: NST_SHARED does not name the folder of test inputs", () => expect(root).toBeUndefined()),
    );
    return;
  }
  describe(name, () =>
    body((relative) => {
      const path = join(root, relative);
      if (!existsSync(path)) throw new Error(`NST_SHARED is set, but ${path} is missing.`);
      return path;
    }),
  );
}
