import { it } from "vitest";
import { convolutionKernel, stripRowLength } from "../../src/kernels/convolution.ts";
import { pointwiseOf } from "../../src/kernels/pointwise.ts";
import { runKernel, testDevice } from "../engine.ts";
import * as oracle from "../oracle/index.ts";
const device = await testDevice();
for (const outputs of [4, 8, 16, 32]) for (const pixels of [4, 8, 16]) for (const width of [12, 21])
it(`${outputs} ${pixels} ${width}`, async () => {
  const next = oracle.random(1);
  const image = oracle.normal(next, [3, 6, width]);
  const rowLength = Math.ceil(Math.max(stripRowLength(width-2, 3, 1, pixels), width) / 4) * 4;
  const k = convolutionKernel({ inputs: 3, inputRows: 6, rowLength, outputs: outputs + 1, height: 4, width: width-2, kernelHeight: 3, kernelWidth: 3, stride: 1 }, { outputs, pixels }, pointwiseOf("a+b", ["element", "channel"]));
  const t = performance.now();
  await device.pipelines.prepare([k]);
  const t1 = performance.now();
  await runKernel(device, k, [new Float32Array(3*6*rowLength), new Float32Array(outputs*2*27), new Float32Array(outputs+1)], (outputs+1)*4*(width-2));
  console.log(outputs, pixels, width, (t1 - t).toFixed(0), (performance.now() - t1).toFixed(0));
});
