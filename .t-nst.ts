import { compile } from "/work/main/src/autograd/compile.ts";
import { gradients } from "/work/main/src/autograd/gradient.ts";
import { variable } from "/work/main/src/autograd/runtime.ts";
import { openDevice } from "/work/main/src/gpu/device.ts";
import { objective } from "/work/main/src/nst/objective.ts";
import { computeTargets } from "/work/main/src/nst/targets.ts";
import { loadNetwork } from "/work/main/src/vgg/network.ts";
import { openNetworkWeights } from "/work/main/src/vgg/weights.ts";
import { resolveSettings } from "/work/main/src/nst/settings.ts";
import { validateOptions } from "/work/main/src/nst/validate.ts";
import { toPlanes } from "/work/main/src/image/convert.ts";
import { resize } from "/work/main/src/image/resize.ts";
import { matchColors } from "/work/main/src/nst/color.ts";
import { styleTransfer } from "/work/main/src/nst/style-transfer.ts";
import { SMALL } from "/work/main/test/nst/gpu.ts";
import { lbfgs } from "/work/main/test/oracle/lbfgs.ts";
const { losses } = await styleTransfer({ ...SMALL, optimizer: "lbfgs", steps: 30 });
console.log("ours ", losses.map((l) => l.total.toExponential(3)).join(" "));
const device = await openDevice();
const w = await openNetworkWeights("slim");
const valid = validateOptions(SMALL);
const settings = resolveSettings(valid, w);
const network = await loadNetwork(device, w, ["relu2_1"]);
const content = resize(toPlanes(SMALL.content), 32, 21);
const styles = [{ planes: resize(toPlanes(SMALL.style), 32, 32), weight: 1 }];
const targets = await computeTargets(device, network, content, styles, settings.objective);
const start = matchColors(content, styles);
const loss = objective(device, network, targets, settings.objective);
const x = variable(device, [3, 21, 32], start.data);
const program = await compile(device, () => { const { total } = loss.trace(x); return { results: { total, g: gradients(total, [x])[0] } }; });
// synchronous oracle: drive by precomputing is not possible; reimplement torch L-BFGS async
const dot = (a: Float64Array, b: Float64Array) => a.reduce((s, v, i) => s + v * b[i], 0);
let p = Float64Array.from(start.data); const S: Float64Array[] = [], Y: Float64Array[] = []; let H = 1, pg: Float64Array | undefined, ps: Float64Array | undefined; const out: number[] = []; const norms: string[] = [];
for (let k = 0; k < 30; k++) {
  x.write(Float32Array.from(p)); program.run();
  const [l] = await program.results.total.read(); out.push(l);
  const g = Float64Array.from(await program.results.g.read());
  if (pg) { const y = g.map((v, i) => v - pg![i]); const ys = dot(y, ps!); if (ys > 1e-10) { S.push(ps!); Y.push(y); if (S.length > 10) { S.shift(); Y.shift(); } H = ys / dot(y, y); } else norms.push(`k${k} ys ${ys}`); }
  let q = g.map((v) => -v); const al: number[] = [];
  for (let i = S.length - 1; i >= 0; i--) { al[i] = dot(S[i], q) / dot(S[i], Y[i]); q = q.map((v, j) => v - al[i] * Y[i][j]); }
  let d = q.map((v) => v * H);
  for (let i = 0; i < S.length; i++) { const b = dot(Y[i], d) / dot(S[i], Y[i]); d = d.map((v, j) => v + S[i][j] * (al[i] - b)); }
  const t = k === 0 ? Math.min(1, 1 / g.reduce((s, v) => s + Math.abs(v), 0)) : 1;
  ps = d.map((v) => v * t); pg = g; p = p.map((v, i) => v + ps![i]);
}
console.log("torch", out.map((l) => l.toExponential(3)).join(" "), norms.join());
