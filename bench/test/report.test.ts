import { describe, expect, it } from "vitest";
import { byKernel } from "../programs.ts";
import { enginesChart } from "../report/engines-chart.ts";
import { goalsOf } from "../report/goals.ts";
import { kernelsSection } from "../report/kernels-section.ts";
import { rooflineChart } from "../report/roofline-chart.ts";
import { section } from "../report/section.ts";
import { digits } from "../report/select.ts";
import { THEMES } from "../report/svg.ts";
import type { KernelResult, ModelResult, Results } from "../results.ts";
import type { Mode } from "../workload.ts";

const model = (engine: string, mode: Mode, idealMs: number): ModelResult => ({
  engine,
  mode,
  size: 96,
  repetitions: 5,
  medianMs: 2 * idealMs,
  minMs: idealMs,
  maxMs: 3 * idealMs,
  idealMs,
  gflops: 500 / idealMs,
  idealGflops: 1000 / idealMs,
  hostMs: engine === "nst-gpu" ? 2 : 20,
  hostCpuMs: engine === "nst-gpu" ? 0.5 : 10,
  firstMs: 2000,
  firstCpuMs: 1000,
  buffersCreated: 0,
  peakBytes: 3e8,
  value: 0.25,
});

const kernel = (
  layer: string,
  direction: "forward" | "gradient",
  algorithm: string,
  idealMs: number,
  isDefault: boolean,
): KernelResult => ({
  layers: layer === "conv3_2" ? ["conv3_2", "conv3_3", "conv3_4"] : [layer],
  direction,
  size: 96,
  side: 24,
  inputs: 256,
  outputs: 256,
  algorithm,
  tile: "8x16",
  isDefault,
  medianMs: idealMs,
  idealMs,
  gflops: 300 / idealMs,
  gbs: 1,
  ofMatmul: 300 / idealMs / 40,
  ofCopy: 0.1,
  kernelFlops: 1e9,
  kernelBytes: 1e6,
  intensity: 200,
});

const RESULTS: Results = {
  adapter: { name: "llvmpipe (x)", kind: "software", features: [] },
  machine: { processor: "a processor", cores: 2, memoryBytes: 8e9, system: "Linux" },
  versions: { "nst-gpu": "0.1.0", tfjs: "4.22.0" },
  date: "2026-01-02",
  command: "npm run bench -- --sizes 96",
  results: [
    model("nst-gpu", "gradient", 100),
    model("tfjs", "gradient", 1600),
    model("nst-gpu", "forward", 50),
    model("tfjs", "forward", 600),
    model("ort", "forward", 400),
    { engine: "jax-js", size: 96, unavailable: "it is <not> there\nsecond line" },
  ],
  kernels: [
    kernel("conv3_2", "forward", "direct", 10, false),
    kernel("conv3_2", "forward", "F(4x4)", 4, true),
    kernel("conv3_2", "gradient", "direct", 9, false),
    kernel("conv3_2", "gradient", "F(4x4)", 5, true),
  ],
  ceilings: { matmulGflops: 40, fmaGflops: 100, copyGbs: 8, all: [] },
  programs: [
    {
      program: "step",
      size: 96,
      kernels: byKernel(
        [
          { label: "product 36 x [8, 8] * [8, 8]", milliseconds: 2, flops: 6e7, bytes: 1e6 },
          { label: "maxPool [8, 8, 8]", milliseconds: 1, flops: 1e4, bytes: 4e6 },
          { label: "product 36 x [8, 4] * [4, 8]", milliseconds: 1, flops: 3e7, bytes: 5e5 },
          { label: "crop [8, 8, 8]", milliseconds: 4, flops: 0, bytes: 8e6 },
        ],
        { matmulGflops: 40, fmaGflops: 100, copyGbs: 8, all: [] },
      ),
    },
  ],
  memory: [{ mode: "gradient", size: 512, plannedBytes: 2.3e8, naiveBytes: 1e9, bytesPerPixel: 880 }],
  scaling: { size: 96, ms: 100, doubledMs: 205, ratio: 2.05 },
};

describe("goals", () => {
  it("are ratios of times on free cores, within one file", () => {
    const measured = Object.fromEntries(goalsOf(RESULTS).map(({ title, measured }) => [title, measured]));
    expect(measured).toEqual({
      "loss and gradient at 96 px, times faster than TensorFlow.js": 16,
      "forward at 96 px, times faster than the fastest other engine on WebGPU": 8,
      "direct convolution, fraction of the fastest matrix product, median of layers": (30 / 40 + 300 / 9 / 40) / 2,
      "time of the input gradient over forward, largest of layers from the second": 1.25,
      "host time per run, ms, largest of medians": 0.5,
      "WebGPU buffers made per run after the first": 0,
      "time of 192 x 96 px over 96 x 96 px": 2.05,
      "bytes per pixel planned at 512 px": 880,
    });
  });
});

describe("the section of an adapter", () => {
  const text = section(RESULTS, "lavapipe");

  it("has the times of every engine, and how they compare", () => {
    expect(text).toContain("| TensorFlow.js | 1600 (3200) ms, 0.625 GFLOP/s, 16.0x |");
    expect(text).toContain("| ONNX Runtime Web | 400 (800) ms, 2.50 GFLOP/s, 8.00x |");
  });

  it("says what was not available, in one line", () => {
    expect(text).toContain("- jax-js (96 px) was not available: it is <not> there\n");
    expect(text).not.toContain("second line");
  });

  it("has the best of each algorithm for equal layers at once", () => {
    expect(text).toContain(
      "| 3_2-4 | forward | 256 to 256, 24 x 24 | 10.0 ms, 30.0 (0.750) | 4.00 ms, 75.0 (1.88) | F(4x4) 4.00 ms |",
    );
  });

  it("says which goals are reached", () => {
    expect(text).toContain("than TensorFlow.js | at least 15 | 16.0 | yes |");
    expect(text).toContain("engine on WebGPU | at least 10 | 8.00 | no |");
    expect(text).toContain("over forward, largest of layers from the second | at most 1.2 | 1.25 | no |");
  });
});

describe("charts", () => {
  it.each(Object.entries(THEMES))("draw what was measured on a %s background", (_, theme) => {
    const bars = enginesChart(RESULTS, "lavapipe", theme);
    // Five bars and the background; one mode of ort is not measured, and jax-js not at all.
    expect(bars.match(/<rect /g)).toHaveLength(6);
    expect(bars).toContain(">ONNX Runtime Web</text>");
    expect(bars).toContain(">no gradients</text>");
    expect(bars).not.toContain("jax-js");
    const marks = rooflineChart(RESULTS, "lavapipe", theme);
    // A ring round each chosen one, one in the legend, and points of the direct algorithm.
    expect(marks.match(/<circle [^>]*fill="none"/g)).toHaveLength(3);
    expect(marks).toContain(`fill="${theme.background}"`);
    for (const svg of [bars, marks]) expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe("digits", () => {
  it.each([
    [0, "0"],
    [0.01234, "0.0123"],
    [1.2345, "1.23"],
    [123.45, "123"],
    [98765.4, "98765"],
  ])("of %d are %s", (value, text) => {
    expect(digits(value)).toBe(text);
  });
});

describe("the measured part of kernels.md", () => {
  const slower = { ...kernel("conv4_1", "forward", "direct", 20, true), ofMatmul: 0.25, ofCopy: 0.3 };
  const text = kernelsSection({ ...RESULTS, kernels: [...RESULTS.kernels, slower] }, "lavapipe");

  it("has the ceilings and the median and extremes of the layers", () => {
    expect(text).toContain("matrix product 40.0 GFLOP/s, copy 8.00 GB/s.");
    // 1e9 operations in 10 and 20 ms are 100 and 50 GFLOP/s, of 40.
    expect(text).toContain("| direct | forward | 188 % (125 % to 250 %) | 50 % (25 % to 75 %) | 20 % (10 % to 30 %) |");
  });

  it("has the kernels of a program, the longest first, all dispatches of one together", () => {
    const rows = text.split("\n").filter((line) => line.startsWith("| `"));
    expect(rows).toEqual([
      // 8 MB in 4 ms are 2 GB/s, of 8; it computes nothing.
      "| `crop` | 1 | 4.00 | 50 % |  | 25 % |",
      // 9e7 operations in 3 ms are 30 GFLOP/s, of 40; 1.5 MB are 0.5 GB/s.
      "| `product` | 2 | 3.00 | 38 % | 75 % | 6 % |",
      "| `maxPool` | 1 | 1.00 | 13 % | 0.0 % | 50 % |",
    ]);
  });

  it("is not there where no kernels were measured", () => {
    expect(kernelsSection({ ...RESULTS, kernels: [] }, "lavapipe")).toBe("");
  });
});
