/**
 * One run in the worker: the library's steps, one report each. To pause is not to ask for the next step; to stop is to leave the
 * loop, which frees the GPU. The picture is read back now and then, so that something is left when the GPU fails.
 */
import {
  type LayerWeights,
  loadImage,
  type Picture,
  presets,
  type StepReport,
  type StyleTransferOptions,
  styleTransfer,
} from "nst-gpu";
import { download } from "./download.ts";
import { applyEdit, isUnedited } from "./edit.ts";
import type { FromWorker, RunNetwork, RunOrder, RunPicture, StepFacts } from "./protocol.ts";
import type { Change, Weights } from "./recipe.ts";

/** Least time between two pictures that are read back while the run goes on. */
const MILLISECONDS_BETWEEN_PICTURES = 3000;

/** How a run tells the page what happens. */
export type Post = (message: FromWorker, transfer?: Transferable[]) => void;

/** The last weight file that was downloaded, for the next run. */
let downloaded: { url: string; bytes: Uint8Array } | undefined;

export class Run {
  private readonly controller = new AbortController();
  private readonly weights: Weights;
  private wanted: Partial<Weights> = {};
  private isPaused = false;
  private isStopped = false;
  private step = 0;
  private wake: () => void = () => {};

  constructor(
    private readonly order: RunOrder,
    private readonly canvas: OffscreenCanvas,
    private readonly post: Post,
  ) {
    this.weights = { ...order.weights };
  }

  /** Runs to the end, or until it is stopped. Rejects with an error of the library. */
  async begin(): Promise<void> {
    try {
      await this.steps(await this.options());
    } catch (error) {
      if (!this.controller.signal.aborted) throw error;
    }
    const how = this.isStopped ? "stopped" : "done";
    this.post({ type: "ended", how, step: this.step });
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.wake();
  }

  /** Ends the run after the step that is being computed; before the first step, at once. */
  stop(): void {
    this.isStopped = true;
    if (this.step === 0) this.controller.abort();
    this.wake();
  }

  /** Weights for the steps to come. */
  change(weights: Partial<Weights>): void {
    Object.assign(this.wanted, weights);
  }

  private async steps(options: StyleTransferOptions): Promise<void> {
    let read = -Infinity;
    const { stopAfter = Infinity } = this.order;
    for await (const report of styleTransfer.steps(options)) {
      this.step = report.step;
      await report.draw(this.canvas);
      this.post({ type: "step", facts: this.factsOf(report) });
      if (report.step >= stopAfter) this.isStopped = true;
      const isLast = this.isStopped || report.step === report.steps;
      if (isLast || this.isPaused || performance.now() - read > MILLISECONDS_BETWEEN_PICTURES) {
        const picture = await report.image();
        this.post({ type: "picture", picture, step: report.step }, [picture.data.buffer]);
        read = performance.now();
      }
      if (isLast) break;
      await this.whilePaused(report.step);
      if (this.isStopped) break;
      this.applyChanges(report);
    }
  }

  private async whilePaused(step: number): Promise<void> {
    if (!this.isPaused) return;
    this.post({ type: "paused", step });
    while (this.isPaused && !this.isStopped) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** Hands the recipe's changes of this step and the user's own to the library, and tells the page when they were made. */
  private applyChanges(report: StepReport): void {
    const { step } = report;
    const planned = this.order.changes.filter((change) => change.step === step);
    const changes: Partial<Weights> = Object.assign({}, ...planned.map(({ step, ...weights }) => weights), this.wanted);
    this.wanted = {};
    if (Object.keys(changes).length === 0) return;
    report.change(changes);
    Object.assign(this.weights, changes);
    const change: Change = { step, ...changes };
    this.post({ type: "changed", change });
  }

  private factsOf(report: StepReport): StepFacts {
    const { step, steps, width, height, seconds, secondsLeft, bytes, info } = report;
    const { contentLayers, styleLayers } = { ...presets[info.preset], ...this.order.network.options };
    const { contentWeight, styleWeight, tvWeight } = this.weights;
    const losses = {
      total: report.losses.total,
      content: contentWeight * weighted(report.losses.content, contentLayers),
      style: styleWeight * weighted(report.losses.style, styleLayers),
      tv: tvWeight * report.losses.tv,
    };
    const { adapter, network } = info;
    return { step, steps, width, height, losses, seconds, secondsLeft, bytes, adapter, network };
  }

  /** What the library is called with. */
  private async options(): Promise<StyleTransferOptions> {
    const { order, controller } = this;
    const { learningRate, ...weights } = order.weights;
    const styles: { image: Blob | Picture; weight: number }[] = [];
    for (const style of order.styles) styles.push({ image: await imageOf(style), weight: style.weight });
    return {
      content: await imageOf(order.content),
      style: styles,
      network: await this.networkBytes(order.network.source),
      preset: order.preset,
      size: order.size,
      steps: order.steps,
      seed: order.seed,
      ...weights,
      ...(learningRate === undefined
        ? {}
        : { optimizer: { kind: presets[order.preset].optimizer.kind, learningRate } }),
      ...order.network.options,
      signal: controller.signal,
      onWarning: (message) => this.post({ type: "warning", message }),
    };
  }

  private async networkBytes(source: RunNetwork["source"]): Promise<StyleTransferOptions["network"]> {
    if (source === "embedded") return "slim";
    if (source instanceof Blob) return source.arrayBuffer();
    if (downloaded?.url !== source.url) {
      const onProgress = (received: number) => this.post({ type: "download", received, bytes: source.bytes });
      downloaded = { url: source.url, bytes: await download(source, this.controller.signal, onProgress) };
    }
    return downloaded.bytes;
  }
}

/** A file goes to the library as it is; an edited one as pixels. */
async function imageOf({ file, name, edit }: RunPicture): Promise<Blob | Picture> {
  return isUnedited(edit) ? file : applyEdit(await loadImage(file, name), edit);
}

/** The sum of a term over its layers, each with its share. */
function weighted(terms: Readonly<Record<string, number>>, layers: LayerWeights): number {
  const shareOf = (layer: string) =>
    Array.isArray(layers) ? 1 / layers.length : (layers as Readonly<Record<string, number>>)[layer];
  return Object.entries(terms).reduce((sum, [layer, value]) => sum + shareOf(layer) * value, 0);
}
