import { PipelineCache } from "../src/gpu/pipelines.ts";
import { styleTransfer } from "../src/index.ts";
const orig = PipelineCache.prototype.prepare;
let n = 0;
PipelineCache.prototype.prepare = async function (kernels) {
  const t0 = performance.now(); const all: [number, string][] = [];
  if (process.env.SERIAL) for (const k of kernels) { const t = performance.now(); await orig.call(this, [k]); const d = performance.now() - t; if (d > 5) all.push([d, k.label.slice(0, 90)]); }
  else await orig.call(this, kernels);
  console.log("prepare", n++, kernels.length, (performance.now() - t0).toFixed(0), "ms");
  all.sort((a, b) => b[0] - a[0]); for (const [d, l] of all.slice(0, 25)) console.log("   ", d.toFixed(0), l);
};
const r = await styleTransfer({ content: "examples/images/harbor.png", style: "examples/images/embers.png", size: 192, scales: [192], steps: 3, onWarning() {} , onStep: (s) => console.log(s.step, s.seconds.toFixed(2))});
