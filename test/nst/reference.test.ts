/** `npm run reference`: our loss and gradient against recorded ones, by the oracle and, where it is to be had, by PyTorch. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { writeSafetensors } from "../../src/vgg/safetensors.ts";
import * as oracle from "../oracle/index.ts";
import { random, uniform } from "../oracle/index.ts";
import { describeShared } from "../shared.ts";
import { smallNetwork, tensorData } from "./network.ts";

/** What the script prints. */
interface Report {
  case: string;
  lossRelativeError: number;
  termErrors: Record<string, number>;
  gradientRelativeError: number;
}

async function reference(...args: string[]) {
  return await run(["scripts/reference.ts", ...args]);
}

async function run(words: string[]) {
  const child = spawn(process.execPath, ["--import", "tsx", ...words]);
  const ended = { code: null as number | null, stdout: "", stderr: "" };
  child.stdout.on("data", (text) => (ended.stdout += text));
  child.stderr.on("data", (text) => (ended.stderr += text));
  [ended.code] = await once(child, "close");
  return ended;
}

/** Runs a case that has to be right; expects one JSON line. */
async function expectRight(spec: string, folder: string, imports: string[] = []): Promise<void> {
  const { code, stdout, stderr } = await run([...imports, "scripts/reference.ts", spec, folder]);
  expect(stdout.split("\n").length, stderr).toBe(2);
  const report = JSON.parse(stdout) as Report;
  expect(report.case).toBe(basename(spec, ".json"));
  expect(report.lossRelativeError).toBeLessThanOrEqual(1e-5);
  expect(report.gradientRelativeError).toBeLessThanOrEqual(1e-4);
  const { contentLayers, styleLayers } = JSON.parse(readFileSync(spec, "utf8"));
  const content = Object.keys(contentLayers).map((layer) => `content ${layer}`);
  const style = Object.keys(styleLayers).map((layer) => `style ${layer}`);
  expect(Object.keys(report.termErrors).sort()).toEqual([...content, ...style, "tv"].sort());
  expect(Math.max(...Object.values(report.termErrors))).toBeLessThanOrEqual(1e-5);
  expect(code).toBe(0);
}

const root = mkdtempSync(join(tmpdir(), "nst-reference-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("on a small network, with the oracle's word", () => {
  const { weights, bytes } = smallNetwork(21);
  const next = random(22);
  const spec = {
    weights: "../network.safetensors",
    style: [
      { path: "not-read.jpg", weight: 3 },
      { path: "nor-this.jpg", weight: 1 },
    ],
    contentLayers: { relu2_2: 1 },
    styleLayers: { relu1_1: 0.5, relu3_1: 2 },
    tvWeight: 0.1,
    pooling: "average",
    padding: "replicate",
    objective: "gatys",
    tv: "keras",
  } as const;
  const content = uniform(next, [3, 17, 21], 40, 220);
  const image = uniform(next, [3, 17, 21], 0, 255);
  const styles = [uniform(next, [3, 13, 18], 100, 255), uniform(next, [3, 20, 11], 0, 150)];
  const specPath = join(root, "cases", "small.json");
  const folder = join(root, "expected");

  /** Writes the case, with the gradient times `factor` and the losses times `lossFactor`. */
  function write({ factor = 1, lossFactor = 1 } = {}): void {
    const weighted = styles.map((style, index) => ({ image: style, weight: spec.style[index].weight }));
    const targets = oracle.objectiveTargets(content, weighted, weights, spec);
    const { terms, gradient } = oracle.objective(image, targets, weights, spec);
    for (const path of [join(root, "cases"), folder]) mkdirSync(path, { recursive: true });
    writeFileSync(join(root, "network.safetensors"), bytes);
    writeFileSync(specPath, JSON.stringify(spec));
    const losses = { ...terms, total: terms.total * lossFactor };
    writeFileSync(join(folder, "reference.json"), JSON.stringify({ losses }));
    const planes = { image, content, style0: styles[0], style1: styles[1] };
    const tensors = Object.entries(planes).map(([name, array]) => [name, tensorData(array)] as const);
    const { data, shape } = oracle.scale(gradient, factor);
    const file = { ...Object.fromEntries(tensors), gradient: { dtype: "F64", shape, data } as const };
    writeFileSync(join(folder, "gradient.safetensors"), writeSafetensors(file));
  }

  beforeEach(() => rmSync(folder, { recursive: true, force: true }));

  it("a right one ends with 0", async () => {
    write();
    await expectRight(specPath, folder);
  });

  it.each([
    ["loss", { lossFactor: 1 + 3e-5 }],
    ["gradient", { factor: 1 + 3e-4 }],
  ])("a wrong %s is measured and ends with 1", async (name, changes) => {
    write(changes);
    const { code, stdout } = await reference(specPath, folder);
    const report = JSON.parse(stdout) as Report;
    if (name === "loss") expect(report.lossRelativeError).toBeCloseTo(3e-5, 5);
    else expect(report.gradientRelativeError).toBeCloseTo(3e-4, 5);
    expect(code).toBe(1);
  });
});

it.each([[[]], [["spec.json"]]])("bad usage %o ends with 2 and says how", async (args) => {
  const { code, stdout, stderr } = await reference(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/^usage: npm run --silent reference -- SPEC\.json EXPECTED_DIR\n$/);
});

describeShared("on VGG19, with PyTorch's word", (path) => {
  const expectCase = (name: string, imports?: string[]) =>
    expectRight(path(`reference/cases/${name}.json`), path(`reference/expected/${name}`), imports);

  it.each(["gatys-average-replicate", "gatys-keras-tv", "mean-max-zero", "two-styles"])("%s", async (name) => {
    await expectCase(name);
  });

  // One with either pooling and padding.
  it.each(["gatys-average-replicate", "mean-max-zero"])("%s, by the kernels for GPUs", async (name) => {
    await expectCase(name, ["--import", "./test/gpu/claims-gpu.ts"]);
  });
});
