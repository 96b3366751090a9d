/** The tables that grow on standard output while the benchmark runs. */
import type { Ceilings, KernelResult, ModelResult, ProgramResult, Results, Unavailable } from "./results.ts";

/** A table: the width of a column is positive where its cells end at the right. */
const MODEL = {
  engine: -16,
  mode: -9,
  px: 5,
  ms: 9,
  min: 9,
  max: 9,
  "ideal ms": 9,
  "GFLOP/s": 9,
  "host ms": 8,
  MB: 6,
};
const KERNEL = {
  layer: -8,
  direction: -9,
  side: 4,
  algorithm: -9,
  tile: -40,
  ms: 9,
  "ideal ms": 9,
  "GFLOP/s": 9,
  "GB/s": 7,
  "of matmul": 9,
  "of copy": 8,
};
const PROGRAM = {
  kernel: -26,
  dispatches: 10,
  ms: 9,
  share: 7,
  "of matmul": 9,
  "of copy": 8,
};

let printed: object | undefined;

export function printResult(result: ModelResult | Unavailable): void {
  const { engine, mode = "", size = "" } = result;
  if ("unavailable" in result) {
    console.log(`${engine} ${mode} ${size}: unavailable, ${result.unavailable}`);
    return;
  }
  const { medianMs, minMs, maxMs, idealMs, gflops, idealGflops, hostMs, peakBytes } = result;
  const times = [medianMs, minMs, maxMs, idealMs].map(digits);
  const rate = (idealGflops ?? gflops).toFixed(1);
  row(MODEL, [engine, mode, String(size), ...times, rate, digits(hostMs), (peakBytes / 1e6).toFixed(0)]);
}

export function printKernel(result: KernelResult): void {
  const { layers, direction, side, algorithm, tile, isDefault, medianMs, idealMs, gflops, gbs, ofMatmul, ofCopy } =
    result;
  const rates = [gflops.toFixed(1), gbs.toFixed(1), ofMatmul.toFixed(2), ofCopy.toFixed(2)];
  const name = isDefault ? `${tile} (default)` : tile;
  row(KERNEL, [layers[0], direction, String(side), algorithm, name, digits(medianMs), digits(idealMs), ...rates]);
}

export function printProgram({ program, size, kernels }: ProgramResult): void {
  console.log(`${program} at ${size} px, dispatch by dispatch`);
  for (const { kernel, dispatches, ms, share, ofMatmul, ofCopy } of kernels) {
    const fractions = [share, ofMatmul, ofCopy].map((fraction) => fraction.toFixed(3));
    row(PROGRAM, [kernel, String(dispatches), digits(ms), ...fractions]);
  }
}

export function printCeilings({ matmulGflops, fmaGflops, copyGbs, all }: Ceilings): void {
  for (const { kind, name, gflops, gbs } of all) {
    console.log(
      `${kind}, ${name}: ${gflops === undefined ? `${gbs!.toFixed(1)} GB/s` : `${gflops.toFixed(1)} GFLOP/s`}`,
    );
  }
  const best = `${matmulGflops.toFixed(1)} GFLOP/s, multiply-add ${fmaGflops.toFixed(1)} GFLOP/s, copy ${copyGbs.toFixed(1)} GB/s`;
  console.log(`ceilings: matmul ${best}`);
}

export function printMemory({ memory, scaling }: Results): void {
  for (const { mode, size, plannedBytes, naiveBytes, bytesPerPixel } of memory) {
    const [planned, naive] = [plannedBytes, naiveBytes].map((bytes) => (bytes / 1e6).toFixed(1));
    console.log(
      `${mode} at ${size} px: ${planned} MB planned, ${naive} MB naive, ${bytesPerPixel.toFixed(0)} bytes per pixel`,
    );
  }
  if (!scaling) return;
  const { size, ms, doubledMs, ratio } = scaling;
  console.log(
    `gradient at ${size}x${size}: ${digits(ms)} ms, at ${2 * size}x${size}: ${digits(doubledMs)} ms, ${ratio.toFixed(2)} times`,
  );
}

function digits(ms: number | undefined): string {
  if (ms === undefined) return "";
  return ms.toFixed(ms < 10 ? 3 : ms < 100 ? 2 : 0);
}

function row(table: Readonly<Record<string, number>>, cells: readonly string[]): void {
  const line = (texts: readonly string[]) =>
    console.log(
      Object.values(table)
        .map((width, i) => (width < 0 ? texts[i].padEnd(-width) : texts[i].padStart(width)))
        .join(" "),
    );
  if (printed !== table) line(Object.keys(table));
  printed = table;
  line(cells);
}
