import { styleTransfer } from "../src/index.ts";
const [content, style, size, out, steps] = process.argv.slice(2);
const t0 = performance.now();
const r = await styleTransfer({ content, style, size: Number(size), steps: Number(steps ?? 60), onStep: (s) => { if (s.step % 10 === 1 || s.step === s.steps) console.log(s.step, s.steps, s.width, s.loss.toExponential(3), JSON.stringify(s.losses), s.seconds.toFixed(1), s.secondsLeft.toFixed(1)); } });
await r.save(out, { force: true });
console.log(((performance.now() - t0) / 1000).toFixed(1));
