/**
 * Prints the table EXPECTED of workload.ts, computed by PyTorch in float64: `npm --prefix bench run expected -- 64 96`.
 */
import { torchCommand } from "./engines/torch.ts";
import { EngineProcess } from "./process.ts";

const sizes = process.argv.slice(2).map(Number);
const torch = await EngineProcess.start("torch", torchCommand("float64"), 3600);
for (const size of sizes) {
  const job = { kind: "model", height: size, width: size };
  await torch.prepare({ ...job, mode: "forward" });
  const forward = (await torch.run()).value;
  await torch.prepare({ ...job, mode: "step" });
  const loss = (await torch.run()).value;
  const norm = await torch.norm();
  const second = (await torch.run()).value;
  const digits = Object.entries({ forward, loss, norm, second }).map(
    ([name, value]) => `${name}: ${value.toPrecision(8)}`,
  );
  console.log(`  ${size}: { ${digits.join(", ")} },`);
}
torch.stop();
