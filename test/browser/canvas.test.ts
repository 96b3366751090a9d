/** Drawing the result into canvases without reading it back: the same pixels as reading it back. */
import { afterAll, describe, expect, it } from "vitest";
import { loadImage } from "../../src/image/load.ts";
import { fromBase64, openPage } from "./page.ts";

const { page, close } = await openPage();
afterAll(close);

/** Draws each step of a run, and reads the canvas and the picture of the last. */
async function drawn(optimizer: "lbfgs" | "adam", transparent: boolean) {
  const { canvas, picture, sizes } = await page.evaluate(
    async ([optimizer, transparent]) => {
      const pattern = (seed: number) => {
        const data = Uint8ClampedArray.from({ length: 4 * 30 * 20 }, (_, i) => (i % 4 === 3 ? 255 : (i * seed) % 256));
        if (transparent) for (let i = 3; i < data.length; i += 28) data[i] = 0;
        return new ImageData(data, 30, 20);
      };
      const canvas = document.createElement("canvas");
      const context = new OffscreenCanvas(30, 20).getContext("2d")!;
      let picture: { data: Uint8Array | Uint8ClampedArray } | undefined;
      const sizes: number[][] = [];
      const options = {
        content: pattern(37),
        style: pattern(101),
        scales: [18, 30],
        steps: 4,
        scaleSteps: 2,
        views: 1,
      };
      for await (const step of nst.styleTransfer.steps({ ...options, optimizer: { kind: optimizer } })) {
        picture = await step.image();
        await step.draw(canvas);
        context.clearRect(0, 0, 30, 20);
        context.drawImage(canvas, 0, 0); // at once: what a WebGPU canvas holds lasts no longer than the task
        sizes.push([canvas.width, canvas.height]);
      }
      return { canvas: toBase64(context.getImageData(0, 0, 30, 20).data), picture: toBase64(picture!.data), sizes };
    },
    [optimizer, transparent] as const,
  );
  return { canvas: fromBase64(canvas), picture: fromBase64(picture), sizes };
}

describe.each(["lbfgs", "adam"] as const)("a canvas shows the result by %s", (optimizer) => {
  it("pixel by pixel, in its size at each scale", async () => {
    const { canvas, picture, sizes } = await drawn(optimizer, false);
    expect(sizes).toEqual([...Array(2).fill([18, 12]), ...Array(4).fill([30, 20])]);
    expect(canvas).toEqual(picture);
  });

  it("with the content's alpha", async () => {
    const { canvas, picture } = await drawn(optimizer, true);
    const alphas = (pixels: Uint8ClampedArray) => pixels.filter((_, i) => i % 4 === 3);
    expect(alphas(canvas)).toEqual(alphas(picture));
    const opaque = (pixels: Uint8ClampedArray) => pixels.filter((_, i) => picture[i - (i % 4) + 3] === 255);
    expect(opaque(canvas).length).toBeGreaterThan(1000);
    expect(opaque(canvas)).toEqual(opaque(picture));
  });
});

it("a canvas that has a context of another kind is refused, and the run goes on", async () => {
  const { message, steps } = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(8, 8);
    canvas.getContext("2d");
    const picture = { width: 24, height: 24, data: new Uint8Array(4 * 24 * 24).fill(200) };
    let [message, steps] = ["", 0];
    for await (const step of nst.styleTransfer.steps({
      content: picture,
      style: picture,
      size: 24,
      steps: 3,
      views: 1,
    })) {
      await step.draw(canvas).catch((error: Error) => {
        message = `${error.name}: ${error.message}`;
      });
      steps = step.step;
    }
    return { message, steps };
  });
  expect(message).toMatch(/^InvalidOptionError: The canvas has no WebGPU context/);
  expect(steps).toBe(3);
});

it("two runs may draw into one canvas in turns", async () => {
  const equal = await page.evaluate(async () => {
    const canvas = document.createElement("canvas");
    const context = new OffscreenCanvas(24, 24).getContext("2d")!;
    const pattern = (seed: number) => {
      const data = Uint8ClampedArray.from({ length: 4 * 24 * 24 }, (_, i) => (i % 4 === 3 ? 255 : (i * seed) % 256));
      return new ImageData(data, 24, 24);
    };
    const start = (seed: number) =>
      nst.styleTransfer.steps({ content: pattern(seed), style: pattern(seed), size: 24, steps: 3, views: 1 });
    const equal: boolean[] = [];
    const runs = [start(37), start(101)];
    for (let step = 0; step < 3; step++) {
      for (const run of runs) {
        const { value } = await run.next();
        const picture = await value!.image();
        await value!.draw(canvas);
        context.drawImage(canvas, 0, 0);
        equal.push(String(context.getImageData(0, 0, 24, 24).data) === String(picture.data));
      }
    }
    for (const run of runs) await run.return();
    return equal;
  });
  expect(equal).toEqual(Array(6).fill(true));
});

it("what is no canvas, or not one any more, is refused with what to pass", async () => {
  const messages = await page.evaluate(async () => {
    const given = document.createElement("canvas");
    given.transferControlToOffscreen();
    const picture = { width: 24, height: 24, data: new Uint8Array(4 * 24 * 24).fill(200) };
    const messages: string[] = [];
    for await (const step of nst.styleTransfer.steps({
      content: picture,
      style: picture,
      size: 24,
      steps: 1,
      views: 1,
    })) {
      for (const canvas of [null as unknown as HTMLCanvasElement, given]) {
        await step.draw(canvas).catch((error: Error) => messages.push(`${error.name}: ${error.message}`));
      }
    }
    return messages;
  });
  const refusal = /^InvalidOptionError: That is no canvas that can be drawn into \(.*\)\. Pass one of the page/;
  expect(messages).toEqual([expect.stringMatching(refusal), expect.stringMatching(refusal)]);
});

describe("a canvas of the page", () => {
  /** Draws every step of a short run into the page's only canvas, and gives the last picture when the run is over. */
  const run = (style: number) =>
    page.evaluate(async (style) => {
      const canvas = document.querySelector("canvas") ?? document.body.appendChild(document.createElement("canvas"));
      const pattern = (seed: number) => {
        const data = Uint8ClampedArray.from({ length: 4 * 32 * 24 }, (_, i) => (i % 4 === 3 ? 255 : (i * seed) % 256));
        return new ImageData(data, 32, 24);
      };
      let picture: { data: Uint8Array | Uint8ClampedArray } | undefined;
      const options = { content: pattern(37), style: pattern(style), scales: [32], steps: 3, views: 1 };
      for await (const step of nst.styleTransfer.steps(options)) {
        picture = await step.image();
        // A frame of the step before, which must not be the last that is shown.
        await new Promise(requestAnimationFrame);
        await step.draw(canvas);
      }
      return toBase64(picture!.data);
    }, style);

  /** What the page shows of the canvas. */
  async function shown() {
    const screenshot = await page.locator("canvas").screenshot();
    return (await loadImage(screenshot)).data;
  }

  it("shows the last step when the run is over, and so that of the next run", async () => {
    await page.evaluate(() => {
      Object.assign(globalThis, { destroyed: 0 });
      const { destroy } = GPUDevice.prototype;
      GPUDevice.prototype.destroy = function () {
        (globalThis as unknown as { destroyed: number }).destroyed++;
        return destroy.call(this);
      };
    });
    const destroyed = () => page.evaluate("destroyed");
    for (const [index, style] of [101, 53].entries()) {
      const picture = [...fromBase64(await run(style))];
      await expect.poll(async () => [...(await shown())], { timeout: 5000 }).toEqual(picture);
      // Each device lives as long as the canvas shows what it drew.
      expect(await destroyed()).toBe(index);
    }
  });
});
