import { styleTransfer } from "../src/index.ts";
const o = JSON.parse(process.argv[2]); const out = process.argv[3];
const r = await styleTransfer({ ...o, onWarning: () => {}, onStep: (s) => { if (s.step === s.steps || s.step % 50 === 0) console.log(out, s.step, s.steps, s.width, s.loss.toExponential(3), s.seconds.toFixed(1)); } });
await r.save(out, { force: true });
