import { defineConfig } from "vitest/config";

/** No task of the page may take 50 ms there: no other file may have its core meanwhile. */
const ALONE = "test/playground/busy.test.ts";

export default defineConfig({
  test: {
    pool: "forks",
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: "together",
          // Not `exclude`, which would be in place of the command line's.
          include: ["test/**/*.test.ts", `!${ALONE}`],
          // Two files at a time: compiling shaders and starting browsers leave a core idle, and a software adapter uses every core else.
          maxWorkers: 2,
        },
      },
      { extends: true, test: { name: "alone", include: [ALONE], maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
