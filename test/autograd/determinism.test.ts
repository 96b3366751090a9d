/** The same program gives the same bits every time, and running it allocates nothing. */
import { expect, it } from "vitest";
import { openDevice } from "../../src/gpu/open-device.ts";
import { ScalarReader } from "../../src/gpu/scalar-reader.ts";
import { testDevice } from "../engine.ts";
import { compileVggStep, randomFill, type StepOptions } from "./vgg-step.ts";

const device = await testDevice();

/** Small, with everything in it: Gram matrices in slices, odd sizes, L-BFGS with a history that comes full circle. */
const OPTIONS: Omit<StepOptions, "fill"> = {
  widths: [4, 6, 8, 8, 8],
  height: 61,
  width: 40,
  contentLayer: "relu2_2",
  styleLayers: ["relu1_1", "relu2_1", "relu3_1"],
  history: 3,
};

it("two steps of style transfer made alike go the same way to the last bit, on devices of their own too", async () => {
  const another = await openDevice({ onWarning: () => {} });
  const ways = await Promise.all(
    [device, device, another].map(async (each) => {
      const { program, image } = await compileVggStep(each, { ...OPTIONS, fill: randomFill(71) });
      const losses: number[] = [];
      for (let step = 0; step < 6; step++) {
        program.run(step);
        losses.push(...(await program.results.loss.read()));
      }
      return { losses, image: await image.read() };
    }),
  );
  another.dispose();
  const [{ losses, image }] = ways;
  expect(ways[1]).toEqual(ways[0]);
  expect(ways[2]).toEqual(ways[0]);
  expect(losses[5]).toBeLessThan(losses[0]);
  expect(image.every(Number.isFinite)).toBe(true);
});

it("a hundred runs, with their losses read, leave no more buffers than the first", async () => {
  const { program } = await compileVggStep(device, { ...OPTIONS, height: 16, width: 16, fill: randomFill(72) });
  const reader = new ScalarReader(device, [program.results.loss.storage!.buffer]);
  program.run(0, reader.copy);
  const [first] = await reader.read(0);
  const before = { ...device.allocated };
  let last = first;
  for (let step = 1; step <= 100; step++) {
    program.run(step, reader.copy);
    [last] = await reader.read(step);
  }
  expect(device.allocated).toEqual(before);
  expect(last).toBeLessThan(first);
  reader.dispose();
  program.dispose();
});
