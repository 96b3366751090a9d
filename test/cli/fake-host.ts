/** A process and an engine for the command line to run in: it records what is printed, and its steps cost nothing. */
import { EventEmitter } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { encode } from "#image";
import { type Host, SIGNALS, type Signal } from "../../src/cli/host.ts";
import { main } from "../../src/cli/main.ts";
import { loadImage } from "../../src/image/load.ts";
import type { Picture } from "../../src/image/picture.ts";
import type { RunInfo, StepReport, StyleTransferOptions } from "../../src/nst/options.ts";
import { validateOptions } from "../../src/nst/validate.ts";

// What is installed on this machine must not decide about the network.
process.env.NST_CACHE ??= join(tmpdir(), "nst-no-such-cache");

/** What the fake engine says of itself. */
export const INFO: RunInfo = { adapter: "Example GPU 9000", network: "slim to relu4_2", preset: "slim" };

/** What a run of the command line did. */
export interface Run {
  code: number;
  stdout: string;
  stderr: string;
  /** Options that the engine got, undefined if it was never asked. */
  options?: StyleTransferOptions;
  /** Whether the engine was left so that it could free the GPU. */
  freed: boolean;
  /** Codes of immediate ends. */
  exits: number[];
}

/** What differs from a run of ten steps. */
export interface Setting {
  steps?: number;
  isTTY?: boolean;
  isStdoutTTY?: boolean;
  columns?: number;
  env?: Record<string, string>;
  /** What the engine warns of. */
  warning?: string;
  /** Called while a step is computed, before its report; step 0 stands for the preparation. `send` sends a signal. */
  duringStep?: (step: number, send: (signal: Signal) => void) => void;
  listAdapters?: Host["listAdapters"];
  /** Replaces the fake engine. */
  engine?: Host["steps"];
}

/** Runs the command line in the fake process. */
export async function run(args: readonly string[], setting: Setting = {}): Promise<Run> {
  const signals = new EventEmitter();
  const result: Run = { code: -1, stdout: "", stderr: "", freed: false, exits: [] };
  const host: Host = {
    stdout: { write: (text) => (result.stdout += text), isTTY: setting.isStdoutTTY },
    stderr: { write: (text) => (result.stderr += text), isTTY: setting.isTTY, columns: setting.columns },
    env: setting.env ?? {},
    signals,
    exit: (code) => result.exits.push(code),
    listAdapters: setting.listAdapters ?? (async () => []),
    async *steps(options) {
      result.options = options;
      try {
        yield* setting.engine?.(options) ?? fakeSteps(options, setting, (signal) => signals.emit(signal, signal));
      } finally {
        result.freed = true;
      }
    },
  };
  result.code = await main(args, host);
  for (const signal of SIGNALS) {
    if (signals.listenerCount(signal) > 0) throw new Error(`A listener for ${signal} was left behind.`);
  }
  return result;
}

/** Keeps to the contract of `styleTransfer.steps`: inputs are read first, each image is of its step and no other. */
async function* fakeSteps(
  options: StyleTransferOptions,
  { steps = 10, warning, duringStep }: Setting,
  send: (signal: Signal) => void,
): AsyncGenerator<StepReport> {
  const { content, styles } = validateOptions(options);
  await loadImage(content, "content");
  for (const style of styles) await loadImage(style.image, "style");
  if (warning !== undefined) options.onWarning?.(warning);
  duringStep?.(0, send);
  let current = 0;
  for (let step = 1; step <= steps; step++) {
    await new Promise((resolve) => setImmediate(resolve));
    options.signal?.throwIfAborted();
    duringStep?.(step, send);
    current = step;
    const image = async () => {
      if (current !== step) throw new Error(`The image of step ${step} was read after it.`);
      return imageOfStep(step);
    };
    const losses = { total: 1000 / step, content: { relu4_2: 1 }, style: { relu1_1: 2 }, tv: 0 };
    const seconds = step / 4;
    const secondsLeft = (steps - step) / 4;
    const sizes = { scale: 0, width: 24, height: 16 };
    const unused = { bytes: 0, draw: async () => {}, change: () => {} };
    yield { step, steps, ...sizes, loss: losses.total, losses, seconds, secondsLeft, info: INFO, ...unused, image };
  }
}

/** A picture that shows in its first red value by which step it was made. */
export function imageOfStep(step: number): Picture {
  const data = new Uint8Array(4 * 24 * 16).fill(255);
  data[0] = step;
  return { width: 24, height: 16, data };
}

/** The step that an image of {@link imageOfStep} in a file is of. */
export async function stepOfFile(path: string): Promise<number> {
  return (await loadImage(await readFile(path), path)).data[0];
}

/** A folder with two different small images, content.png and style.png, that is removed after the test. */
export async function folderWithImages(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "nst-cli-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "content.png"), await encode(waves(5, 0), "png"));
  await writeFile(join(folder, "style.png"), await encode(waves(2, 1), "png"));
  return folder;
}

/** 64x48 pixels of colored waves, `length` pixels long, so that an engine has something to work on. */
function waves(length: number, phase: number): Picture {
  const [width, height] = [64, 48];
  const data = Uint8ClampedArray.from({ length: 4 * width * height }, (_, index) => {
    const [channel, x, y] = [index % 4, Math.floor(index / 4) % width, Math.floor(index / 4 / width)];
    return channel === 3 ? 255 : 128 + 100 * Math.sin((x + (channel - 1) * y) / length + channel * phase);
  });
  return { width, height, data };
}
