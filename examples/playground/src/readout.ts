/** The numbers of a run, and the line that a screen reader says. The numbers change often and are not announced. */
import { byId, part } from "./dom.ts";
import { megabytes } from "./networks.ts";
import type { StepFacts } from "./protocol.ts";

/** Parts of the run after which progress is announced. */
const ANNOUNCED = [0.25, 0.5, 0.75];

export class Readout {
  private readonly progress = byId("progress", HTMLProgressElement);
  private readonly announcer = part("announcer");
  private before: StepFacts | undefined;
  private secondsPerStep = 0;

  /** A sentence on the state of the run. */
  say(sentence: string): void {
    this.announcer.textContent = sentence;
  }

  /** Forgets the run before. Until the first step nobody knows how far it is. */
  clear(): void {
    this.before = undefined;
    this.secondsPerStep = 0;
    this.progress.removeAttribute("value");
    for (const name of ["step", "rate", "left", "memory", "size"]) part(`read-${name}`).textContent = "–";
  }

  /** Nothing is left to wait for. */
  ended(): void {
    part("read-left").textContent = "–";
    if (!this.before) this.progress.value = 0;
  }

  /** A pause is no slow step. */
  resumed(): void {
    this.before = undefined;
  }

  /** Counts a step; {@link show} shows it. */
  add(facts: StepFacts): void {
    const { before } = this;
    if (before) {
      const seconds = facts.seconds - before.seconds;
      this.secondsPerStep = this.secondsPerStep === 0 ? seconds : 0.8 * this.secondsPerStep + 0.2 * seconds;
      const part = ANNOUNCED.find((each) => before.step < each * facts.steps && facts.step >= each * facts.steps);
      if (part) this.say(`Running: ${100 * part} % done.`);
    }
    this.before = facts;
  }

  show({ step, steps, secondsLeft, bytes, width, height, adapter, network }: StepFacts): void {
    const rate = this.secondsPerStep === 0 ? 0 : 1 / this.secondsPerStep;
    this.progress.value = step / steps;
    const texts = {
      step: `${step} of ${steps}`,
      rate: rate === 0 ? "–" : rate.toPrecision(rate < 100 ? 2 : 3),
      left: duration(secondsLeft),
      memory: megabytes(bytes),
      size: `${width} × ${height}`,
    };
    for (const [name, text] of Object.entries(texts)) part(`read-${name}`).textContent = text;
    part("machine").textContent = `${network} on ${adapter}`;
  }
}

/** Seconds in words. */
function duration(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}
