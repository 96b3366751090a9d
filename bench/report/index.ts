/**
 * Writes the measured parts of docs/performance.md and docs/kernels.md, and the charts, from the files in bench/results:
 * `npm run bench:report`.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { recordedResults, reportFiles } from "./files.ts";

const docs = join(import.meta.dirname, "..", "..", "docs");
for (const [path, content] of reportFiles(recordedResults(), docs)) {
  mkdirSync(dirname(join(docs, path)), { recursive: true });
  writeFileSync(join(docs, path), content);
}
