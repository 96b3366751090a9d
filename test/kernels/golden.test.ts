/**
 * The WGSL of every kernel for small shapes, as it stood when it was last looked at: a change that nobody meant shows here.
 * After a change that was meant, `npx vitest run test/kernels/golden.test.ts -u` writes the files anew; read the difference.
 */
import { expect, it } from "vitest";
import { poolMaskKernel, signMaskKernel } from "../../src/kernels/bits.ts";
import { convolutionKernel } from "../../src/kernels/convolution.ts";
import { convolutionWeightGradientKernel } from "../../src/kernels/convolution-weight-gradient.ts";
import { expandWeightsKernel } from "../../src/kernels/expand-weights.ts";
import { gramKernel, gramPanelsKernel } from "../../src/kernels/gram.ts";
import type { Kernel } from "../../src/kernels/kernel.ts";
import { matmulKernel } from "../../src/kernels/matrix.ts";
import { packWeightsKernel } from "../../src/kernels/pack-weights.ts";
import { type PaddingMode, padGradientKernel, padKernel } from "../../src/kernels/pad.ts";
import { compose, pointwiseKernel, pointwiseOf } from "../../src/kernels/pointwise.ts";
import { poolGradientKernel, poolKernel } from "../../src/kernels/pool.ts";
import { productKernel } from "../../src/kernels/product.ts";
import { dilateKernel, transposeKernel, upsampleGradientKernel, upsampleKernel } from "../../src/kernels/rearrange.ts";
import { loadSoftwareKernels } from "../../src/kernels/software.ts";
import { sumKernel, sumSlicesKernel } from "../../src/kernels/sum.ts";
import type { WinogradShape } from "../../src/kernels/winograd.ts";
import { winogradFiltersKernel } from "../../src/kernels/winograd-filters.ts";
import { winogradInputKernel } from "../../src/kernels/winograd-input.ts";
import { winogradOutputKernel } from "../../src/kernels/winograd-output.ts";
import { testDevice } from "../engine.ts";

const device = await testDevice();
await loadSoftwareKernels();

const relu = pointwiseOf("max(a, T(0.0f))", ["element"]);
const biasAndRelu = compose(relu, 0, pointwiseOf("a + b", ["element", "channel"]));
const mask = pointwiseOf("select(T(0.0f), a, b > T(0.0f))", ["element", "element"]);
const bits = pointwiseOf("select(T(0.0f), a, b > T(0.0f))", ["element", "bit"]);
const difference = pointwiseOf("a - b", ["element", "element"]);
const squaredDifference = compose(pointwiseOf("a * a", ["element"]), 0, difference);
const convolution = { inputs: 3, inputRows: 8, outputs: 6, height: 6, kernelHeight: 3, kernelWidth: 3, stride: 1 };
const sides = { top: 1, bottom: 1, left: 1, right: 1, extraRows: 0, extraColumns: 2 };
const image = [3, 6, 8];
const winograd = (size: 2 | 4, width: number, mode: PaddingMode): WinogradShape => ({
  ...{
    size,
    inputs: 3,
    inputHeight: 6,
    inputWidth: width,
    outputs: 6,
    height: 6,
    width,
    chunks: 2,
    panel: 8,
  },
  padding: { mode, top: 1, bottom: 1, left: 1, right: 1, extraRows: 0, extraColumns: 0 },
});

const kernels: Record<string, Kernel> = {
  "convolution-vectors": convolutionKernel(
    { ...convolution, rowLength: 16, width: 12 },
    { outputs: 4, pixels: 8 },
    biasAndRelu,
  ),
  "convolution-scalars": convolutionKernel(
    { ...convolution, rowLength: 12, width: 3, kernelWidth: 2, stride: 2 },
    { outputs: 4, pixels: 4 },
    mask,
  ),
  "convolution-subgroup": convolutionKernel(
    { ...convolution, rowLength: 12, width: 10 },
    { outputs: 8, pixels: 8, subgroup: 4 },
    biasAndRelu,
  ),
  "convolution-whole-kernels": convolutionKernel(
    { ...convolution, rowLength: 12, width: 10 },
    { outputs: 4, pixels: 8, wholeKernel: true },
    biasAndRelu,
  ),
  "convolution-weight-gradient": convolutionWeightGradientKernel({ ...convolution, rowLength: 12, width: 10 }),
  product: productKernel(
    { batches: 4, rows: 8, columns: 12, depth: 5, leftPanels: true, rightPanels: true },
    { kind: "registers", rows: 8, vectors: 1, lanes: 16 },
  ),
  "product-epilogue": productKernel(
    { batches: 1, rows: 12, columns: 20, depth: 6 },
    { kind: "registers", rows: 8, vectors: 2, lanes: 64 },
    biasAndRelu,
  ),
  "product-subgroup": productKernel(
    { batches: 2, rows: 36, columns: 24, depth: 6, leftPanels: true, rightPanels: true },
    { kind: "subgroup", rows: 8, vectors: 3, lanes: 4, steps: 2 },
  ),
  "product-workgroup": productKernel(
    { batches: 4, rows: 64, columns: 132, depth: 20, leftPanels: true, rightPanels: true },
    { kind: "workgroup", rows: 64, columns: 128 },
  ),
  "winograd-filters": winogradFiltersKernel([6, 3, 3, 3], { size: 4, transposed: false, block: 8 }),
  "winograd-filters-transposed": winogradFiltersKernel([6, 3, 3, 3], { size: 2, transposed: true, block: 4 }),
  "winograd-input-strips": winogradInputKernel(winograd(4, 16, "zero"), 0),
  "winograd-input-vectors": winogradInputKernel(winograd(4, 12, "replicate"), 0),
  "winograd-input-pixels": winogradInputKernel(winograd(2, 7, "reflect"), 1),
  "winograd-output-vectors": winogradOutputKernel(winograd(4, 16, "zero"), 0, biasAndRelu),
  "winograd-output-pixels": winogradOutputKernel(winograd(2, 7, "zero"), 1, mask),
  "pack-weights": packWeightsKernel([6, 3, 3, 3], 4, false),
  "pack-weights-transposed": packWeightsKernel([6, 3, 3, 3], 4, true),
  "expand-weights-float16": expandWeightsKernel("F16", 135, 27),
  "expand-weights-bfloat16": expandWeightsKernel("BF16", 135, 27),
  "expand-weights-integers": expandWeightsKernel("I8", 135, 27),
  "expand-weights-palette": expandWeightsKernel("U8", 135, 27),
  "pad-zero": padKernel(image, { mode: "zero", ...sides }),
  "pad-replicate": padKernel(image, { mode: "replicate", ...sides }, relu),
  "pad-gradient-reflect": padGradientKernel(image, { mode: "reflect", ...sides, extraColumns: 0 }),
  "pad-gradient-circular": padGradientKernel(image, { mode: "circular", ...sides, extraColumns: 0 }),
  "max-pool": poolKernel(image, "max"),
  "average-pool": poolKernel(image, "average", biasAndRelu),
  "max-pool-gradient": poolGradientKernel(image, "max", bits),
  "average-pool-gradient": poolGradientKernel(image, "average"),
  "sign-mask-vectors": signMaskKernel(image),
  "sign-mask-scalars": signMaskKernel([35]),
  "pool-mask": poolMaskKernel(image, true),
  upsample: upsampleKernel(image, 2),
  "upsample-gradient": upsampleGradientKernel(image, 2),
  dilate: dilateKernel(image, 2),
  transpose: transposeKernel([6, 8], difference),
  matmul: matmulKernel({ rows: 9, columns: 8, depth: 5, transposeA: false, transposeB: false }, biasAndRelu),
  "matmul-transposed": matmulKernel({ rows: 8, columns: 7, depth: 5, transposeA: true, transposeB: true }),
  "gram-panels": gramPanelsKernel({ channels: 6, pixels: 48, slices: 3, chunk: 2, pixelsFirst: false }, 1),
  gram: gramKernel({ channels: 8, pixels: 48, slices: 3, chunk: 2, pixelsFirst: false }, 1),
  "gram-scalars": gramKernel({ channels: 6, pixels: 45, slices: 2, chunk: 2, pixelsFirst: true }, 0),
  "pointwise-vectors": pointwiseKernel(biasAndRelu, image),
  "pointwise-scalars": pointwiseKernel(pointwiseOf("a * b", ["element", "scalar"]), [5]),
  "pointwise-bits": pointwiseKernel(bits, image),
  "pointwise-folded": pointwiseKernel(relu, [3, 4000, 4000]),
  sum: sumKernel({ rows: 3, columns: 48, slices: 1 }, squaredDifference, pointwiseOf("a * T(0.5f)", ["element"])),
  "sum-of-slices": sumKernel({ rows: 1, columns: 4099, slices: 3 }, pointwiseOf("a", ["element"])),
  "sum-unrolled": sumKernel({ rows: 3, columns: 480, slices: 1, unrolled: true }, squaredDifference),
  "sum-slices": sumSlicesKernel([6, 6], 4, difference),
  "sum-slices-shared": sumSlicesKernel([6, 6], 40, difference, 16),
};

it.each(Object.entries(kernels))("%s", async (name, { wgsl, grid, inputs, label }) => {
  await expect(`// ${label}: ${inputs} inputs, ${grid.join(" x ")} workgroups\n${wgsl}`).toMatchFileSnapshot(
    `golden/${name}.wgsl`,
  );
  device.gpu.pushErrorScope("validation");
  const { messages } = await device.gpu.createShaderModule({ label, code: wgsl }).getCompilationInfo();
  expect(messages.map(({ type, lineNum, message }) => `${type} in line ${lineNum}: ${message}`)).toEqual([]);
  expect(await device.gpu.popErrorScope()).toBeNull();
  // Mesa's software Vulkan would compile it anew for each dispatch (docs/design.md).
  expect(wgsl, "loops as often as a uniform alone says").not.toMatch(/for \(var \w+ = \w+; \w+ <=? sizes\.\w+;/);
});
