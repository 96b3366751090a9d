/** The one call: from images to a stylised image. `styleTransfer.steps` is the primitive, `styleTransfer` runs it to its end. */
import { tensor } from "../autograd/runtime.ts";
import { NstError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import { openDevice } from "../gpu/open-device.ts";
import type { Painter } from "../gpu/painter.ts";
import { toPicture } from "../image/convert.ts";
import type { Picture, Planes } from "../image/picture.ts";
import { loadNetwork, type Network } from "../vgg/network.ts";
import { type NetworkWeights, openNetworkWeights } from "../vgg/weights.ts";
import { Clock } from "./clock.ts";
import { type Images, initAt, readImages, resized, sizeAt, styleSizeAt, stylesAt } from "./images.ts";
import type { Targets } from "./objective.ts";
import { checkOptimizerMemory } from "./optimizers/memory.ts";
import type { Momentum } from "./optimizers/optimizer.ts";
import type { Losses, RunInfo, StepReport, StyleTransferOptions } from "./options.ts";
import { checkLimits, checkPoolings, isLarge, type Size } from "./preflight.ts";
import { makeResult, type StyleTransferResult } from "./result.ts";
import { changeSettings, isSlim, layersOfSettings, resolveSettings, type Settings } from "./settings.ts";
import { prepareStage, readShown, type Stage } from "./stage.ts";
import { carryOver, startImage } from "./start.ts";
import { computeTargets } from "./targets.ts";
import { type ValidOptions, validateChanges, validateOptions } from "./validate.ts";

/**
 * Paints the content in the style.
 *
 * Options are checked, images read and the weights opened, before the GPU is touched; the values of the weights are read and checked
 * with it. The promise rejects with an {@link NstError}, or with `signal.reason`; no image is ever returned after a failure of the GPU.
 *
 * @example
 * ```ts
 * import { styleTransfer } from "nst-gpu";
 *
 * const result = await styleTransfer({ content: "photo.jpg", style: "painting.jpg", size: 512 });
 * await result.save("out.png");
 * ```
 * @throws {InvalidOptionError | ImageError | WeightsError | ShapeError} for bad input
 * @throws {NoAdapterError | LimitExceededError | OutOfMemoryError | DeviceLostError | NotFiniteError} on the GPU
 * @category Style transfer
 */
export async function styleTransfer(options: StyleTransferOptions): Promise<StyleTransferResult> {
  const losses: Losses[] = [];
  let last: StepReport | undefined;
  let image: Picture | undefined;
  for await (const report of steps(options)) {
    losses.push(report.losses);
    last = report;
    if (report.step === report.steps) image = await report.image();
  }
  return makeResult(image!, losses, last!);
}

/**
 * The steps of {@link styleTransfer} one at a time. Leaving the loop frees everything on the GPU.
 *
 * @example
 * ```ts
 * import { encodeImage, styleTransfer } from "nst-gpu";
 *
 * for await (const step of styleTransfer.steps({ content: "photo.jpg", style: "painting.jpg", size: 512 })) {
 *   console.log(step.step, step.loss);
 *   if (step.step % 50 === 0) console.log((await encodeImage(await step.image(), "png")).length, "bytes");
 * }
 * ```
 */
styleTransfer.steps = steps;

async function* steps(options: StyleTransferOptions): AsyncGenerator<StepReport, void, undefined> {
  const valid = validateOptions(options);
  valid.signal?.throwIfAborted();
  const weights = await openNetworkWeights(valid.network ?? "slim", valid);
  let device: Device | undefined;
  try {
    const resolved = resolveSettings(valid, weights);
    const images = await readImages(valid);
    const settings = await checkSizes(images, valid, resolved, weights);
    valid.signal?.throwIfAborted();
    device = await openDevice(valid);
    const layers = layersOfSettings(settings);
    await checkMemory(device, images, valid, settings, weights);
    const network = await loadNetwork(device, weights, layers);
    const views =
      settings.views > 1
        ? await (await import("../vgg/views.ts")).loadViews(device, weights, network, settings.views)
        : [network];
    // A run may be long, and be left without an end.
    await weights.close();
    const deepest = [...network.convolutions.keys()].at(-1)!.replace("conv", "relu");
    const name = isSlim(weights) ? "slim" : weights.architecture;
    const info = { adapter: device.name, network: `${name} to ${deepest}`, preset: settings.preset };
    yield* runScales({ device, views, settings, images, valid, info });
  } finally {
    device?.dispose();
    await weights.close();
  }
}

/**
 * Checks every image of every scale against the network's poolings. A preset's pyramid begins at the first scale that is large enough for
 * narrow images.
 */
async function checkSizes(
  images: Images,
  valid: ValidOptions,
  settings: Settings,
  weights: NetworkWeights,
): Promise<Settings> {
  const { styleLayers, padding } = settings.objective;
  const imagesAt = (size: number): [string, Size, string[]][] => [
    ["content image", sizeAt(images.content, size), layersOfSettings(settings)],
    ...images.styles.map(({ rows }): [string, Size, string[]] => [
      "style image",
      styleSizeAt(rows, valid.styleSize ?? size),
      Object.keys(styleLayers),
    ]),
  ];
  const scales = settings.scales.filter(
    ({ size }, index, { length }) =>
      valid.scales ||
      index === length - 1 ||
      imagesAt(size).every(([, image, layers]) => isLarge(image, layers, padding)),
  );
  for (const { size } of scales) {
    for (const [name, image, layers] of imagesAt(size)) {
      await checkPoolings(name, image, weights, layers, padding);
    }
  }
  return { ...settings, scales };
}

/** Checks the content, the styles and the optimiser at the last, largest scale against the device's limits and memory. */
async function checkMemory(
  device: Device,
  images: Images,
  valid: ValidOptions,
  settings: Settings,
  weights: NetworkWeights,
): Promise<void> {
  const { size } = settings.scales.at(-1)!;
  const { contentLayers, styleLayers } = settings.objective;
  await checkLimits(device, images.content, size, weights, layersOfSettings(settings), Object.keys(contentLayers));
  const { width, height } = sizeAt(images.content, size);
  checkOptimizerMemory(device, settings.optimizer, [3, height, width]);
  for (const { rows } of images.styles) {
    const { width, height } = styleSizeAt(rows, valid.styleSize ?? size);
    await checkLimits(device, rows, Math.max(width, height), weights, Object.keys(styleLayers), [], "styleSize");
  }
}

/** What is the same at all scales. */
interface Run {
  device: Device;
  views: readonly Network[];
  settings: Settings;
  images: Images;
  valid: ValidOptions;
  info: RunInfo;
}

/** What one scale leaves to the next. */
interface Before {
  start: Planes;
  result: Planes;
  momentum: Momentum | undefined;
}

async function* runScales(run: Run): AsyncGenerator<StepReport, void, undefined> {
  const { device, views, images, valid, info } = run;
  let { settings } = run;
  const clock = new Clock(settings.scales);
  let painter: Promise<Painter> | undefined;
  let before: Before | undefined;
  // Of all scales: the last report of one may be told to change while the next is prepared.
  let isChanged = false;
  for (const [scale, { size, steps }] of settings.scales.entries()) {
    const { width, height } = sizeAt(images.content, size);
    const content = resized(images.content, { width, height });
    const alpha = images.alpha && resized(images.alpha, { width, height });
    const styles = stylesAt(images, valid.styleSize ?? size);
    const init = initAt(images, { width, height }) ?? settings.init;
    const own = await startImage(init, content, styles, settings.seed, settings.noise);
    const start = before ? carryOver(settings.carry, before.result, before.start, own) : own;
    const targets: Targets[] = [];
    for (const view of views) {
      targets.push(await computeTargets(device, view, content, styles, settings.objective));
    }
    const opacity = alpha && tensor(device, [1, height, width], alpha.data);
    isChanged = false;
    let stage = await prepareStage(device, views, targets, start, settings, before?.momentum);
    let isOver = false;
    // Images that were asked for and perhaps not waited for: nothing is freed before they are read.
    let reads: Promise<unknown> = Promise.resolve();
    const shown = () => {
      if (!isOver) return stage.result();
      throw new NstError("This step is gone, with its size. Call image() and draw() within the step.");
    };
    try {
      for (let step = 0; step < steps; step++) {
        valid.signal?.throwIfAborted();
        if (isChanged) {
          isChanged = false;
          await reads;
          stage = await restarted(stage, (start, momentum) =>
            prepareStage(device, views, targets, start, settings, momentum),
          );
        }
        const losses = await clock.time(scale, () => stage.step(step + 1 < steps));
        const report: StepReport = {
          ...clock.read(),
          scale,
          width,
          height,
          loss: losses.total,
          losses,
          info,
          bytes: device.allocated.bytes,
          async image() {
            const read = readShown(shown());
            // What came of them is not kept.
            reads = Promise.allSettled([reads, read]).then(() => {});
            return toPicture(await read, alpha);
          },
          async draw(canvas) {
            const { values, factor } = shown();
            const [colors, opacities] = [values.storage!.buffer, opacity?.storage?.buffer];
            painter ??= import("../gpu/painter.ts").then(({ Painter }) => new Painter(device));
            (await painter).draw(canvas, { width, height, colors, factor, alpha: opacities });
          },
          change(changes) {
            settings = changeSettings(settings, validateChanges(changes));
            isChanged = true;
          },
        };
        await valid.onStep?.(report);
        yield report;
      }
      if (scale + 1 < settings.scales.length) {
        before = { start: own, result: await readShown(stage.result()), momentum: await stage.momentum() };
      }
    } finally {
      isOver = true;
      await reads;
      stage.dispose();
      opacity?.dispose();
    }
  }
}

/** Another stage, which goes on from the result of one that is freed before it: there may not be memory for both. */
async function restarted(
  stage: Stage,
  prepare: (start: Planes, momentum: Momentum | undefined) => Promise<Stage>,
): Promise<Stage> {
  const reached = await readShown(stage.result());
  const momentum = await stage.momentum();
  stage.dispose();
  return prepare(reached, momentum);
}
