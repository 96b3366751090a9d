/** styleTransfer.steps: what each report says, and what is left when a loop ends early. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NstError } from "../../src/errors.ts";
import { toPicture, toPlanes } from "../../src/image/convert.ts";
import type { Picture } from "../../src/image/picture.ts";
import { fitSize, resize } from "../../src/image/resize.ts";
import type { StepReport, StyleTransferOptions } from "../../src/nst/options.ts";
import { styleTransfer } from "../../src/nst/style-transfer.ts";
import { type OwnDevice, openOwnDevice, SMALL } from "./gpu.ts";
import { distance, scene } from "./pictures.ts";

let own: OwnDevice;
beforeAll(async () => {
  own = await openOwnDevice();
});
afterAll(() => own.device.destroy());

const options = (changes: Partial<StyleTransferOptions> = {}): StyleTransferOptions => ({
  ...SMALL,
  device: own.device,
  ...changes,
});

/** The reports of a whole run. */
async function reportsOf(changes: Partial<StyleTransferOptions> = {}): Promise<StepReport[]> {
  const reports: StepReport[] = [];
  for await (const report of styleTransfer.steps(options(changes))) reports.push(report);
  return reports;
}

/** A promise that must reject, and why it does. */
async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable("Nothing was thrown."),
    (error) => error,
  );
}

describe("reports", () => {
  it("count the steps of all scales, and the time down to 0", async () => {
    const reports = await reportsOf({ scales: [16, 24, 32], scaleSteps: 2, steps: 3 });
    expect(reports.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(new Set(reports.map(({ steps }) => steps))).toEqual(new Set([7]));
    expect(reports.map(({ scale }) => scale)).toEqual([0, 0, 1, 1, 2, 2, 2]);
    expect(reports.map(({ width, height }) => `${width}x${height}`)).toEqual([
      ...["16x11", "16x11", "24x16", "24x16"],
      ...["32x21", "32x21", "32x21"],
    ]);
    const seconds = reports.map((report) => report.seconds);
    expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
    expect(reports.slice(0, -1).every(({ secondsLeft }) => secondsLeft > 0)).toBe(true);
    expect(reports[6].secondsLeft).toBe(0);
  });

  it("have the losses by layer, and who computes them", async () => {
    const styleLayers = ["relu1_2", "relu2_1"];
    const [{ loss, losses, info }] = await reportsOf({ styleLayers, steps: 1 });
    expect(loss).toBe(losses.total);
    expect(Object.keys(losses.content)).toEqual(["relu2_1"]);
    expect(Object.keys(losses.style).sort()).toEqual(styleLayers);
    expect(losses.tv).toBeGreaterThan(0);
    expect(info).toEqual({ adapter: expect.any(String), network: "slim to relu2_1", preset: "slim" });
    expect(info.adapter).not.toBe("");
  });

  it("read the image of their step", async () => {
    const images: Picture[] = [];
    for await (const step of styleTransfer.steps(options({ scales: [24, 32], scaleSteps: 3, steps: 2 }))) {
      if (step.step !== 2) images.push(await step.image());
    }
    expect(images.map(({ width }) => width)).toEqual([24, 24, 32, 32]);
    expect(images[1].data).not.toEqual(images[0].data);
    const { image } = await styleTransfer(options({ scales: [24, 32], scaleSteps: 3, steps: 2 }));
    expect(images[3]).toEqual(image);
  });

  it("show that a scale starts from what the one before it made of its own start", async () => {
    const content = scene(48, 32);
    const planesAt = (picture: Picture, side: number) => {
      const { width, height } = fitSize(picture.width, picture.height, side);
      return resize(toPlanes(picture), width, height);
    };
    for (const preset of ["slim", "crowson"] as const) {
      const adam = { kind: "adam", learningRate: 20, averaging: 0 } as const;
      const changes = { preset, content, init: "content", optimizer: adam, scales: [24, 48], scaleSteps: 4, steps: 1 };
      const images: Picture[] = [];
      for await (const step of styleTransfer.steps(options(changes as Partial<StyleTransferOptions>))) {
        images.push(await step.image());
      }
      // The fifth step has shown what it started from.
      const [result, start] = [images[3], images[4]];
      const enlarged = planesAt(result, 48);
      const lost = resize(planesAt(content, 24), 48, 32); // the content as far as the smaller scale has it
      const { data: detailed } = planesAt(content, 48);
      const data = enlarged.data.map((value, i) => value + detailed[i] - lost.data[i]);
      const expected = toPicture(preset === "slim" ? { ...enlarged, data } : enlarged);
      expect(distance(start, expected)).toBeLessThan(1);
      expect(distance(start, content)).toBeGreaterThan(5);
    }
  });

  it("go to onStep as well, once each", async () => {
    const heard: StepReport[] = [];
    const reports = await reportsOf({ onStep: (step) => heard.push(step) });
    expect(heard).toEqual(reports);
    expect(heard.length).toBe(3);
  });
});

it("the image of a step is there as long as its size is computed", async () => {
  const reports: StepReport[] = [];
  const images: Picture[] = [];
  for await (const step of styleTransfer.steps(options({ scales: [16, 32], scaleSteps: 1, steps: 2 }))) {
    reports.push(step);
    images.push(await step.image());
    if (step.step > 1) await expect(reports[0].image()).rejects.toThrow(/^This step is gone/);
    if (step.step === 3) expect(await reports[1].image()).toEqual(images[2]);
  }
  for (const { image } of reports) await expect(image()).rejects.toThrow(NstError);
});

describe("what is left on the caller's device", () => {
  /** The device still computes, and nothing of ours lies on it. */
  async function expectFreed(): Promise<void> {
    expect(own.live()).toEqual([]);
    await own.device.queue.onSubmittedWorkDone();
    await styleTransfer(options({ steps: 1 }));
    expect(own.live()).toEqual([]);
  }

  it("after a run: nothing", async () => {
    await styleTransfer(options({ scales: [24, 32], scaleSteps: 1, optimizer: { kind: "adam", averaging: 0.5 } }));
    await expectFreed();
  });

  it("after leaving the loop: nothing", async () => {
    for await (const { step } of styleTransfer.steps(options())) {
      expect(own.live().length).toBeGreaterThan(5);
      if (step === 2) break;
    }
    await expectFreed();
  });

  it("after an error in the loop: nothing", async () => {
    const failing = async () => {
      for await (const { step } of styleTransfer.steps(options())) throw new Error(`enough after ${step}`);
    };
    expect(await rejection(failing())).toEqual(new Error("enough after 1"));
    await expectFreed();
  });

  it("after an error in onStep, which ends the run: nothing", async () => {
    const error = new Error("not today");
    let calls = 0;
    const onStep = () => {
      calls++;
      throw error;
    };
    expect(await rejection(styleTransfer(options({ onStep })))).toBe(error);
    expect(calls).toBe(1);
    await expectFreed();
  });

  it("after a promise that onStep rejects, which ends the run: nothing", async () => {
    const error = new Error("not tomorrow either");
    let calls = 0;
    const onStep = async () => {
      calls++;
      throw error;
    };
    expect(await rejection(styleTransfer(options({ onStep })))).toBe(error);
    expect(calls).toBe(1);
    await expectFreed();
  });

  it("after a loop that does not wait for its images: nothing, but it gets them", async () => {
    const images: Promise<Picture>[] = [];
    for await (const step of styleTransfer.steps(options({ steps: 2 }))) images.push(step.image());
    expect((await Promise.all(images)).map(({ width }) => width)).toEqual([32, 32]);
    await expectFreed();
  });

  it("from scale to scale: nothing of those before", async () => {
    const countAt = async (scales: readonly number[]) => {
      const counts: number[] = [];
      // Uniforms, a few numbers each, stay until the end.
      const count = () => own.live().filter((label) => !label.startsWith("uniforms")).length;
      await styleTransfer(options({ scales, scaleSteps: 1, steps: 1, onStep: () => counts.push(count()) }));
      return counts;
    };
    const alone = [await countAt([30]), await countAt([31]), await countAt([32])];
    expect(await countAt([30, 31, 32])).toEqual(alone.flat());
  });

  it("from step to step: nothing new", async () => {
    const made: number[] = [];
    await styleTransfer(options({ steps: 30, onStep: () => made.push(own.made()) }));
    // The result is read after the last report.
    expect(new Set(made).size).toBe(1);
  });
});

describe("a signal", () => {
  it("that has been aborted ends the call before any work", async () => {
    const reason = new Error("changed my mind");
    const changes = { signal: AbortSignal.abort(reason), device: undefined, adapter: "no such adapter" };
    expect(await rejection(styleTransfer(options(changes)))).toBe(reason);
    expect(await rejection(reportsOf({ signal: AbortSignal.abort() }))).toMatchObject({ name: "AbortError" });
  });

  it("aborts between two steps", async () => {
    const controller = new AbortController();
    const reason = { any: "value" };
    const steps: number[] = [];
    const onStep = ({ step }: StepReport) => {
      steps.push(step);
      if (step === 2) controller.abort(reason);
    };
    expect(await rejection(styleTransfer(options({ steps: 50, signal: controller.signal, onStep })))).toBe(reason);
    expect(steps).toEqual([1, 2]);
    expect(own.live()).toEqual([]);
  });

  it("aborts while a step is computed: its report does not come", async () => {
    const controller = new AbortController();
    const reports = styleTransfer.steps(options({ steps: 50, signal: controller.signal }));
    expect((await reports.next()).value).toMatchObject({ step: 1 });
    const second = reports.next();
    controller.abort();
    expect(await rejection(second)).toBe(controller.signal.reason);
    expect(await reports.next()).toEqual({ done: true, value: undefined });
    expect(own.live()).toEqual([]);
  });

  it.each(["createComputePipelineAsync", "popErrorScope"] as const)("aborts however long %s takes", async (call) => {
    const fresh = await openOwnDevice();
    const controller = new AbortController();
    fresh.device[call] = () => {
      setTimeout(() => controller.abort("no longer wanted"));
      return new Promise<never>(() => {});
    };
    expect(await rejection(styleTransfer(options({ device: fresh.device, signal: controller.signal })))).toBe(
      "no longer wanted",
    );
    expect(fresh.live()).toEqual([]);
    fresh.device.destroy();
  });

  it.each(["before", "within"])("aborts while a server is waited for, that stalls %s its answer", async (when) => {
    const controller = new AbortController();
    const reason = new Error("too slow");
    const server = createServer((_, response) => {
      if (when === "within") response.writeHead(200, { "content-length": 1000 }).write("half");
      setTimeout(() => controller.abort(reason), 50);
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const content = `http://127.0.0.1:${(server.address() as AddressInfo).port}/photo.jpg`;
    expect(await rejection(styleTransfer(options({ content, signal: controller.signal })))).toBe(reason);
    server.closeAllConnections();
    server.close();
  });

  it("aborts while all is prepared", async () => {
    const controller = new AbortController();
    const first = styleTransfer.steps(options({ signal: controller.signal })).next();
    setTimeout(() => controller.abort(), 5);
    expect(await rejection(first)).toBe(controller.signal.reason);
    expect(own.live()).toEqual([]);
  });
});
