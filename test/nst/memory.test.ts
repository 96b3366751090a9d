/** Whether the memory of an optimiser counts: a run that a software adapter cannot hold is refused before it begins. */
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { OutOfMemoryError } from "../../src/errors.ts";
import { openDevice } from "../../src/gpu/open-device.ts";
import { makeOptimizer } from "../../src/nst/optimizers/index.ts";
import { optimizerBytes } from "../../src/nst/optimizers/memory.ts";
import type { OptimizerSettings } from "../../src/nst/settings.ts";
import { styleTransfer } from "../../src/nst/style-transfer.ts";
import { type OwnDevice, openOwnDevice, SMALL, withKind } from "./gpu.ts";
import { scene } from "./pictures.ts";

const memory = vi.hoisted(() => ({ free: Infinity }));
vi.mock("#gpu", async (original) => ({
  ...(await original<typeof import("#gpu")>()),
  availableMemory: () => memory.free,
}));

let own: OwnDevice;
beforeAll(async () => {
  own = await openOwnDevice();
});
beforeEach(() => {
  memory.free = Infinity;
});
afterAll(() => own.device.destroy());

/** The device as a software adapter's, whatever it is. */
const software = () => withKind(own.device, "software");

const LBFGS = { kind: "lbfgs", learningRate: 1, lineSearch: "none" } as const;
const ADAM = { kind: "adam", learningRate: 1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, averaging: 0 } as const;

it.each<[string, OptimizerSettings]>([
  ["L-BFGS of history 100", { ...LBFGS, history: 100 }],
  ["L-BFGS of history 3", { ...LBFGS, history: 3 }],
  ["Adam", ADAM],
  ["gradient descent", { kind: "gd", learningRate: "auto", momentum: 0 }],
  ["gradient descent with momentum", { kind: "gd", learningRate: 1, momentum: 0.9 }],
])("%s takes the bytes that are asked for, besides a few scalars", async (_, settings) => {
  using device = await openDevice({ device: own.device });
  const shape = [3, 40, 50];
  const optimizer = await makeOptimizer(device, shape, settings);
  const scalars = device.allocated.bytes - optimizerBytes(settings, shape);
  expect(scalars).toBeGreaterThanOrEqual(0);
  // A scalar's buffer has 16 bytes; L-BFGS has one for each pair and two more.
  expect(scalars).toBeLessThanOrEqual(16 * (settings.kind === "lbfgs" ? settings.history + 2 : 1));
  optimizer.dispose();
});

it("a history of 100 takes 2400 bytes per pixel", () => {
  const without = optimizerBytes({ ...LBFGS, history: 1 }, [3, 1, 1]) - 24;
  expect(optimizerBytes({ ...LBFGS, history: 100 }, [3, 512, 512]) / 512 ** 2 - without).toBe(2400);
});

const RUN = { ...SMALL, content: scene(64, 64), scales: [32, 64], scaleSteps: 1, steps: 1 } as const;
const wide = { kind: "lbfgs", history: 100 } as const;

it("a run whose history does not fit is refused before anything is made on the GPU, though its first scale would fit", async () => {
  // Ten million bytes at 64x64, a quarter at 32x32.
  memory.free = 5e6;
  const made = own.made();
  const failure = styleTransfer({ ...RUN, optimizer: wide, device: software() });
  await expect(failure).rejects.toThrow(OutOfMemoryError);
  await expect(failure).rejects.toThrow(
    /could not allocate \d+\.\d MB \(5\.0 MB are free\)\. .* smaller history of L-BFGS: 100 steps take 2400 bytes per pixel\.$/,
  );
  expect(own.made()).toBe(made);
});

it("with a smaller history the same run works", async () => {
  memory.free = 5e6;
  const { image } = await styleTransfer({ ...RUN, optimizer: { kind: "lbfgs", history: 3 }, device: software() });
  expect(image.width).toBe(64);
});

it("a history counts beside the features, also while its memory has not been written to", async () => {
  // Room for the history, 9.9 MB, but not for the features besides.
  memory.free = 10e6;
  await expect(styleTransfer({ ...RUN, optimizer: wide, device: software() })).rejects.toThrow(OutOfMemoryError);
});
