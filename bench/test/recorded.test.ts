/** What is committed in bench/results, and what the documents and the library make of it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { chooseConvolution } from "../../src/autograd/algorithms.ts";
import { loadSoftwareKernels } from "../../src/kernels/software.ts";
import type { TileTarget } from "../../src/kernels/target.ts";
import { kernelLayers, nameOf } from "../candidates.ts";
import { recordedResults, reportFiles } from "../report/files.ts";
import { fastest, timeOf } from "../report/select.ts";

const docs = join(import.meta.dirname, "..", "..", "docs");
const recorded = recordedResults();

describe("the documents", () => {
  const files = reportFiles(recorded, docs);

  it("are of every adapter", () => {
    expect(recorded.size).toBeGreaterThan(0);
    expect(files.size).toBe(2 + 4 * recorded.size);
  });

  it.each([...files])("have in %s what npm run bench:report makes of the results", (path, content) => {
    expect(readFileSync(join(docs, path), "utf8")).toBe(content);
  });
});

/** The software adapters that are recorded, as the library sees them. */
const SOFTWARE: Record<string, TileTarget> = { lavapipe: "cpu-subgroups", swiftshader: "swiftshader-subgroups" };

/** The choice is by an estimate, the same for all processors; times of one run vary by a tenth. */
const SLOWEST = 1.2;

describe("the algorithm that is chosen for a convolution", () => {
  beforeAll(loadSoftwareKernels);

  it.each([...recorded])("takes at most a fifth longer than the fastest one on %s", (name, results) => {
    const target = results.adapter.kind === "gpu" ? "gpu" : SOFTWARE[name];
    expect(target, `the target of ${name}, to be added to SOFTWARE`).toBeDefined();
    const size = Math.max(...results.kernels.map((each) => each.size));
    for (const { names, direction, convolution } of kernelLayers(size)) {
      const all = results.kernels.filter((each) => each.layers[0] === names[0] && each.direction === direction);
      const { algorithm } = nameOf(chooseConvolution(convolution, target));
      const slowdown = timeOf(fastest(all, algorithm)!) / timeOf(fastest(all)!);
      expect(slowdown, `${algorithm} of ${names[0]} ${direction}`).toBeLessThanOrEqual(SLOWEST);
    }
  });
});
