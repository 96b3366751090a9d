/** The run as the page sees it: which buttons can be pressed, what the worker's messages do, and what is left at the end. */
import type { Picture } from "nst-gpu";
import { Chart } from "./chart.ts";
import { button, byId, oncePerFrame, part } from "./dom.ts";
import type { Engine, RunMessage } from "./engine.ts";
import { hideFailure, showFailure, showNotice } from "./errors.ts";
import type { Frame } from "./frame.ts";
import { megabytes } from "./networks.ts";
import type { Chosen } from "./pictures.ts";
import type { RunOrder, StepFacts } from "./protocol.ts";
import { Readout } from "./readout.ts";
import type { Change, Recipe, Weights } from "./recipe.ts";
import { allowSaving } from "./save.ts";

/** From one state to the next: idle, preparing, running, paused, running, idle. */
type Phase = "idle" | "preparing" | "running" | "paused";

/** All of a run: what the worker gets, what is shown, and its recipe, to which changes are added. */
export interface Prepared {
  order: RunOrder;
  content: Chosen;
  recipe: Recipe;
}

/** What the controls asks of the rest of the page. */
export interface Surroundings {
  /** Collects everything for a run. Rejects with what the user has to mend. */
  prepare(): Promise<Prepared>;
  lock(isLocked: boolean): void;
  /** Prepares the replay of a recipe from its beginning. */
  rewind(order: RunOrder): void;
  /** Shows weights that changed by themselves. */
  follow(weights: Partial<Weights>): void;
}

export class RunControls {
  phase: Phase = "idle";
  /** The last picture, of this run or the one before. */
  picture: Picture | undefined;
  /** The recipe of that picture. */
  recipe: Recipe | undefined;
  private run: Prepared | undefined;
  private hasPicture = false;
  private restarts = false;
  private facts: StepFacts | undefined;
  private readonly readout = new Readout();
  private readonly chart = new Chart();
  private readonly paint = oncePerFrame(() => {
    if (this.phase !== "idle") this.paintNow();
  });

  constructor(
    private readonly engine: Engine,
    private readonly frame: Frame,
    private readonly page: Surroundings,
  ) {
    button("start").addEventListener("click", () => this.start());
    button("pause").addEventListener("click", () => this.togglePause());
    button("stop").addEventListener("click", () => this.engine.tell("stop"));
    button("restart").addEventListener("click", () => {
      this.restarts = true;
      this.engine.tell("stop");
    });
  }

  say(sentence: string): void {
    this.readout.say(sentence);
  }

  /** Weights that the user moved: for the next step, if there is one. */
  change(weights: Partial<Weights>): void {
    if (this.phase !== "idle") this.engine.change(weights);
  }

  /** What the worker reports. */
  receive(message: RunMessage): void {
    switch (message.type) {
      case "download":
        this.showDownload(message.received, message.bytes);
        break;
      case "step":
        this.step(message.facts);
        break;
      case "picture":
        this.keep(message.picture);
        break;
      case "changed":
        this.record(message.change);
        break;
      case "paused":
        this.pause(message.step);
        break;
      case "ended":
        this.end(message.how, message.step);
        break;
      case "failed":
        this.fail(message.failure);
        break;
      case "warning":
        showNotice(message.message);
    }
  }

  private async start(): Promise<void> {
    button("start").disabled = true;
    try {
      this.run = await this.page.prepare();
    } catch (error) {
      button("start").disabled = false;
      showFailure(error as Error);
      return;
    }
    hideFailure();
    this.hasPicture = false;
    this.facts = undefined;
    this.readout.clear();
    this.chart.clear();
    this.say("Preparing …");
    this.enter("preparing");
    this.engine.start(this.run.order, this.frame.newLive());
  }

  private togglePause(): void {
    if (this.phase !== "paused") {
      this.say("Pausing after this step …");
      this.engine.tell("pause");
      return;
    }
    this.readout.resumed();
    this.say("Running.");
    this.enter("running");
    this.engine.tell("resume");
  }

  private paintNow(): void {
    if (!this.facts) return;
    this.readout.show(this.facts);
    this.chart.draw();
  }

  private step(facts: StepFacts): void {
    if (this.phase === "preparing") {
      part("download").hidden = true;
      this.frame.showContent(this.run!.content);
      this.frame.showLive();
      this.say("Running.");
      this.enter("running");
    }
    this.facts = facts;
    this.readout.add(facts);
    this.chart.add(facts);
    this.paint();
  }

  private keep(picture: Picture): void {
    this.picture = picture;
    this.recipe = this.run!.recipe;
    this.hasPicture = true;
    allowSaving();
  }

  private record(change: Change): void {
    this.run!.recipe.changes.push(change);
    const isPlanned = this.run!.order.changes.some(({ step }) => step === change.step);
    if (isPlanned) this.page.follow(change);
  }

  private pause(step: number): void {
    this.chart.describe();
    this.say(`Paused after step ${step}.`);
    this.enter("paused");
  }

  private end(how: "done" | "stopped", step: number): void {
    if (how === "stopped" && step > 0) this.run!.recipe.stopAfter = step;
    this.finish();
    if (how === "done") this.say(`Done: ${step} steps.`);
    else this.say(step > 0 ? `Stopped after step ${step}.` : "Stopped before the first step.");
    if (!this.restarts) return;
    this.restarts = false;
    const { order } = this.run!;
    if (order.changes.length > 0 || order.stopAfter !== undefined) this.page.rewind(order);
    this.start();
  }

  private fail(failure: { name: string; message: string }): void {
    this.restarts = false;
    this.finish();
    this.say("The run failed.");
    showFailure(failure, { hasPicture: this.picture !== undefined });
  }

  private finish(): void {
    // What waits for the next frame must not be drawn after the end.
    this.paintNow();
    this.readout.ended();
    part("download").hidden = true;
    if (this.hasPicture) this.frame.showResult(this.picture!);
    this.chart.describe();
    this.enter("idle");
  }

  private enter(phase: Phase): void {
    this.phase = phase;
    const isIdle = phase === "idle";
    button("start").disabled = !isIdle;
    button("pause").disabled = isIdle;
    button("stop").disabled = isIdle;
    button("restart").disabled = isIdle;
    button("pause").textContent = phase === "paused" ? "Resume" : "Pause";
    this.page.lock(!isIdle);
    // A button that is switched off loses the focus, and the keyboard its place.
    const { activeElement } = document;
    const isLost = activeElement === document.body || (activeElement as HTMLButtonElement | null)?.disabled;
    if (isLost) button(isIdle ? "start" : "pause").focus();
  }

  private showDownload(received: number, bytes: number): void {
    part("download").hidden = false;
    part("download-text").textContent = `Downloading the network: ${megabytes(received)} of ${megabytes(bytes)}`;
    byId("download-progress", HTMLProgressElement).value = received / bytes;
  }
}
